// The event "verifier upgrade" of verification.md 5.3: facts that an older program read are read again.
#include <gtest/gtest.h>

#include "mailbox.h"
#include "store/facts_renewal.h"
#include "support/cms.h"

namespace waxseal::reverify {
namespace {

class FactsRenewal : public testing::Test, public Mailbox {
 protected:
  FactsRenewal() { trust(test::pki().root); }

  void execute(const std::string& sql) { database.sql(sql); }

  // As if a program had read it that did not understand the signature.
  void age(EmailId id) {
    const std::string email = std::to_string(id.value);
    execute("UPDATE email_smime SET facts_version = 0, facts = '{\"version\":0}' WHERE email_id = " + email);
    execute("DELETE FROM email_signers WHERE email_id = " + email);
    execute("UPDATE emails SET smime_status = " + std::to_string(static_cast<int>(smime::Status::kFailed)) +
            ", smime_codes = '{}' WHERE email_id = " + email);
    execute("UPDATE email_meta SET signers = '' WHERE email_id = " + email);
    execute("UPDATE verifier_state SET facts_version = 0");
  }
  std::string value(const std::string& sql) { return database.value(sql); }
};

TEST_F(FactsRenewal, AMessageThatAnOlderVerifierReadIsReadAgain) {  // RVF-01, TIM-02
  const EmailId old = deliver(test::clear_signed_mail({.cert = test::alice()}));
  const EmailId other = deliver(test::clear_signed_mail({.cert = test::alice()}));
  round();
  age(old);
  const std::string before = state();
  const Report report = round();
  EXPECT_EQ(report.facts_renewed, 1U);
  EXPECT_EQ(report.emails_changed, 1U);
  EXPECT_EQ(email(old).status, smime::Status::kVerified);
  EXPECT_EQ(email(old).status_at_delivery, smime::Status::kVerified);
  EXPECT_EQ(changes(before).updated, std::vector<std::int64_t>{old.value}) << "and not " << other.value;
  EXPECT_EQ(value("SELECT count(*) FROM email_smime WHERE facts_version = 0"), "0");
  EXPECT_EQ(value("SELECT count(DISTINCT signers) FROM email_meta"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM email_signers"), "2");
}

TEST_F(FactsRenewal, ItIsDoneOnce) {
  age(deliver(test::clear_signed_mail({.cert = test::alice()})));
  EXPECT_EQ(round().facts_renewed, 1U);
  EXPECT_EQ(value("SELECT facts_version FROM verifier_state"), std::to_string(smime::kFactsVersion));
  const std::string before = state();
  EXPECT_EQ(round().facts_renewed, 0U);
  EXPECT_EQ(state(), before);
}

TEST_F(FactsRenewal, WhatAFalseMessageSaysStaysFalse) {  // the twin
  std::string mail = test::clear_signed_mail({.cert = test::alice()});
  mail.replace(mail.find("Hello"), 5, "Hallo");
  const EmailId id = deliver(mail);
  age(id);
  EXPECT_EQ(round().facts_renewed, 1U);
  EXPECT_EQ(email(id).status, smime::Status::kFailed);
  EXPECT_NE(value("SELECT smime_codes FROM emails"), "{}");
}

TEST_F(FactsRenewal, UnitsThatNobodyKnewAreEvaluatedFirst) {
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  age(id);
  execute("DELETE FROM unit_holders");
  execute("DELETE FROM unit_certificates");
  execute("DELETE FROM unit_history");
  execute("DELETE FROM units");
  const std::string before = state();
  round();
  EXPECT_EQ(email(id).status, smime::Status::kVerified);
  EXPECT_EQ(changes(before).updated.size(), 1U);
  EXPECT_EQ(value("SELECT count(*) FROM unit_holders"), "1");
}

TEST_F(FactsRenewal, AStatusAtDeliveryThatIsPendingWaitsForThem) {  // never judged by facts that cannot be read
  pending = true;
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  pending = false;
  age(id);
  store::note_facts_current(*database);  // nobody renews them
  clock.advance(hours(100));
  round();
  EXPECT_EQ(email(id).status_at_delivery, smime::Status::kSigned);
  execute("UPDATE verifier_state SET facts_version = 0");
  round();
  EXPECT_EQ(email(id).status_at_delivery, smime::Status::kVerified);
}

TEST_F(FactsRenewal, FactsOfANewerProgramAreLeftAlone) {
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  age(id);
  execute("UPDATE email_smime SET facts_version = 99");
  EXPECT_EQ(round().facts_renewed, 0U);
  EXPECT_EQ(value("SELECT facts_version FROM email_smime"), "99");
}

}  // namespace
}  // namespace waxseal::reverify
