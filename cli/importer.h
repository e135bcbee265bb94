// One message of a maildir, an mbox or a file into an account: once, however often it is tried.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "cli/import_copies.h"
#include "cli/mailbox_tree.h"
#include "cli/message_walk.h"
#include "delivery/pipeline.h"
#include "store/snapshot.h"

namespace waxseal::cli {

struct Imported {
  // kCopy: another place of this run has the same message; it is in the mailboxes of both.
  enum class Outcome { kStored, kThereAlready, kCopy, kWouldStore, kFailed, kUnreadable, kNotTried };
  Outcome outcome = Outcome::kFailed;
  std::size_t octets = 0;
  std::string where;  // file and number
  std::string why;    // of a failure
  smime::Status status = smime::Status::kNone;
};

struct ImportOptions {
  AccountId account;
  std::optional<MailboxId> mailbox;  // for everything; nullopt: by folder_of()
  bool new_mailboxes = true;         // folders that the account does not have become mailboxes; false: the inbox
  bool dry_run = false;
};

// Thread-safe.
class Importer {
 public:
  // Throws store::Unavailable.
  Importer(store::Database&, smime::Verifier&, const Clock&, ImportOptions);

  // Never throws.  While the database does not answer it is asked again, for a minute; then nothing more is tried.
  Imported operator()(Input input) noexcept;
  // Why nothing more is tried; empty: it is.
  std::string stopped() const;
  // "Lists/Postfix"; in a dry run those that would be.
  std::vector<std::string> mailboxes_created() const { return mailboxes_.created(); }

 private:
  Imported import(Input& input);
  void store(Imported& result, const Input& input, std::string octets, const Sha256& key, MailboxId mailbox);
  void place_copy(Imported& result, std::optional<EmailId> email, MailboxId mailbox);
  delivery::Prepared best_reading(const Input& input, std::string octets, std::string& chosen, Time received_at);
  Result<MailboxId> mailbox_for(const Input& input);

  store::Database& database_;
  const Clock& clock_;
  const ImportOptions options_;
  MailboxTree mailboxes_;
  ImportCopies copies_;
  delivery::Pipeline pipeline_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::string stopped_;
};

// "1,S=5:2,FS" -> $flagged, $seen (maildir(5)).
std::vector<std::string> keywords_of_file(const std::string& path);
// Where lines end with LF alone, as in most maildirs, they get the CRLF that they had in transport.
std::string with_network_line_ends(std::string octets);

}  // namespace waxseal::cli
