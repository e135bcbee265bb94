#include "store/mailbox_write.h"

#include <algorithm>

#include "store/email_rows.h"
#include "store/mailbox_plan.h"
#include "store/pool.h"
#include "store/tombstones.h"

namespace waxseal::store {

namespace {

PlannedMailboxes read_planned(Transaction& transaction, AccountId account) {
  PlannedMailboxes out;
  for (const Row& row : transaction.exec(
           "SELECT mailbox_id, parent_id, name, role, sort_order, is_subscribed, total_emails > 0 FROM mailboxes "
           "WHERE account_id = $1",
           account)) {
    const std::string role = text(row, 3);
    out[{integer(row, 0)}] = {.parent = {integer(row, 1)},
                              .name = text(row, 2),
                              .role = role.empty() ? std::nullopt : std::optional(role),
                              .sort_order = static_cast<int>(integer(row, 4)),
                              .subscribed = boolean(row, 5),
                              .has_emails = boolean(row, 6)};
  }
  return out;
}

// --- emails of a mailbox that goes

std::vector<EmailId> some_emails(Transaction& transaction, AccountId account, MailboxId mailbox, std::size_t limit) {
  std::vector<EmailId> out;
  for (const Row& row : transaction.exec("SELECT email_id FROM email_mailbox WHERE account_id = $1 AND mailbox_id = $2 "
                                         "ORDER BY received_at, email_id LIMIT $3",
                                         account, mailbox, limit)) {
    out.push_back({integer(row, 0)});
  }
  return out;
}

// Out of the mailbox, or out of the account if they are nowhere else.  Returns the state that Mailbox has then.
std::optional<std::int64_t> remove_emails(Transaction& transaction, AccountId account, MailboxId mailbox,
                                          const std::vector<EmailId>& emails) {
  if (emails.empty()) return std::nullopt;
  const StoredEmails before = read_emails(transaction, account, emails);
  StoredEmails changed, gone;
  for (const auto& [id, email] : before) {
    if (email.mailboxes.size() == 1) {
      gone.emplace(id, email);
    } else {
      changed.emplace(id, email).first->second.mailboxes.erase(mailbox);
    }
  }
  return write_and_count(transaction, account, before, changed, gone);
}

// --- rows

// The names and roles of changed rows are set aside first, so that two of them can be exchanged.
constexpr const char* kSetAside =
    "UPDATE mailboxes SET name = chr(1) || mailbox_id, role = NULL WHERE account_id = $1 AND mailbox_id = "
    "ANY($2::bigint[])";
constexpr const char* kUpdate =
    "UPDATE mailboxes SET parent_id = $3, name = $4, role = $5, sort_order = $6, is_subscribed = $7, modseq = $8, "
    "prop_modseq = $8 WHERE account_id = $1 AND mailbox_id = $2";
constexpr const char* kInsert =
    "INSERT INTO mailboxes (account_id, mailbox_id, parent_id, name, role, sort_order, is_subscribed, modseq, "
    "prop_modseq) VALUES ($1, $2, $3, $4, $5, $6, $7, $2, $2)";

// The mailbox that becomes, or ceases to be, the trash: its threads are counted anew, as if it did so at that moment.
void recount_trash(Transaction& transaction, AccountId account, AccountLock& numbers, MailboxId mailbox,
                   std::optional<MailboxId> before, std::optional<MailboxId> after) {
  std::vector<ThreadId> threads;
  for (const Row& row :
       transaction.exec("SELECT DISTINCT thread_id FROM email_mailbox WHERE account_id = $1 AND mailbox_id = $2",
                        account, mailbox)) {
    threads.push_back({integer(row, 0)});
  }
  const Memberships mates = read_memberships(transaction, account, threads);
  apply_counts(transaction, account, numbers, count_memberships(mates, before), count_memberships(mates, after));
}

std::optional<MailboxId> trash_in(const PlannedMailboxes& mailboxes) {
  for (const auto& [id, mailbox] : mailboxes) {
    if (mailbox.role == "trash") return id;
  }
  return std::nullopt;
}

class Writing {
 public:
  Writing(Transaction& transaction, AccountId account, const MailboxWrite& wanted)
      : transaction_(transaction), account_(account), wanted_(wanted) {}

  MailboxWritten run() {
    const LockedStates states = lock_account(transaction_, account_);
    const StateMove now = state_now(states, states.mailbox, wanted_.if_in_state);
    out_.old_state = out_.new_state = now.before;
    out_.mismatch = now.mismatch;
    if (out_.mismatch) return std::move(out_);
    current_ = read_planned(transaction_, account_);
    plan_ = plan_mailboxes(current_, wanted_);
    remove_emails_of_destroyed();
    write(states.epoch);
    for (std::size_t i = 0; i < wanted_.create.size(); ++i)
      out_.created.push_back({plan_.created[i], real(planned_id(i))});
    out_.updated = plan_.updated;
    out_.destroyed = plan_.destroyed;
    return std::move(out_);
  }

 private:
  // More than kRemovedAtOnce came in since they were counted: then the mailbox stays, and the client may try again.
  void remove_emails_of_destroyed() {
    for (std::size_t i = 0; i < wanted_.destroy.size(); ++i) {
      const MailboxId mailbox = wanted_.destroy[i];
      if (plan_.destroyed[i] != MailboxWriteFailure::kNone || !current_.at(mailbox).has_emails) continue;
      const auto emails = some_emails(transaction_, account_, mailbox, kRemovedAtOnce + 1);
      if (emails.size() > kRemovedAtOnce) {
        plan_.destroyed[i] = MailboxWriteFailure::kHasEmail;
        plan_.mailboxes.emplace(mailbox, current_.at(mailbox));
      } else {
        remove_emails(transaction_, account_, mailbox, emails);
      }
    }
  }

  void write(std::int64_t epoch) {
    std::vector<std::int64_t> gone, changed;
    for (const auto& [id, mailbox] : current_) {
      const auto found = plan_.mailboxes.find(id);
      if (found == plan_.mailboxes.end()) {
        gone.push_back(id.value);
      } else if (found->second != mailbox) {
        changed.push_back(id.value);
      }
    }
    const bool creates = std::any_of(plan_.mailboxes.begin(), plan_.mailboxes.end(),
                                     [](const auto& each) { return each.first.value < 0; });
    if (gone.empty() && changed.empty() && !creates) return;
    AccountLock numbers(transaction_, account_, static_cast<std::int64_t>(plan_.mailboxes.size()) + 8, kMailboxType);
    transaction_.exec("DELETE FROM mailboxes WHERE account_id = $1 AND mailbox_id = ANY($2::bigint[])", account_,
                      id_array(gone));
    bury(transaction_, account_, Buried::kMailbox, gone, numbers);
    transaction_.exec(kSetAside, account_, id_array(changed));
    create_rows(numbers);
    for (const std::int64_t id : changed) update_row({id}, numbers);
    move_trash(numbers);
    out_.new_state = state_string(epoch, numbers.last());
  }

  void create_rows(AccountLock& numbers) {
    for (const auto& [id, mailbox] : plan_.mailboxes) {
      if (id.value < 0) real_ids_[id] = MailboxId{numbers.take()};
    }
    for (const auto& [id, real_id] : real_ids_) {
      const PlannedMailbox& mailbox = plan_.mailboxes.at(id);
      transaction_.exec(kInsert, account_, real_id, real(mailbox.parent), mailbox.name, mailbox.role,
                        mailbox.sort_order, mailbox.subscribed);
    }
  }

  void update_row(MailboxId id, AccountLock& numbers) {
    const PlannedMailbox& mailbox = plan_.mailboxes.at(id);
    transaction_.exec(kUpdate, account_, id, real(mailbox.parent), mailbox.name, mailbox.role, mailbox.sort_order,
                      mailbox.subscribed, numbers.take());
  }

  void move_trash(AccountLock& numbers) {
    const auto before = trash_in(current_);
    const auto after = trash_in(plan_.mailboxes);
    if (before == after) return;
    const bool stays = before && plan_.mailboxes.contains(*before);
    if (stays) recount_trash(transaction_, account_, numbers, *before, before, std::nullopt);
    if (after && after->value > 0) recount_trash(transaction_, account_, numbers, *after, std::nullopt, after);
  }

  MailboxId real(MailboxId planned) const {
    const auto found = real_ids_.find(planned);
    return found == real_ids_.end() ? planned : found->second;
  }

  Transaction& transaction_;
  const AccountId account_;
  const MailboxWrite& wanted_;
  PlannedMailboxes current_;
  MailboxPlan plan_;
  std::map<MailboxId, MailboxId> real_ids_;
  MailboxWritten out_;
};

// --- mailboxes with more emails than one transaction takes

struct Removal {
  StateMove state;  // of Mailbox
  bool more = false;
};

// One transaction that takes emails out of a mailbox that the write can destroy.
Removal remove_some(Transaction& transaction, AccountId account, const MailboxWrite& wanted) {
  const LockedStates states = lock_account(transaction, account);
  Removal out{.state = state_now(states, states.mailbox, wanted.if_in_state)};
  if (out.state.mismatch) return out;
  const MailboxPlan plan = plan_mailboxes(read_planned(transaction, account), wanted);
  for (std::size_t i = 0; i < wanted.destroy.size(); ++i) {
    if (plan.destroyed[i] != MailboxWriteFailure::kNone) continue;
    auto emails = some_emails(transaction, account, wanted.destroy[i], kRemovedAtOnce + 1);
    if (emails.size() <= kRemovedAtOnce) continue;
    emails.pop_back();
    out.state.after = state_string(states.epoch, *remove_emails(transaction, account, wanted.destroy[i], emails));
    out.more = true;
    return out;
  }
  return out;
}

}  // namespace

MailboxWritten write_mailboxes(Database& database, AccountId account, const MailboxWrite& asked) {
  MailboxWrite wanted = asked;
  std::optional<Removal> first, last;
  bool alone = true;  // nobody else wrote between our transactions
  while (wanted.remove_emails && !wanted.destroy.empty()) {
    const Removal step =
        run(database, [&](Transaction& transaction) { return remove_some(transaction, account, wanted); });
    if (step.state.mismatch || !step.more) break;
    alone = alone && (!last || last->state.after == step.state.before);
    if (!first) first = step;
    last = step;
    wanted.if_in_state.reset();  // it was; from here on we have changed it ourselves
  }
  MailboxWritten written =
      run(database, [&](Transaction& transaction) { return Writing(transaction, account, wanted).run(); });
  if (!last) return written;
  alone = alone && written.old_state == last->state.after;
  written.old_state = alone ? std::optional(first->state.before) : std::nullopt;
  return written;
}

}  // namespace waxseal::store
