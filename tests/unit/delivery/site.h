// A database with two accounts, a trusted root, and a pipeline with a clock of its own.
#pragma once

#include <memory>
#include <string>

#include "delivery/deliver.h"
#include "store/accounts.h"
#include "store/snapshot.h"
#include "support/database.h"
#include "support/mail.h"

namespace waxseal::test {

struct Site {
  TestDatabase database;
  ManualClock clock{default_now()};
  smime::Verifier verifier{smime::Policy{}};
  AccountId bob, carol;

  Site() {
    bob = store::create_account(*database, "bob", {"bob@example.org"}, clock.now()).value();
    carol = store::create_account(*database, "carol", {"carol@example.org"}, clock.now()).value();
    const auto root = smime::Certificate::parse(pki().root.der);
    store::add_anchor(*database, root, "test root", clock.now() - Seconds(3600));
  }

  std::size_t email_count(AccountId account) {
    return std::stoul(
        database.value("SELECT count(*) FROM emails WHERE account_id = " + std::to_string(account.value)));
  }
  // The newest email's octets and row.
  store::EmailRow newest(AccountId account) {
    const std::string id =
        database.value("SELECT max(email_id) FROM emails WHERE account_id = " + std::to_string(account.value));
    store::Snapshot snapshot(*database, account);
    return store::get_emails(snapshot, {EmailId{std::stoll(id)}}).at(0);
  }
  std::string octets(AccountId account, const store::EmailRow& email) {
    store::Snapshot snapshot(*database, account);
    std::string out;
    const std::size_t size = store::blob_size(snapshot, email.blob).value();
    while (out.size() < size) out += store::read_blob(snapshot, email.blob, out.size(), 1u << 20);
    return out;
  }
};

inline std::string plain_mail(std::string_view subject = "plain") {
  return message(text_entity(), {{"From", std::string(kAlice)}, {"Subject", std::string(subject)}});
}
inline std::string signed_mail() {
  return clear_signed_mail({.cert = alice()});
}

}  // namespace waxseal::test
