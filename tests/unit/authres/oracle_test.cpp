// What we write is read by another implementation of RFC 8601: Python's "authres", if it is installed.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "unit/authres/results.h"

namespace waxseal::authres {
namespace {

using smime::Code;

constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kScript = R"(
import sys, authres
for line in open(sys.argv[1]).read().split("\0"):
    field = authres.AuthenticationResultsHeader.parse("Authentication-Results:" + line.replace("\n", ""))
    for r in field.results:
        properties = " ".join(f"{p.type}.{p.name}={p.value}" for p in r.properties)
        print(f"{field.authserv_id}|{r.method}|{r.result}|{r.reason}|{properties}")
)";

int run_python(const std::vector<std::string>& arguments, const std::string& output_file) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::freopen(output_file.c_str(), "w", stdout) == nullptr || ::freopen("/dev/null", "w", stderr) == nullptr)
      ::_exit(126);
    std::vector<char*> argv;
    std::vector<std::string> words = {kPython, "-c"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(kPython, argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(Oracle, AnotherImplementationReadsWhatWeMean) {
  const std::string base = testing::TempDir() + "waxseal-authres-" + std::to_string(::getpid());
  if (run_python({"import authres"}, base + ".out") != 0) GTEST_SKIP() << "python3-authres is not installed";
  const std::vector<std::pair<smime::Verdict, std::string>> cases = {
      {verified(), "mx.example.net|smime|pass|None|body.smime-identifier=alice@example.com body.smime-part=2"},
      {failed({Code::cert_expired, Code::from_mismatch}),
       "mx.example.net|smime|fail|The signing certificate has expired|body.smime-identifier=alice@example.com "
       "body.smime-part=2 policy.smime-errors=cert_expired,from_mismatch"},
      {failed({Code::from_mismatch}),
       "mx.example.net|smime|policy|From email address doesn't match the certificate|"
       "body.smime-identifier=alice@example.com body.smime-part=2 policy.smime-errors=from_mismatch"},
      {failed({Code::crl_unavailable}, ""),
       "mx.example.net|smime|temperror|Can't retrieve CRL from the CRL URL|body.smime-part=2 "
       "policy.smime-errors=crl_unavailable"},
  };
  {
    std::ofstream in(base + ".in", std::ios::binary);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (i > 0) in << '\0';
      in << *field_value(facts_with_section("2"), cases[i].first, options());
    }
  }
  ASSERT_EQ(run_python({kScript, base + ".in"}, base + ".out"), 0);
  std::ifstream out(base + ".out");
  for (const auto& [verdict, expected] : cases) {
    std::string line;
    std::getline(out, line);
    EXPECT_EQ(line, expected);
  }
  ::unlink((base + ".in").c_str());
  ::unlink((base + ".out").c_str());
}

}  // namespace
}  // namespace waxseal::authres
