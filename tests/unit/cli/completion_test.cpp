#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdio>
#include <memory>

#include "cli_run.h"

namespace waxseal::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

// What bash itself offers after `words`, the last of which is being typed.
std::vector<std::string> offers(const std::vector<std::string>& words) {
  const Directory directory;
  std::string script = run({"completion", "bash"}).out + "COMP_WORDS=(waxseal";
  for (const std::string& word : words) script += " '" + word + "'";
  script += ")\nCOMP_CWORD=" + std::to_string(words.size()) + "\n_waxseal\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const std::string output = directory.path("offers");
  const std::string file = directory.write("ask", script);
  const pid_t child = ::fork();
  if (child == 0) {
    std::freopen(output.c_str(), "w", stdout);
    ::execlp("bash", "bash", "--norc", file.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  std::vector<std::string> lines;
  std::ifstream in(output);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Completion, OffersTheCommandsThenTheirOwn) {
  EXPECT_THAT(offers({""}), IsSupersetOf({"db", "verify", "completion", "--config"}));
  EXPECT_EQ(offers({"ad"}), std::vector<std::string>{"address"});
  EXPECT_THAT(offers({"db", ""}), IsSupersetOf({"init", "migrate", "status"}));
  EXPECT_THAT(offers({"db", ""}), Not(Contains("verify")));
  EXPECT_THAT(offers({"db", "init", "--"}), Contains("--dry-run"));
  EXPECT_THAT(offers({"--config", "/etc/x.toml", "db", ""}), Contains("init")) << "an option's value is no command";
}

TEST(Completion, EveryShellGetsEveryCommand) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Ran ran = run({"completion", shell});
    EXPECT_EQ(ran.status, kDone);
    EXPECT_THAT(ran.out, HasSubstr("' db init'")) << shell;
  }
}

TEST(Completion, AnUnknownShellIsNamed) {
  const Ran ran = run({"completion", "bsh"});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("did you mean \"bash\"?"));
}

}  // namespace
}  // namespace waxseal::cli
