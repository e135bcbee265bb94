#include "store/email_write.h"

#include "store/account_lock.h"
#include "store/email_rows.h"
#include "store/keywords.h"
#include "store/pool.h"

namespace waxseal::store {

namespace {

std::set<std::string> keywords_of(const StoredEmail& email) {
  std::set<std::string> out = email.keywords;
  for (const std::string& keyword : store::keywords_of(email.flags)) out.insert(keyword);
  return out;
}

void set_keywords(StoredEmail& email, const std::set<std::string>& keywords) {
  SplitKeywords split = split_keywords({keywords.begin(), keywords.end()});
  email.flags = split.flags;
  email.keywords = {split.others.begin(), split.others.end()};
}

std::set<MailboxId> read_mailbox_ids(Transaction& transaction, AccountId account) {
  std::set<MailboxId> out;
  for (const Row& row : transaction.exec("SELECT mailbox_id FROM mailboxes WHERE account_id = $1", account)) {
    out.insert({integer(row, 0)});
  }
  return out;
}

EmailWriteFailure check(const std::set<std::string>& keywords, const std::set<MailboxId>& mailboxes,
                        const std::set<MailboxId>& known) {
  using enum EmailWriteFailure;
  if (mailboxes.empty()) return kNoMailbox;
  for (const MailboxId mailbox : mailboxes) {
    if (!known.contains(mailbox)) return kUnknownMailbox;
  }
  if (mailboxes.size() > kMaxMailboxesPerEmail) return kTooManyMailboxes;
  if (keywords.size() > kMaxKeywordsPerEmail) return kTooManyKeywords;
  return kNone;
}

// One write in one transaction.
class Writing {
 public:
  Writing(Transaction& transaction, AccountId account, const EmailWrite& wanted)
      : transaction_(transaction), account_(account), wanted_(wanted) {}

  EmailWritten run() {
    const LockedStates states = lock_account(transaction_, account_);
    out_.state = state_now(states, states.email, wanted_.if_in_state);
    if (out_.state.mismatch) return std::move(out_);
    before_ = read_emails(transaction_, account_, named());
    if (!wanted_.update.empty()) known_ = read_mailbox_ids(transaction_, account_);
    for (const EmailPatch& patch : wanted_.update) out_.updated.push_back(update(patch));
    for (const EmailId id : wanted_.destroy) out_.destroyed.push_back(destroy(id));
    if (changed_.empty() && gone_.empty()) return std::move(out_);
    out_.state.after = state_string(states.epoch, write_and_count(transaction_, account_, before_, changed_, gone_));
    return std::move(out_);
  }

 private:
  std::vector<EmailId> named() const {
    std::vector<EmailId> out = wanted_.destroy;
    for (const EmailPatch& patch : wanted_.update) out.push_back(patch.email);
    return out;
  }

  EmailWriteFailure update(const EmailPatch& patch) {
    const auto found = before_.find(patch.email);
    if (found == before_.end()) return EmailWriteFailure::kNotFound;
    const StoredEmail& old = found->second;
    const auto keywords = patch.keywords.applied_to(keywords_of(old));
    const auto mailboxes = patch.mailboxes.applied_to(old.mailboxes);
    const EmailWriteFailure failure = check(keywords, mailboxes, known_);
    if (failure != EmailWriteFailure::kNone) return failure;
    StoredEmail now = old;
    set_keywords(now, keywords);
    now.mailboxes = mailboxes;
    const bool same = now.flags == old.flags && now.keywords == old.keywords && now.mailboxes == old.mailboxes;
    if (!same) changed_.emplace(patch.email, std::move(now));  // else it keeps its number: there is nothing to tell
    return EmailWriteFailure::kNone;
  }

  EmailWriteFailure destroy(EmailId id) {
    const auto found = before_.find(id);
    if (found == before_.end()) return EmailWriteFailure::kNotFound;
    changed_.erase(id);
    gone_.insert(*found);
    return EmailWriteFailure::kNone;
  }

  Transaction& transaction_;
  const AccountId account_;
  const EmailWrite& wanted_;
  std::set<MailboxId> known_;
  StoredEmails before_, changed_, gone_;
  EmailWritten out_;
};

}  // namespace

EmailWritten write_emails(Database& database, AccountId account, const EmailWrite& wanted) {
  return run(database, [&](Transaction& transaction) { return Writing(transaction, account, wanted).run(); });
}

}  // namespace waxseal::store
