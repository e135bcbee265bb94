// An account with plain mail, for tests of what is written.
#pragma once

#include <string>
#include <vector>

#include "store/accounts.h"
#include "store/append.h"
#include "store/email_write.h"
#include "store/mailbox_write.h"
#include "store/snapshot.h"
#include "support/database.h"
#include "support/database_invariants.h"

namespace waxseal::store {

struct Mail {
  std::string subject = "Plan";
  std::string message_id;  // "": one of its own
  std::string references;  // "<a@x> <b@x>"
  int day = 1;             // of June 2026
  std::vector<MailboxId> mailboxes;
  std::vector<std::string> keywords;
};

class SmallAccount {
 public:
  SmallAccount() : id(create_account(*database, "bob", {}, from_epoch(1'780'000'000)).value()) {}

  EmailId deliver(const Mail& mail = {}) {
    const std::string number = std::to_string(++delivered_);
    const std::string octets = "From: a@example.net\r\nSubject: " + mail.subject + "\r\nMessage-ID: " +
                               (mail.message_id.empty() ? "<" + number + "@own>" : mail.message_id) +
                               "\r\nReferences: " + mail.references + "\r\n\r\nText " + number + "\r\n";
    NewEmail email;
    email.octets = octets;
    email.blob = sha256(octets);
    email.delivery_key = delivery_key("a", number, octets);
    email.received_at = from_epoch(1'780'272'000 + 86'400 * mail.day);
    email.mailboxes = mail.mailboxes;
    email.keywords = mail.keywords;
    email.summary = mime::summarise(octets, mime::parse_message(octets));
    return append_email(*database, id, email, smime::Policy{}).email;
  }

  MailboxId mailbox(const std::string& role) {
    Snapshot snapshot(*database, id);
    for (const MailboxRow& row : get_mailboxes(snapshot)) {
      if (row.role == role) return row.id;
    }
    return {};
  }
  std::optional<MailboxRow> row(MailboxId wanted) {
    Snapshot snapshot(*database, id);
    for (const MailboxRow& row : get_mailboxes(snapshot)) {
      if (row.id == wanted) return row;
    }
    return std::nullopt;
  }
  std::optional<EmailRow> email(EmailId wanted) {
    Snapshot snapshot(*database, id);
    const auto rows = get_emails(snapshot, {wanted});
    return rows.empty() ? std::nullopt : std::optional(rows.front());
  }
  std::vector<EmailId> thread(EmailId wanted) {
    Snapshot snapshot(*database, id);
    const auto rows = get_emails(snapshot, {wanted});
    return rows.empty() ? std::vector<EmailId>{} : get_threads(snapshot, {rows.front().thread}).at(0).emails;
  }
  std::string state(ObjectType type = ObjectType::kEmail) {
    Snapshot snapshot(*database, id);
    return store::state(snapshot, type);
  }
  Changes changes(const std::string& since, ObjectType type = ObjectType::kEmail, std::size_t max = 10'000) {
    Snapshot snapshot(*database, id);
    return store::changes(snapshot, type, since, max).value();
  }
  EmailWritten patch(EmailPatch wanted) { return write_emails(*database, id, {.update = {std::move(wanted)}}); }
  EmailWritten destroy(std::vector<EmailId> ids) { return write_emails(*database, id, {.destroy = std::move(ids)}); }
  std::string broken() const { return test::broken_invariants(database); }

  test::TestDatabase database;
  AccountId id;

 private:
  int delivered_ = 0;
};

}  // namespace waxseal::store
