// Reading: one repeatable-read snapshot for one JMAP method call, so that state and rows belong together (robustness.md
// C3).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/octets.h"
#include "base/sha256.h"
#include "mime/message.h"
#include "smime/judge.h"
#include "store/database.h"

namespace waxseal::store {

enum class ObjectType { kEmail, kMailbox, kThread, kIdentity, kEmailSubmission };

class Snapshot {
 public:
  // The only door to an account's data: every statement below names this account (rule R30).
  Snapshot(Database&, AccountId);
  ~Snapshot();
  AccountId account() const;
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// "<epoch>.<modseq>" of the type (C5).
std::string state(Snapshot&, ObjectType);

struct Changes {
  std::string old_state, new_state;
  bool has_more = false;
  std::vector<std::int64_t> created, updated, destroyed;  // ids
  bool only_counts = false;                               // Mailbox: nothing but the four counts changed in `updated`
};
// nullopt: cannotCalculateChanges (unknown, foreign or too old state).
std::optional<Changes> changes(Snapshot&, ObjectType, std::string_view since, std::size_t max_changes);
std::optional<Changes> changes(Database&, AccountId, ObjectType, std::string_view since, std::size_t max_changes);

struct EmailRow {
  EmailId id;
  ThreadId thread;
  Sha256 blob;
  Time received_at;
  std::size_t size = 0;
  std::vector<MailboxId> mailboxes;
  std::vector<std::string> keywords;  // "$seen", ... lower case
  mime::Summary summary;              // preview, subject, addresses, ids, sent_at, has_attachment

  smime::Status status = smime::Status::kNone;
  std::vector<smime::Code> visible_codes;                   // smimeErrors as codes
  smime::Status status_at_delivery = smime::Status::kNone;  // kSigned while pending
  std::optional<Time> verified_at;                          // RVF-06; nullopt for kNone, kUnknown or never
};
// In the order asked, each once; unknown ids are left out.
std::vector<EmailRow> get_emails(Snapshot&, const std::vector<EmailId>& ids);

// The same rows and the state that they belong to by one statement, for lists: without verified_at.
struct ListedEmails {
  std::string state;
  std::vector<EmailRow> emails;
};
ListedEmails list_emails(Database&, AccountId, const std::vector<EmailId>& ids);

struct MailboxRow {
  MailboxId id;
  std::optional<MailboxId> parent;
  std::string name;
  std::optional<std::string> role;
  int sort_order = 0;
  bool subscribed = true;
  std::int64_t total_emails = 0, unread_emails = 0, total_threads = 0, unread_threads = 0;
};
std::vector<MailboxRow> get_mailboxes(Snapshot&);

struct ThreadRow {
  ThreadId id;
  std::vector<EmailId> emails;  // by receivedAt, oldest first (RFC 8621 section 3)
};
std::vector<ThreadRow> get_threads(Snapshot&, const std::vector<ThreadId>& ids);

// Octets of a stored message of this account, read in pieces of at most 1 MiB.
std::optional<std::size_t> blob_size(Snapshot&, const Sha256& blob);
std::string read_blob(Snapshot&, const Sha256& blob, std::size_t offset, std::size_t length);
// The same however long, piece by piece: PostgreSQL's text form of all of it would be twice as large.  nullopt: what is
// stored ends before.
std::optional<std::string> read_octets(Snapshot&, const Sha256& blob, std::size_t offset, std::size_t length);

// Whole messages of at most kSmallMessage octets, many in one statement.  What is not there is left out.
inline constexpr std::size_t kSmallMessage = std::size_t{64} * 1024;
std::unordered_map<Sha256, std::string> read_small_messages(Snapshot&, const std::vector<Sha256>& blobs);

}  // namespace waxseal::store
