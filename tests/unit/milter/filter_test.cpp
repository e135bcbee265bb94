#include "milter/filter.h"

#include <gmock/gmock.h>

#include "unit/delivery/site.h"

namespace waxseal::milter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Answer::Kind;

constexpr const char* kForged = " mx.example.net; smime=pass body.smime-identifier=boss@example.org";
constexpr const char* kForeign = " other.example.org; spf=pass smtp.mailfrom=example.org";

class Recorded final : public Edits {
 public:
  bool delete_field(const std::string& name, int index) override {
    done.push_back("-" + name + '/' + std::to_string(index));
    return possible;
  }
  bool insert_field(const std::string& name, const std::string& value) override {
    done.push_back("+" + name + ':' + value);
    return possible;
  }
  void progress() override { ++beats; }

  std::vector<std::string> done;
  std::atomic<int> beats = 0;
  bool possible = true;
};

struct FilterTest : testing::Test {
  test::Site site;
  FilterOptions options;
  Recorded edits;

  FilterTest() {
    options.hostname = options.message.hostname = "mx.example.net";
    options.authres.authserv_id = "mx.example.net";
    options.verifications = 2;
  }

  // As an MTA hands it over: header fields with LF folds, then the body.
  static void hand_over(Message& message, const std::string& mail, const std::vector<std::string>& recipients) {
    message.set_sender("<alice@example.org>");
    for (const std::string& recipient : recipients) message.add_recipient("<" + recipient + ">");
    const auto end = mail.find("\r\n\r\n");
    for (std::size_t at = 0; at < end;) {
      std::size_t line = mail.find("\r\n", at);
      while (mail[line + 2] == ' ' || mail[line + 2] == '\t') line = mail.find("\r\n", line + 2);
      const std::string field = mail.substr(at, line - at);
      std::string value = field.substr(field.find(':') + 1);
      std::erase(value, '\r');
      message.add_field(field.substr(0, field.find(':')), value);
      at = line + 2;
    }
    message.add_body(mail.substr(end + 4));
  }

  Answer finish(const std::string& mail, const std::vector<std::string>& recipients = {"bob@example.org"},
                Standing standing = {}) {
    return finish_with(*site.database, mail, recipients, standing);
  }
  Answer finish_with(store::Database& database, const std::string& mail, const std::vector<std::string>& recipients,
                     Standing standing = {}) {
    Filter filter(database, site.clock, options);
    Message message(options.message, filter.options().authres, standing);
    hand_over(message, mail, recipients);
    edits.done.clear();
    return filter.finish(message, "4QUEUE", edits);
  }
  std::string stored() { return site.octets(site.bob, site.newest(site.bob)); }
};

std::string with_forged_fields(const std::string& mail) {
  return "Authentication-Results:" + std::string(kForged) + "\r\nauthentication-results:" + kForeign +
         "\r\nX-SMIME-Status: Good signature\r\nAuthentication-Results:" + kForged + "\r\n" + mail;
}
const std::vector<std::string> kRemovals = {"-Authentication-Results/3", "-Authentication-Results/1",
                                            "-X-SMIME-Status/1"};

std::string altered(std::string mail) {
  mail.replace(mail.find("Hello Bob"), 9, "Hello Eve");
  return mail;
}

TEST_F(FilterTest, StoresAndAnnotates) {
  const std::string mail = test::signed_mail();
  EXPECT_EQ(finish(mail).kind, Kind::kAccept);
  ASSERT_EQ(edits.done.size(), 1u);
  EXPECT_THAT(edits.done[0], testing::StartsWith("+Authentication-Results: mx.example.net;\n\tsmime=pass"));
  EXPECT_EQ(site.email_count(site.bob), 1u);
  EXPECT_THAT(stored(), HasSubstr("\r\nAuthentication-Results: mx.example.net;\r\n\tsmime=pass"));
  EXPECT_TRUE(stored().ends_with(mail));
}

TEST_F(FilterTest, AnnotatesAlone) {
  options.store = false;
  EXPECT_EQ(finish(test::signed_mail()).kind, Kind::kAccept);
  EXPECT_EQ(edits.done.size(), 1u);
  EXPECT_EQ(site.email_count(site.bob), 0u);
}

TEST_F(FilterTest, StoresAloneAndStillRemovesForgedFields) {
  options.annotate = false;
  EXPECT_EQ(finish(with_forged_fields(test::signed_mail())).kind, Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
  EXPECT_EQ(site.email_count(site.bob), 1u);
  EXPECT_THAT(stored(), Not(HasSubstr("smime=pass")));
  EXPECT_THAT(stored(), HasSubstr("spf=pass"));
}

TEST_F(FilterTest, TheStatusFieldIsAddedOnRequestAndForgedCopiesGoAlways) {
  options.store = false;
  options.authres.status_field = true;
  finish(test::signed_mail());
  EXPECT_THAT(edits.done, testing::Contains("+X-SMIME-Status: Good signature"));
  finish(altered(test::signed_mail()));
  EXPECT_THAT(edits.done, testing::Contains("+X-SMIME-Status: Bad signature"));
  finish(with_forged_fields(test::plain_mail()));
  EXPECT_EQ(edits.done, kRemovals);
}

TEST_F(FilterTest, WithoutTheDatabaseMailThatIsToBeStoredWaits) {
  store::Database nowhere({.url = "host=/nonexistent"});
  const Answer answer = finish_with(nowhere, with_forged_fields(test::signed_mail()), {"bob@example.org"});
  EXPECT_EQ(answer.words(), "451 4.3.0");
  EXPECT_THAT(edits.done, IsEmpty());
}

TEST_F(FilterTest, WithoutTheDatabaseItPassesUnstoredIfThatIsWantedButNeverWithForgedFields) {
  store::Database nowhere({.url = "host=/nonexistent"});
  options.accept_without_database = true;
  EXPECT_EQ(finish_with(nowhere, with_forged_fields(test::signed_mail()), {"bob@example.org"}).kind, Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
  options.accept_without_database = false;
  options.store = false;
  EXPECT_EQ(finish_with(nowhere, with_forged_fields(test::signed_mail()), {"bob@example.org"}).kind, Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
}

TEST_F(FilterTest, AForgedFieldThatCannotBeRemovedKeepsTheMessageOut) {
  edits.possible = false;
  EXPECT_EQ(finish(with_forged_fields(test::plain_mail())).kind, Kind::kTempfail);
  EXPECT_EQ(finish(test::signed_mail()).kind, Kind::kAccept);  // a verdict that cannot be told does not
}

TEST_F(FilterTest, RejectsForTheReasonsThatAreNamedAndNoOthers) {
  const std::string bad = altered(test::signed_mail());
  EXPECT_EQ(finish(bad).kind, Kind::kAccept);
  options.reject_codes = {smime::Code::cert_expired};
  EXPECT_EQ(finish(bad).kind, Kind::kAccept);
  options.reject_codes = {smime::Code::cert_expired, smime::Code::digest_mismatch};
  const std::size_t before = site.email_count(site.bob);
  const Answer answer = finish(bad, {"carol@example.org"});
  EXPECT_EQ(answer.words(), "550 5.7.1");
  EXPECT_THAT(answer.text, testing::StartsWith("S/MIME: "));
  EXPECT_THAT(edits.done, IsEmpty());
  EXPECT_EQ(site.email_count(site.carol), 0u);
  EXPECT_EQ(site.email_count(site.bob), before);
  EXPECT_EQ(finish(test::signed_mail()).kind, Kind::kAccept);
  EXPECT_EQ(finish(test::plain_mail()).kind, Kind::kAccept);
}

TEST_F(FilterTest, SkippedMailIsNeitherVerifiedNorStoredButLosesForgedFields) {
  EXPECT_EQ(finish(with_forged_fields(test::signed_mail()), {"bob@example.org"}, {.skipped = true}).kind,
            Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
  EXPECT_EQ(site.email_count(site.bob), 0u);
}

TEST_F(FilterTest, FieldsOfATrustedClientStay) {
  finish(with_forged_fields(test::plain_mail()), {"bob@example.org"}, {.trusted = true});
  EXPECT_THAT(edits.done, IsEmpty());
  EXPECT_THAT(stored(), HasSubstr(kForged));
}

TEST_F(FilterTest, SkippedRecipientsHaveNoCopy) {
  service::Config::Milter settings;
  settings.skip_recipients = {"bob@example.org"};
  options.rules = Rules(settings);
  finish(test::signed_mail(), {"bob@example.org", "carol@example.org"});
  EXPECT_EQ(edits.done.size(), 1u);
  EXPECT_EQ(site.email_count(site.bob), 0u);
  EXPECT_EQ(site.email_count(site.carol), 1u);
  finish(test::signed_mail(), {"Bob@Example.ORG"});
  EXPECT_THAT(edits.done, IsEmpty());
}

TEST_F(FilterTest, AFullMailboxIsAnsweredAsConfigured) {
  store::set_quota(*site.database, site.bob, 4000);
  const auto fill = [&] { return finish(test::plain_mail("x" + std::string(3000, 'y'))); };
  EXPECT_EQ(fill().kind, Kind::kAccept);
  const std::string more = test::plain_mail(std::string(2000, 'z'));
  EXPECT_EQ(finish(more).words(), "452 4.2.2");
  options.on_quota = OnQuota::kReject;
  EXPECT_EQ(finish(more).words(), "552 5.2.2");
  options.on_quota = OnQuota::kAccept;
  EXPECT_EQ(finish(more).kind, Kind::kAccept);
  EXPECT_EQ(site.email_count(site.bob), 1u);
  options.on_quota = OnQuota::kDefer;
  EXPECT_EQ(finish(test::plain_mail(std::string(5000, 'z'))).words(), "552 5.2.2");  // never fits
}

TEST_F(FilterTest, WhatIsTooLargeIsNotCheckedAndRefusedWhereItWouldBeMissed) {
  options.message.max_octets = 500;
  const std::string large = with_forged_fields(test::plain_mail(std::string(600, 'x')));
  EXPECT_EQ(finish(large).words(), "552 5.3.4");
  EXPECT_EQ(finish(large, {"stranger@example.com"}).kind, Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
  options.store = false;
  EXPECT_EQ(finish(large).kind, Kind::kAccept);
  EXPECT_EQ(edits.done, kRemovals);
}

TEST_F(FilterTest, MoreForgedFieldsThanAnybodySendsAreRefused) {
  Filter filter(*site.database, site.clock, options);
  Message message(options.message, filter.options().authres);
  for (std::size_t i = 0; i <= kMaxForgedFields; ++i) message.add_field("Authentication-Results", kForged);
  EXPECT_EQ(filter.finish(message, "", edits).words(), "550 5.6.0");
}

// NET-16.  A server that does not answer: the budget ends the wait, what is known is the answer, and the MTA hears of us.
TEST_F(FilterTest, TheBudgetEndsTheWaitForADeafServer) {
  options.store = false;
  options.budget = std::chrono::milliseconds(700);
  options.progress_interval = std::chrono::milliseconds(100);
  store::DatabaseOptions own{.url = site.database.url() + " application_name=deaf", .pool_size = 1};
  store::Database database(own);
  Filter filter(database, site.clock, options);
  filter.warm_up();
  const std::string pid = site.database.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'deaf'");
  ASSERT_EQ(::kill(std::stoi(pid), SIGSTOP), 0);
  Message message(options.message, filter.options().authres);
  hand_over(message, with_forged_fields(test::signed_mail()), {"bob@example.org"});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(filter.finish(message, "", edits).kind, Kind::kAccept);
  const auto took = std::chrono::steady_clock::now() - start;
  ::kill(std::stoi(pid), SIGCONT);
  EXPECT_GE(took, std::chrono::milliseconds(600));
  EXPECT_LT(took, std::chrono::milliseconds(2500));
  EXPECT_GE(edits.beats, 3);
  ASSERT_EQ(edits.done.size(), 4u);
  EXPECT_THAT(edits.done[3], HasSubstr("smime=temperror"));
}

}  // namespace
}  // namespace waxseal::milter
