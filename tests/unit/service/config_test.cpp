#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "service/lifecycle.h"
#include "support/source/source_directory.h"

namespace waxseal::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigFile : public testing::Test {
 protected:
  ConfigFile()
      : path_(std::filesystem::temp_directory_path() / ("waxseal-config-" + std::to_string(::getpid()) + ".toml")) {}
  ~ConfigFile() override { std::filesystem::remove(path_); }

  Result<Config, std::vector<std::string>> load(const std::string& text, mode_t mode = 0640) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
    return load_config(path_);
  }
  // Problems without the name of the file.
  std::vector<std::string> problems(const std::string& text) {
    const auto loaded = load(text);
    if (loaded) return {};
    std::vector<std::string> out;
    for (const std::string& problem : loaded.error()) {
      EXPECT_TRUE(problem.starts_with(path_.string() + ":")) << problem;
      out.push_back(problem.substr(path_.string().size() + 1));
    }
    return out;
  }
  std::filesystem::path path_;
};

TEST_F(ConfigFile, EveryTypeIsRead) {
  const auto config = load(
      "hostname = 'mx.example.net'\n"
      "[database]\nurl = 'postgresql:///waxseal'\npool_size = 3\n"
      "[authentication_results]\nown_ids = ['a.example', 'b.example']\nnone = true\n"
      "[reverify]\npoll_seconds = 9\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->hostname, "mx.example.net");
  EXPECT_EQ(config->authentication_results.authserv_id, "mx.example.net");
  EXPECT_EQ(config->database.url, "postgresql:///waxseal");
  EXPECT_EQ(config->database.pool_size, 3u);
  EXPECT_THAT(config->authentication_results.own_ids, ElementsAre("a.example", "b.example"));
  EXPECT_TRUE(config->authentication_results.none);
  EXPECT_EQ(config->reverify.poll_seconds, 9);
}

TEST_F(ConfigFile, AnEmptyFileGivesTheDefaultsAndTheNameOfTheMachine) {
  const auto config = load("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->log.level, "info");
  EXPECT_EQ(config->jmap.max_objects_in_get, 500u);
  EXPECT_FALSE(config->hostname.empty());
  EXPECT_TRUE(config->authentication_results.details);
}

struct Refused {
  std::string text;
  std::string problem;
};

TEST_F(ConfigFile, ProblemsAreNamedWithPlaceAndRemedy) {
  const std::vector<Refused> cases = {
      {"[lmtp]\nlisten_on = []\n", "2:1: unknown setting \"lmtp.listen_on\"; did you mean \"lmtp.listen\"?"},
      {"[lmpt]\nworkers = 1\n", "1:2: unknown setting \"lmpt\"; did you mean \"lmtp\"?"},
      {"hostnam = 'x'\n", "1:1: unknown setting \"hostnam\"; did you mean \"hostname\"?"},
      {"[lmtp]\nxyzzy_plugh = 1\n", "2:1: unknown setting \"lmtp.xyzzy_plugh\""},
      {"lmtp = 3\n", "1:8: \"lmtp\" is a section: write [lmtp] and its settings below it"},
      {"[lmtp]\nworkers = 'two'\n", "2:11: lmtp.workers must be an integer"},
      {"[lmtp]\nworkers = 0\n", "2:11: lmtp.workers must be between 1 and 1000"},
      {"[lmtp]\nlisten = 'unix:/x'\n", "2:10: lmtp.listen must be a list of strings"},
      {"[lmtp]\nlisten = ['unix:/x', 7]\n", "2:22: lmtp.listen must be a list of strings"},
      {"[milter]\nskip_authenticated = 'yes'\n", "2:22: milter.skip_authenticated must be a boolean"},
      {"[milter]\nmode = 'anotate'\n",
       "2:8: milter.mode must be one of \"store_and_annotate\", \"annotate\", \"store\"; did you mean \"annotate\"?"},
      {"[milter]\nreject_codes = ['cert_expired', 'cert_revokd']\n",
       "2:33: milter.reject_codes: there is no \"cert_revokd\"; did you mean \"cert_revoked\"?"},
      {"[database]\nurl = 5\n", "2:7: database.url must be a string"},
      {"[log]\nlevel = 'inof'\n",
       "2:9: log.level must be one of \"error\", \"warn\", \"info\", \"debug\"; did you mean \"info\"?"},
      {"[revocation]\nmode = 'hart'\n",
       "2:8: revocation.mode must be one of \"hard\", \"soft\", \"off\"; did you mean \"hard\"?"},
      {"[verify]\nmin_rsa_bits = 12\n", "2:1: min_rsa_bits must be a number from 1024 to 8192, not \"12\""},
      {"[verify]\nmin_rsa_bits = 2048.0\n",
       "2:16: verify.min_rsa_bits must be a string, a number, a boolean, a date or a list"},
  };
  for (const Refused& refused : cases)
    EXPECT_THAT(problems(refused.text), ElementsAre(refused.problem)) << refused.text;
}

TEST_F(ConfigFile, AllProblemsAreReportedAtOnce) {
  EXPECT_THAT(problems("[log]\nlevel = 3\nformat = 'xml'\n[jmap]\nworker = 1\n"),
              ElementsAre(HasSubstr("5:1: unknown setting \"jmap.worker\""), HasSubstr("3:10: log.format"),
                          HasSubstr("2:9: log.level")));
}

TEST_F(ConfigFile, BrokenTomlNamesThePlace) {
  EXPECT_THAT(problems("[log\nlevel = 'info'\n"), ElementsAre(testing::StartsWith("1:5: ")));
}

TEST_F(ConfigFile, AMissingFileIsAProblemAndNotDefaults) {
  const auto config = load_config("/nonexistent/waxseal.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error(), ElementsAre(HasSubstr("No such file or directory")));
}

TEST_F(ConfigFile, WhatChangedIsNamed) {
  const auto before = load("[milter]\nmode = 'annotate'\nskip_senders = ['a.example']\n");
  const auto same = load("[milter]\nskip_senders = ['a.example']\nmode = 'annotate'\n");
  const auto after = load("[milter]\nmode = 'store'\nsocket = 'unix:/x'\n[verify]\nmin_rsa_bits = 3072\n");
  ASSERT_TRUE(before && same && after);
  EXPECT_THAT(changed_settings(*before, *same), IsEmpty());
  EXPECT_THAT(changed_settings(*before, *after),
              ElementsAre("milter.socket", "milter.mode", "milter.skip_senders", "verify"));
}

TEST_F(ConfigFile, EveryRevocationModeIsAccepted) {
  for (const std::string mode : {"hard", "soft", "off"})
    EXPECT_THAT(problems("[revocation]\nmode = '" + mode + "'\n"), IsEmpty()) << mode;
}

TEST_F(ConfigFile, KnobsReachThePolicy) {
  const auto config = load(
      "[verify]\nmin_rsa_bits = 3072\nrequire_eku = true\nlimit.paths = 4\nrequired_policies = ['1.2.3', '1.2.4']\n"
      "weak_legacy_before = 2020-01-02T03:04:05Z\n");
  ASSERT_TRUE(config);
  const auto policy = policy_of(*config);
  ASSERT_TRUE(policy) << policy.error();
  EXPECT_EQ(policy->min_rsa_bits, 3072u);
  EXPECT_TRUE(policy->require_eku);
  EXPECT_EQ(policy->limits.paths, 4u);
  EXPECT_THAT(policy->required_policies, ElementsAre("1.2.3", "1.2.4"));
  EXPECT_EQ(policy->weak_legacy_before, *parse_date_time("2020-01-02T03:04:05Z"));
}

TEST_F(ConfigFile, APasswordThatEverybodyCanReadIsWarnedOf) {
  const std::string secret = "[database]\nurl = 'postgresql://wax:secret@db/wax'\n";
  EXPECT_THAT(load(secret, 0644)->warnings, ElementsAre(HasSubstr("chmod 0640")));
  EXPECT_THAT(load(secret, 0640)->warnings, IsEmpty());
  EXPECT_THAT(load("[database]\nurl = 'postgresql://wax@db/wax'\n", 0644)->warnings, IsEmpty());
  EXPECT_THAT(load("[database]\nurl = 'host=db password=x'\n", 0604)->warnings, ElementsAre(HasSubstr("password")));
}

std::string slurp(const std::string& path) {
  return (std::ostringstream() << std::ifstream(path).rdbuf()).str();
}

TEST(ExampleConfig, ThePackagedFileIsTheTable) {
  EXPECT_EQ(slurp(test::source_directory() + "/packaging/waxseal.toml.example"), example_config())
      << "run: waxseal check-config --example >packaging/waxseal.toml.example";
}

TEST_F(ConfigFile, TheExampleWithEverySettingSwitchedOnIsValid) {
  std::string text = example_config(), all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    all += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + '\n';
  const auto config = load(all);
  ASSERT_TRUE(config) << config.error().front();
  EXPECT_EQ(config->verify.size(), 1u);
}

TEST(Settings, EachHasAMeaningAndAUniqueKey) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(setting.meaning.ends_with('.')) << setting.key;
    keys.push_back(setting.key);
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(Settings, EachIsInTheManualPage) {
  const std::string page = slurp(test::source_directory() + "/docs/man/waxseal.conf.5");
  for (const Setting& setting : settings())
    EXPECT_THAT(page, HasSubstr(".It Sy " + setting.key + " ")) << "describe it in docs/man/waxseal.conf.5";
}

}  // namespace
}  // namespace waxseal::service
