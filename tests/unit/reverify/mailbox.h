// One account in a database of its own, mail delivered to it as the delivery path does, and a clock that the test
// moves.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "reverify/reverifier.h"
#include "smime/verifier.h"
#include "store/accounts.h"
#include "store/append.h"
#include "store/snapshot.h"
#include "store/trust_anchors.h"
#include "support/database.h"
#include "support/mail.h"

namespace waxseal::reverify {

inline Seconds hours(int count) {
  return Seconds(count * 3600);
}

class Mailbox {
 public:
  explicit Mailbox(test::Cluster& cluster = test::Cluster::instance())
      : database(test::TestDatabase::Schema::kMigrated, cluster),
        account(store::create_account(*database, "bob", {"bob@example.org"}, clock.now()).value()) {}

  void trust(const test::Cert& anchor) {
    store::add_anchor(*database, smime::Certificate::parse(anchor.der), "test", clock.now());
  }
  void distrust(const test::Cert& anchor) { store::remove_anchor(*database, sha256(anchor.der), clock.now()); }

  EmailId deliver(const std::string& octets) {
    const auto trusted = store::load_trust(*database);
    const smime::Verification verification = verifier.verify(octets, *trusted, clock.now());
    store::NewEmail email;
    email.octets = octets;
    email.blob = sha256(octets);
    email.delivery_key =
        store::delivery_key("alice@example.org", "bob@example.org " + std::to_string(++deliveries_), octets);
    email.received_at = clock.now();
    const mime::Message parsed = mime::parse_message(octets);
    email.summary = mime::summarise(octets, parsed);
    email.text = mime::search_text(octets, parsed);
    email.facts = verification.extracted.facts;
    email.certificates = verification.extracted.certificates;
    if (judged)
      for (const auto& [unit, state] : verification.states) email.evaluations[unit] = {state, clock.now()};
    email.trust_version = trusted->version;
    email.at_delivery = judged ? verification.verdict : smime::judge(email.facts, {}, verifier.policy(), clock.now());
    email.at_delivery_final = judged && !pending;
    return store::append_email(*database, account, email, verifier.policy()).email;
  }

  store::EmailRow email(EmailId id) {
    store::Snapshot snapshot(*database, account);
    return store::get_emails(snapshot, {id}).at(0);
  }
  std::string state() {
    store::Snapshot snapshot(*database, account);
    return store::state(snapshot, store::ObjectType::kEmail);
  }
  store::Changes changes(const std::string& since, std::size_t max = 10'000) {
    store::Snapshot snapshot(*database, account);
    return store::changes(snapshot, store::ObjectType::kEmail, since, max).value();
  }

  Report round() { return Reverifier(*database, verifier, clock).run_once(); }

  test::TestDatabase database;
  ManualClock clock{test::default_now()};
  smime::Verifier verifier{smime::Policy{}};
  AccountId account;
  bool pending = false;  // verdicts at delivery await evidence (TIM-05)
  bool judged = true;    // false: as if nothing could be evaluated when the mail came

 private:
  int deliveries_ = 0;
};

// Alice's mail under a certificate of her own that ends at `not_after`.
inline std::string mail_until(Time not_after, const std::string& common_name = "Alice") {
  test::CertSpec spec;
  spec.common_name = common_name;
  spec.emails = {std::string(test::kAlice)};
  spec.not_after = not_after;
  return test::clear_signed_mail({.cert = test::pki().leaf(spec)});
}

}  // namespace waxseal::reverify
