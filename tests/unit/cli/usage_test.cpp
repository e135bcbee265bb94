#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output.h"
#include "cli_run.h"
#include "service/config.h"
#include "support/source/source_directory.h"

namespace waxseal::cli {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::StartsWith;

struct Wrong {
  std::vector<std::string> arguments;
  std::string message;
};

TEST(Usage, MistakesAreNamedWithTheNearestRightWord) {
  const std::vector<Wrong> cases = {
      {{}, "waxseal: a command is missing: db, account, address, token, trust, verify, import, reverify, "},
      {{"acount", "list"}, "waxseal: there is no command \"acount\"; did you mean \"account\"?"},
      {{"xyzzy"}, "waxseal: there is no command \"xyzzy\"\n"},
      {{"account"}, "waxseal: a command of \"account\" is missing: add, list, remove, quota, administrator, password"},
      {{"account", "lsit"}, "waxseal: there is no command \"lsit\" of \"account\"; did you mean \"list\"?"},
      {{"verify", "--anchor", "x", "y"}, "waxseal: unexpected argument \"--anchor\"; did you mean \"--anchors\"?"},
      {{"verify"}, "waxseal: FILE is required"},
      {{"token", "revoke", "bob", "x"}, "waxseal: Could not convert: ID = x"},
  };
  for (const Wrong& wrong : cases) {
    const Ran ran = run(wrong.arguments);
    EXPECT_EQ(ran.status, kUsage);
    EXPECT_THAT(ran.err, StartsWith(wrong.message));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  EXPECT_EQ(run({"--version"}).out, "waxseal 0.1.0\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"verify", "--help"}, {"trust", "add", "--help"}}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, kDone);
    EXPECT_THAT(ran.out, HasSubstr("Usage: waxseal"));
    EXPECT_EQ(ran.err, "");
  }
}

TEST(Usage, AMissingConfigurationSaysHowToNameOne) {
  const Ran ran = run({"--config", "/nonexistent/x.toml", "account", "list"});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("/nonexistent/x.toml: cannot be read: No such file or directory"));
}

TEST(CheckConfig, ARightFileIsRight) {
  const Directory directory;
  const std::string file = directory.write("x.toml", "[database]\nurl = 'postgresql:///x'\n");
  const Ran ran = run({"check-config", "--config", file});
  EXPECT_EQ(ran.status, kDone);
  EXPECT_EQ(ran.out, file + " is right\n");
  EXPECT_EQ(ran.err, "");
}

TEST(CheckConfig, EveryProblemIsPrinted) {
  const Directory directory;
  const std::string file = directory.write("x.toml", "[database]\nulr = 'postgresql:///x'\n[log]\nlevel = 1\n");
  const Ran ran = run({"check-config", "--config", file});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.err, HasSubstr(file + ":2:1: unknown setting \"database.ulr\"; did you mean \"database.url\"?\n"));
  EXPECT_THAT(ran.err, HasSubstr(file + ":4:9: log.level must be a string\n"));
  EXPECT_EQ(ran.out, "");
}

TEST(CheckConfig, TheExampleIsTheTableOfSettings) {
  EXPECT_EQ(run({"check-config", "--example"}).out, service::example_config());
}

// The commands that a help text lists.
std::vector<std::string> listed_commands(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help);
  bool listed = false;
  for (std::string line; std::getline(lines, line);) {
    const bool entry = line.starts_with("  ") && line.size() > 2 && line[2] != ' ';
    if (listed && entry) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Subcommands:") listed = true;
  }
  return names;
}

TEST(Usage, EveryCommandIsInTheManualPage) {
  std::ifstream file(test::source_directory() + "/docs/man/waxseal.1");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::vector<std::string> commands = listed_commands(run({"--help"}).out);
  ASSERT_THAT(commands, IsSupersetOf({"db", "verify"}));
  for (const std::string& command : commands) {
    EXPECT_THAT(page, HasSubstr(".It Cm " + command)) << "describe it in docs/man/waxseal.1";
    for (const std::string& sub : listed_commands(run({command, "--help"}).out))
      EXPECT_THAT(page, HasSubstr(".It Cm " + command + ' ' + sub));
  }
}

TEST(Output, WhatCameFromOutsideCannotSteerATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\r\n\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x7f");
  EXPECT_EQ(printable("M\xc3\xbcller \xc2\x9b"), "M\xc3\xbcller \\x9b");
  EXPECT_EQ(printable("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(printable_text("a\nb\x07\n"), "a\nb\\x07\n");
}

TEST(Output, ColumnsLineUpByCharacters) {
  std::ostringstream out;
  print_columns(out, {"NAME", "STATE"}, {{"m\xc3\xbcller", "active"}, {"b", "disabled"}});
  EXPECT_EQ(out.str(), "NAME    STATE\nm\xc3\xbcller  active\nb       disabled\n");
}

}  // namespace
}  // namespace waxseal::cli
