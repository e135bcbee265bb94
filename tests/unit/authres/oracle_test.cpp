// What we write is read by two other implementations of RFC 8601, where they are installed: Python's "authres" and
// Perl's "Mail::AuthenticationResults".
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "unit/authres/results.h"

namespace waxseal::authres {
namespace {

using smime::Code;

struct Reader {
  const char* name;
  std::vector<std::string> command;  // reads fields from a file, each ended by NUL, and prints what it makes of them
  std::vector<std::string> probe;    // succeeds where the library is installed
};

const Reader kReaders[] = {{"authres",
                            {"/usr/bin/python3", "-c", R"(
import sys, authres
for text in open(sys.argv[1], newline="").read().split("\0")[:-1]:
    field = authres.AuthenticationResultsHeader.parse("Authentication-Results:" + text.replace("\n", ""))
    for r in field.results:
        properties = " ".join(f"{p.type}.{p.name}={p.value}" for p in r.properties)
        print(f"{field.authserv_id}|{r.method}|{r.result}|{r.reason or ''}|{properties}")
)"},
                            {"/usr/bin/python3", "-c", "import authres"}},
                           {"Mail::AuthenticationResults",
                            {"/usr/bin/perl", "-MMail::AuthenticationResults::Parser", "-e", R"(
local $/ = "\0";
open(my $in, "<", $ARGV[0]) or die;
while (my $text = <$in>) {
  chomp $text;
  my $field = Mail::AuthenticationResults::Parser->new($text)->parsed();
  for my $result (@{$field->children}) {
    my ($reason, @properties) = ("");
    for my $sub (@{$result->children}) {
      if ($sub->key eq "reason") { $reason = $sub->value } else { push @properties, $sub->key . "=" . $sub->value }
    }
    print join("|", $field->value->value, $result->key, $result->value, $reason, "@properties"), "\n";
  }
})"},
                            {"/usr/bin/perl", "-MMail::AuthenticationResults::Parser", "-e", "1"}}};

int run(const std::vector<std::string>& words, const std::string& output_file) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::freopen(output_file.c_str(), "w", stdout) == nullptr || ::freopen("/dev/null", "w", stderr) == nullptr)
      ::_exit(126);
    std::vector<std::string> copy = words;
    std::vector<char*> argv;
    for (std::string& word : copy) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

class Oracle : public testing::TestWithParam<Reader> {
 protected:
  void SetUp() override {
    if (run(GetParam().probe, "/dev/null") != 0) GTEST_SKIP() << GetParam().name << " is not installed";
  }
  // What it reads, a line for each result of each field.
  std::vector<std::string> read(const std::vector<std::string>& fields) {
    const std::string base = testing::TempDir() + "waxseal-authres-" + std::to_string(::getpid());
    std::ofstream in(base + ".in", std::ios::binary);
    for (const std::string& field : fields) in << field << '\0';
    in.close();
    std::vector<std::string> command = GetParam().command;
    command.push_back(base + ".in");
    EXPECT_EQ(run(command, base + ".out"), 0);
    std::vector<std::string> lines;
    std::ifstream out(base + ".out");
    for (std::string line; std::getline(out, line);) lines.push_back(line);
    ::unlink((base + ".in").c_str());
    ::unlink((base + ".out").c_str());
    return lines;
  }
};

TEST_P(Oracle, ReadsWhatWeMean) {
  const std::vector<std::pair<smime::Verdict, std::string>> cases = {
      {verified(), "mx.example.net|smime|pass||body.smime-identifier=alice@example.com body.smime-part=2"},
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
  std::vector<std::string> fields, expected;
  for (const auto& [verdict, line] : cases) {
    fields.push_back(*field_value(facts_with_section("2"), verdict, options()));
    expected.push_back(line);
  }
  EXPECT_EQ(read(fields), expected);
}

// Of every reason one field: none breaks the grammar, and none turns into another result.
TEST_P(Oracle, ReadsEveryReason) {
  std::vector<std::string> fields, expected;
  for (const smime::CodeRow& row : smime::all_codes()) {
    const smime::Verdict verdict = failed({row.code});
    fields.push_back(*field_value(facts_with_section("2"), verdict, options()));
    expected.push_back("mx.example.net|smime|" + std::string(result_token(result_of(verdict))) + '|' +
                       std::string(row.text) + "|body.smime-identifier=alice@example.com body.smime-part=2 " +
                       "policy.smime-errors=" + std::string(row.name));
  }
  EXPECT_EQ(read(fields), expected);
}

// authres reads a quoted value at the end of a result only, and "/" is no character of a token: so one reader, and
// last.
TEST_P(Oracle, ReadsTheSectionOfAnOpaqueLayer) {
  const std::string expected = "mx.example.net|smime|pass||body.smime-part=1/2.1";
  EXPECT_EQ(read({*field_value(facts_with_section("1/2.1"), verified(""), options())}),
            std::vector<std::string>{expected});
}

INSTANTIATE_TEST_SUITE_P(Readers, Oracle, testing::ValuesIn(kReaders),
                         [](const auto& reader) { return reader.index == 0 ? "Python" : "Perl"; });

}  // namespace
}  // namespace waxseal::authres
