#include "reverify/reverifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "mailbox.h"

namespace waxseal::reverify {
namespace {

using smime::Code;
using smime::Status;
using testing::ElementsAre;
using testing::IsEmpty;

class Reverify : public testing::Test, protected Mailbox {
 protected:
  const Time expiry_ = clock.now() + hours(5);
};

TEST_F(Reverify, AnExpiredCertificateFailsNowAndStaysVerifiedAtDelivery) {  // TIM-01
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(expiry_));
  ASSERT_EQ(email(id).status, Status::kVerified);
  const std::string before = state();

  clock.set(expiry_);  // notAfter is inclusive
  round();
  EXPECT_EQ(email(id).status, Status::kVerified);
  EXPECT_EQ(state(), before);

  clock.advance(Seconds(1));
  const Report report = round();
  EXPECT_EQ(report.units_changed, 1u);
  EXPECT_EQ(report.emails_changed, 1u);
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::cert_expired));
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  EXPECT_EQ(email(id).verified_at, clock.now());
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));
}

TEST_F(Reverify, TheSecondOfTheChangeIsKnownBefore) {
  trust(test::pki().root);
  deliver(mail_until(expiry_));
  EXPECT_EQ(Reverifier(*database, verifier, clock).next_due(), expiry_ + Seconds(1));
}

TEST_F(Reverify, CountsOfDaysLongAgoAreForgottenOnceADay) {
  Reverifier reverifier(*database, verifier, clock);
  const auto rows = [&] { return database.value("SELECT count(*) FROM daily_counts"); };
  const auto add = [&](int days_ago) {
    database.sql("INSERT INTO daily_counts SELECT account_id, to_timestamp(" +
                 std::to_string(to_epoch(clock.now()) - days_ago * 86400) + ")::date, 3, 1, 1 FROM accounts LIMIT 1");
  };
  add(500);
  add(300);
  reverifier.run_once();
  EXPECT_EQ(rows(), "1");
  add(500);
  clock.advance(Seconds(86399));
  reverifier.run_once();
  EXPECT_EQ(rows(), "2");
  clock.advance(Seconds(1));
  reverifier.run_once();
  EXPECT_EQ(rows(), "1");
}

TEST_F(Reverify, WithoutAChangeOnlyTheStampMoves) {  // RVF-06
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(test::default_not_after()));
  const std::string before = state();
  clock.advance(hours(23));
  const Report report = round();
  EXPECT_EQ(report.units_evaluated, 1u);
  EXPECT_EQ(report.units_changed, 0u);
  EXPECT_EQ(email(id).verified_at, clock.now());
  EXPECT_EQ(state(), before);  // RFC 9219 section 4.3
  EXPECT_EQ(round().units_evaluated, 0u);
}

TEST_F(Reverify, AnAddedAnchorVerifiesNowAndAtDelivery) {  // TIM-04
  const EmailId id = deliver(mail_until(test::default_not_after()));
  ASSERT_EQ(email(id).status, Status::kFailed);
  ASSERT_EQ(email(id).status_at_delivery, Status::kFailed);
  const std::string before = state();
  clock.advance(Seconds(60));
  trust(test::pki().root);
  const Report report = round();
  EXPECT_EQ(report.emails_changed, 1u);
  EXPECT_EQ(report.at_delivery_changed, 1u);
  EXPECT_EQ(email(id).status, Status::kVerified);
  EXPECT_THAT(email(id).visible_codes, IsEmpty());
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));

  const std::string after = state();
  EXPECT_EQ(round().at_delivery_examined, 0u);
  EXPECT_EQ(state(), after);
}

TEST_F(Reverify, AnAnchorAddedAfterTheExpiryVouchesForTheDeliveryAlone) {  // TIM-04
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + hours(1));
  trust(test::pki().root);
  round();
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::cert_expired));
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
}

TEST_F(Reverify, ARemovedAnchorFailsNowAndNeverAtDelivery) {  // TIM-02
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(test::default_not_after()));
  clock.advance(Seconds(60));
  distrust(test::pki().root);
  const Report report = round();
  EXPECT_EQ(report.emails_changed, 1u);
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  trust(test::Pki("Unrelated").root);
  round();
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
}

TEST_F(Reverify, AnAddedAnchorDoesNotForgiveAnotherSender) {  // TIM-04
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org"));
  clock.advance(Seconds(60));
  trust(test::pki().root);
  round();
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::from_mismatch));
  EXPECT_EQ(email(id).status_at_delivery, Status::kFailed);
}

TEST_F(Reverify, AlteredMailChangesItsReasonsAndNothingElse) {  // RVF-05
  std::string octets = mail_until(expiry_);
  octets.replace(octets.find("Hello"), 5, "HELLO");
  trust(test::pki().root);
  const EmailId id = deliver(octets);
  const std::string before = state();
  clock.set(expiry_ + Seconds(1));
  round();
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::digest_mismatch, Code::cert_expired));
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));
}

TEST_F(Reverify, AnotherPolicyIsAppliedToStoredMailButNotToItsDelivery) {  // RVF-01, TIM-02
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.ext_key_usage = {};
  trust(test::pki().root);
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::pki().leaf(spec)}));
  ASSERT_EQ(email(id).status, Status::kVerified);
  smime::Policy strict;
  strict.require_eku = true;
  smime::Verifier other(strict);
  EXPECT_EQ(Reverifier(*database, other, clock).run_once().emails_changed, 1u);
  EXPECT_THAT(email(id).visible_codes, ElementsAre(Code::cert_ext_key_usage));
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  EXPECT_EQ(Reverifier(*database, verifier, clock).run_once().emails_changed, 1u);
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(Reverify, ACrashBetweenRecordAndSweepIsMadeGood) {
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  const auto trusted = store::load_trust(*database);
  store::StoredCertificates certificates(*database, verifier.certificates());
  const auto claimed = store::claim_due_units(*database, clock.now(), kLease, 10);
  ASSERT_EQ(claimed.size(), 1u);
  const smime::UnitState expired =
      verifier.paths().evaluate(claimed[0].unit, certificates, *trusted, clock.now(), smime::Epoch::kNow);
  ASSERT_EQ(store::record_unit(
                *database, claimed[0],
                {expired, clock.now(), clock.now() + hours(20), trusted->version, verifier.policy().version()}),
            store::UnitWrite::kChanged);
  ASSERT_EQ(email(id).status, Status::kVerified);  // here the process died

  const Report report = round();
  EXPECT_EQ(report.units_evaluated, 0u);
  EXPECT_EQ(report.emails_changed, 1u);
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_EQ(round().emails_changed, 0u);
}

TEST_F(Reverify, ADeadInstanceKeepsItsUnitsOnlyUntilTheLeaseEnds) {
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  ASSERT_EQ(store::claim_due_units(*database, clock.now(), kLease, 10).size(), 1u);
  EXPECT_EQ(round().units_evaluated, 0u);
  clock.advance(kLease + Seconds(1));
  EXPECT_EQ(round().units_evaluated, 1u);
  EXPECT_EQ(email(id).status, Status::kFailed);
}

TEST_F(Reverify, AThousandEmailsOfOneUnitGetAThousandNumbers) {  // ATK-97
  constexpr std::size_t kEmails = 1000;
  trust(test::pki().root);
  const std::string octets = mail_until(expiry_);
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < kEmails; ++i) ids.push_back(deliver(octets).value);
  const std::string before = state();
  clock.set(expiry_ + Seconds(1));
  EXPECT_EQ(round().emails_changed, kEmails);

  const auto number = [](const std::string& s) { return std::stoll(s.substr(s.find('.') + 1)); };
  const long long numbers = number(state()) - number(before);
  EXPECT_GE(numbers, static_cast<long long>(kEmails));
  EXPECT_LE(numbers, static_cast<long long>(kEmails + kEmails / 50));  // and one each time that the lock was taken
  std::vector<std::int64_t> seen;
  std::string since = before;
  for (bool more = true; more;) {
    const store::Changes page = changes(since, 97);  // cuts in the middle of every batch
    EXPECT_LE(page.updated.size(), 97u);
    seen.insert(seen.end(), page.updated.begin(), page.updated.end());
    since = page.new_state;
    more = page.has_more;
  }
  std::sort(seen.begin(), seen.end());
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(since, state());
}

TEST_F(Reverify, TwoInstancesShareTheWork) {
  constexpr std::size_t kUnits = 150;
  trust(test::pki().root);
  std::vector<EmailId> ids;
  for (std::size_t i = 0; i < kUnits; ++i) ids.push_back(deliver(mail_until(expiry_, "Alice " + std::to_string(i))));
  clock.set(expiry_ + Seconds(1));
  const auto second_pool = database.connect();
  Reverifier first(*database, verifier, clock), second(*second_pool, verifier, clock);
  Report one, two;
  std::thread other([&] { two = second.run_once(); });
  one = first.run_once();
  other.join();
  EXPECT_EQ(one.units_evaluated + two.units_evaluated, kUnits);
  EXPECT_EQ(one.units_changed + two.units_changed, kUnits);
  EXPECT_EQ(one.emails_changed + two.emails_changed, kUnits);
  for (EmailId id : ids) EXPECT_EQ(email(id).status, Status::kFailed);
}

TEST_F(Reverify, AStopLeavesTheRestDue) {
  trust(test::pki().root);
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  Reverifier reverifier(*database, verifier, clock);
  EXPECT_EQ(reverifier.run_once([] { return true; }).units_evaluated, 0u);
  EXPECT_EQ(email(id).status, Status::kVerified);
  EXPECT_EQ(reverifier.run_once().units_evaluated, 1u);
}

TEST_F(Reverify, EverythingCanBeMadeDue) {
  trust(test::pki().root);
  deliver(mail_until(expiry_));
  deliver(mail_until(expiry_, "Alice again"));
  Reverifier reverifier(*database, verifier, clock);
  reverifier.run_once();
  EXPECT_EQ(reverifier.run_once().units_evaluated, 0u);
  EXPECT_EQ(reverifier.make_all_due(), 2u);
  EXPECT_EQ(reverifier.run_once().units_evaluated, 2u);
}

TEST(ReverifyWithoutDatabase, NothingIsLostWhileItIsAway) {
  test::Cluster cluster;
  Mailbox mailbox(cluster);
  mailbox.trust(test::pki().root);
  const Time expiry = mailbox.clock.now() + hours(1);
  const EmailId id = mailbox.deliver(mail_until(expiry));
  mailbox.clock.set(expiry + Seconds(1));
  Reverifier reverifier(*mailbox.database, mailbox.verifier, mailbox.clock);
  cluster.stop();
  EXPECT_THROW(reverifier.run_once(), store::Unavailable);
  cluster.start();
  EXPECT_EQ(reverifier.run_once().emails_changed, 1u);
  EXPECT_EQ(mailbox.email(id).status, Status::kFailed);
}

}  // namespace
}  // namespace waxseal::reverify
