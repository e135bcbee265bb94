#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_run.h"
#include "reverify/trust_directory.h"
#include "store/fetch_schedule.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Why : public testing::Test, protected reverify::Mailbox {
 protected:
  Why() {
    config_ = directory_.write("waxseal.toml", "[database]\nurl = \"" + database.url() + "\"\n");
    trust(test::pki().root);
  }
  Ran wax(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", config_});
    return run(arguments, "", false, clock.now());
  }
  static std::string wire(EmailId id) { return "e" + std::to_string(id.value); }

  Directory directory_;
  std::string config_;
  const std::string root_ = sha256(test::pki().root.der).hex();
};

TEST_F(Why, TellsWhenAVerdictChangedAndBecauseOfWhat) {
  const Time expiry = clock.now() + Seconds(10 * 3600);
  const EmailId id = deliver(reverify::mail_until(expiry, "Alice the Brief"));
  clock.advance(Seconds(3600));
  wax({"trust", "remove", root_});
  round();
  clock.advance(Seconds(3600));
  trust(test::pki().root);
  round();
  clock.set(expiry + Seconds(1));
  round();
  const Ran ran = wax({"why", wire(id), "--account", "bob"});
  ASSERT_EQ(ran.status, kDone) << ran.err;
  const auto told = wax({"why", wire(id), "--account", "bob", "--json"}).json().at(0);
  EXPECT_EQ(told["smimeStatus"], "signed/failed");
  EXPECT_EQ(told["codes"], nlohmann::json::array({"cert_expired"}));
  EXPECT_EQ(told["atDelivery"][0]["status"], "signed/verified");
  const auto& history = told["signers"][0]["history"];
  ASSERT_EQ(history.size(), 4u) << history.dump(2);
  EXPECT_EQ(history[0]["at"], "2026-07-01T12:00:00Z");
  // The test's certificates name no place to ask: worth knowing, and no reason to fail.
  EXPECT_EQ(history[0]["codes"], nlohmann::json::array({"revocation_no_pointer"}));
  EXPECT_THAT(history[1]["because"].dump(), HasSubstr("trust anchor removed: "));
  EXPECT_THAT(history[2]["because"].dump(), HasSubstr("trust anchor added: "));
  EXPECT_THAT(history[3]["because"].dump(), HasSubstr("time passed"));
  EXPECT_EQ(history[3]["codes"], nlohmann::json::array({"cert_expired", "revocation_no_pointer"}));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("signer CN=Alice the Brief"), HasSubstr("because  trust anchor removed"),
                             HasSubstr("smimeStatusAtDelivery  signed/verified")));
}

TEST_F(Why, RemembersWhatAVerdictAtDeliveryWasBeforeAnAnchorHealedIt) {
  const test::Pki other("Another");
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  const EmailId id = deliver(test::clear_signed_mail({.cert = other.leaf(spec)}));
  EXPECT_EQ(email(id).status_at_delivery, smime::Status::kFailed);
  clock.advance(Seconds(3600));
  trust(other.root);
  trust(other.intermediate);
  round();
  const auto told = wax({"why", wire(id), "--account", "bob", "--json"}).json().at(0)["atDelivery"];
  ASSERT_EQ(told.size(), 2u) << told.dump(2);
  EXPECT_EQ(told[0]["status"], "signed/failed");
  EXPECT_EQ(told[0]["until"], "2026-07-01T13:00:00Z");
  EXPECT_EQ(told[1]["status"], "signed/verified");
  EXPECT_TRUE(told[1]["until"].is_null());
}

TEST_F(Why, FindsAMessageByItsMessageIdAndNotThoseThatReferToIt) {
  const std::string mail = "From: a@example.org\r\nMessage-ID: <one@example.org>\r\nSubject: S\r\n\r\nx\r\n";
  const EmailId one = deliver(mail);
  deliver(
      "From: a@example.org\r\nMessage-ID: <two@example.org>\r\nReferences: <one@example.org>\r\nSubject: "
      "S\r\n\r\nx\r\n");
  for (const char* written : {"one@example.org", "<one@example.org>"}) {
    const auto found = wax({"why", written, "--json"}).json();
    ASSERT_EQ(found.size(), 1u) << written;
    EXPECT_EQ(found[0]["emailId"], wire(one));
    EXPECT_EQ(found[0]["account"], "bob");
  }
}

TEST_F(Why, WhatIsNotThereIsSaid) {
  EXPECT_EQ(wax({"why", "nobody@example.org"}).status, kNo);
  EXPECT_EQ(wax({"why", "e999", "--account", "bob"}).status, kNo);
  EXPECT_EQ(wax({"why", "e999"}).status, kUsage);
  EXPECT_EQ(wax({"why", "e999", "--account", "nobody"}).status, kNo);
}

TEST_F(Why, TheHistoryIsBounded) {
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  for (int i = 0; i < 30; ++i) {
    clock.advance(Seconds(60));
    distrust(test::pki().root);
    round();
    clock.advance(Seconds(60));
    trust(test::pki().root);
    round();
  }
  const auto told = wax({"why", wire(id), "--account", "bob", "--json"}).json().at(0);
  EXPECT_EQ(told["signers"][0]["history"].size(), 50u);
}

TEST_F(Why, TrustSaysWhereAnAnchorComesFrom) {
  directory_.write("anchors/root.pem", test::Pki("Filed").root.pem());
  reverify::TrustDirectory(directory_.path("anchors"), "").sync(*database, clock.now());
  const auto rows = wax({"trust", "list", "--json"}).json();
  ASSERT_EQ(rows.size(), 2u);
  const auto& filed = rows[0]["source"] == "directory" ? rows[0] : rows[1];
  EXPECT_EQ(filed["label"], "root.pem");
  const std::string id = filed["sha256"];
  const Ran refused = wax({"trust", "remove", id});
  EXPECT_EQ(refused.status, kNo);
  EXPECT_THAT(refused.err, HasSubstr("root.pem"));
  EXPECT_EQ(wax({"trust", "distrust", id}).status, kDone);
  EXPECT_EQ(wax({"trust", "distrust", id}).status, kNo);
  EXPECT_THAT(wax({"trust", "list", "--history"}).out, HasSubstr("distrusted"));
  EXPECT_THAT(wax({"trust", "list"}).out, Not(HasSubstr(id)));
}

TEST_F(Why, FetchesAreListedWithWhatWentWrong) {
  store::want_fetches(*database, {{.url = "http://crl.example.org/a.crl", .until = clock.now() + Seconds(86400)}},
                      clock.now());
  EXPECT_THAT(wax({"fetches"}).out,
              AllOf(HasSubstr("crl"), HasSubstr("never"), HasSubstr("http://crl.example.org/a.crl")));
  EXPECT_THAT(wax({"fetches", "--failing", "--json"}).out, IsEmpty());
  const auto claimed = store::claim_due_fetches(*database, clock.now(), Seconds(60), 1);
  store::record_fetch_failure(*database, claimed.at(0), "address_refused: private", {}, "v1");
  const auto row = wax({"fetches", "--failing", "--json"}).json().at(0);
  EXPECT_EQ(row["error"], "address_refused: private");
  EXPECT_TRUE(row["nextFetchAt"].is_null());
}

}  // namespace
}  // namespace waxseal::cli
