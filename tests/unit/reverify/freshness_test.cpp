// RVF-07: the read path alone keeps verdicts true; no round is done in these tests.
#include "reverify/freshness.h"

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
using testing::UnorderedElementsAre;

class Reading : public testing::Test, protected Mailbox {
 protected:
  Reading() { trust(test::pki().root); }
  store::EmailRow read(EmailId id) {
    freshness_.refresh(account);
    return email(id);
  }
  std::int64_t generations() { return std::stoll(database.value("SELECT sum(gen) FROM units")); }

  Freshness freshness_{*database, verifier, clock};
  const Time expiry_ = clock.now() + hours(5);
};

TEST_F(Reading, ACertificateIsGoodToItsLastSecondAndNotOneLonger) {
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_);
  EXPECT_EQ(read(id).status, Status::kVerified);
  clock.advance(Seconds(1));
  const store::EmailRow after = read(id);
  EXPECT_EQ(after.status, Status::kFailed);
  EXPECT_THAT(after.visible_codes, ElementsAre(Code::cert_expired));
  EXPECT_EQ(after.status_at_delivery, Status::kVerified);
  EXPECT_EQ(after.verified_at, clock.now());
}

TEST_F(Reading, WhatChangesIsNumberedBeforeItIsSeen) {  // TIM-11, RVF-07
  const EmailId expiring = deliver(mail_until(expiry_));
  const EmailId lasting = deliver(test::clear_signed_mail({.cert = test::alice()}));
  const std::string before = state();
  clock.set(expiry_ + Seconds(1));
  freshness_.refresh(account);
  EXPECT_THAT(changes(before).updated, ElementsAre(expiring.value));
  const std::string after = state();
  freshness_.refresh(account);
  EXPECT_EQ(state(), after);
  EXPECT_EQ(email(lasting).status, Status::kVerified);
}

TEST_F(Reading, NoVerdictIsOlderThan24Hours) {  // TIM-10
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  const Time delivered = clock.now();
  clock.advance(hours(10));
  EXPECT_EQ(read(id).verified_at, delivered);  // nothing was done: nothing was due
  clock.advance(hours(14));
  const std::string before = state();
  EXPECT_EQ(read(id).verified_at, clock.now());
  EXPECT_EQ(state(), before);  // RFC 9219 section 4.3: that alone is no change
}

TEST_F(Reading, ALeaseOfADeadReverifierIsNoExcuse) {
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  const auto claimed = store::claim_due_units(*database, clock.now(), kLease, 10);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(read(id).status, Status::kFailed);
  // ... and if it was only slow, what it found out earlier comes too late.
  const store::UnitUpdate late{claimed[0].state, expiry_, expiry_ + hours(20), claimed[0].trust_version, "old"};
  EXPECT_EQ(store::record_unit(*database, claimed[0], late), store::UnitWrite::kLost);
  EXPECT_EQ(read(id).status, Status::kFailed);
}

TEST_F(Reading, AnotherReaderWhoStoppedHalfWayHidesNothing) {
  const EmailId id = deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  const auto claimed = store::claim_due_units(*database, clock.now(), kLease, 10);
  UnitEvaluator evaluator(*database, verifier);
  const auto update = evaluator.evaluate(claimed[0].unit, *store::load_trust(*database), clock.now());
  ASSERT_EQ(store::record_unit(*database, claimed[0], *update), store::UnitWrite::kChanged);
  EXPECT_EQ(email(id).status, Status::kVerified);  // recorded, but not carried to the message
  EXPECT_EQ(read(id).status, Status::kFailed);
  EXPECT_THAT(store::unswept_units(*database, 10), IsEmpty());
}

TEST_F(Reading, OtherAccountsAreLeftToTheSweep) {
  const std::string mail = mail_until(expiry_);
  const EmailId mine = deliver(mail);
  const AccountId bob = account;
  account = *store::create_account(*database, "eve", {"eve@example.org"}, clock.now());
  const EmailId theirs = deliver(mail);
  clock.set(expiry_ + Seconds(1));
  freshness_.refresh(bob);
  EXPECT_EQ(email(theirs).status, Status::kVerified);  // in the database; eve's own request will not see it so
  account = bob;
  EXPECT_EQ(email(mine).status, Status::kFailed);
  EXPECT_EQ(store::unswept_units(*database, 10).size(), 1u);
  EXPECT_EQ(round().emails_changed, 1u);
}

TEST_F(Reading, ManyAtOnceChangeItOnce) {
  const EmailId id = deliver(mail_until(expiry_));
  const std::string before = state();
  clock.set(expiry_ + Seconds(1));
  std::vector<std::thread> readers;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 6; ++i) readers.emplace_back([&] { failed += read(id).status == Status::kFailed; });
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(failed, 6);
  EXPECT_THAT(changes(before).updated, UnorderedElementsAre(id.value));
  EXPECT_EQ(generations(), 2);
}

TEST_F(Reading, TwoProcessesChangeItOnce) {
  deliver(mail_until(expiry_));
  clock.set(expiry_ + Seconds(1));
  Freshness other(*database, verifier, clock);
  std::thread first([&] { freshness_.refresh(account); });
  std::thread second([&] { other.refresh(account); });
  first.join();
  second.join();
  EXPECT_EQ(generations(), 2);
}

// The cost of a read when nothing is stale does not grow with what is stored.
TEST_F(Reading, NothingOverdueCostsAFewIndexPages) {
  deliver(test::clear_signed_mail({.cert = test::alice()}));
  database.sql(
      "INSERT INTO units (bucket, unit_id, trust_domain, leaf, bundle, ess_path_set, codes, path, evaluated_at, "
      "next_check_at, trust_version, policy_version) SELECT n % 4096, sha256(n::text::bytea), '', '', '', '', '{}', "
      "'', "
      "now(), timestamptz '2100-01-01', 1, '' FROM generate_series(1, 20000) AS n;"
      "INSERT INTO unit_holders (bucket, unit_id, account_id) SELECT bucket, unit_id, " +
      std::to_string(account.value) + " FROM units ON CONFLICT DO NOTHING; ANALYZE units; ANALYZE unit_holders");
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) EXPECT_THAT(store::overdue_units(*database, account, clock.now(), 10), IsEmpty());
  const auto each = (std::chrono::steady_clock::now() - begun) / 50;
  EXPECT_LT(each, std::chrono::milliseconds(5));  // measured: 0.2 ms; a walk over the account's units takes 20 ms
}

// More is due than is compared: the account's own units are walked.
TEST_F(Reading, ABacklogOfOthersHidesNothing) {
  const EmailId id = deliver(mail_until(expiry_));
  database.sql(
      "INSERT INTO units (bucket, unit_id, trust_domain, leaf, bundle, ess_path_set, codes, path, evaluated_at, "
      "next_check_at, trust_version, policy_version) SELECT n % 4096, sha256(n::text::bytea), '', '', '', '', '{}', "
      "'', "
      "now(), timestamptz '2000-01-01', 1, '' FROM generate_series(1, 3000) AS n");
  clock.set(expiry_ + Seconds(1));
  EXPECT_EQ(read(id).status, Status::kFailed);
}

}  // namespace
}  // namespace waxseal::reverify
