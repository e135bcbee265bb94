#include "store/append_batch.h"

#include <algorithm>

#include "store/append_look.h"
#include "store/append_rows.h"
#include "store/keywords.h"
#include "store/thread_merge.h"

namespace waxseal::store {

namespace {

using Units = std::map<smime::UnitId, StoredUnit>;

// The stored state is missing, or older than what we know: it must be brought up to date first, for all of its
// messages.
bool is_behind(const Prepared& prepared, const Units& stored) {
  for (const auto& [id, unit] : prepared.units) {
    const auto row = stored.find(id);
    if (row == stored.end()) return true;
    const auto own = prepared.email.evaluations.find(id);
    if (own == prepared.email.evaluations.end()) continue;
    const UnitEvaluation& evaluation = own->second;
    const bool overdue = row->second.next_check_at <= evaluation.evaluated_at &&
                         row->second.trust_version <= prepared.email.trust_version &&
                         row->second.evidence_version <= prepared.email.evidence_version &&
                         (!row->second.evaluated_at || *row->second.evaluated_at < evaluation.evaluated_at);
    if (overdue && (!row->second.evaluated_at || row->second.state != evaluation.state)) return true;
  }
  return false;
}

Appended::Room room_for(const NewEmail& email, std::int64_t used, std::optional<std::int64_t> quota) {
  const auto size = static_cast<std::int64_t>(email.octets.size());
  if (!quota || used + size <= *quota) return Appended::Room::kFits;
  return size > *quota ? Appended::Room::kNeverFits : Appended::Room::kOverQuota;
}

ThreadId thread_of(Transaction& transaction, AccountId account, EmailId email) {
  const Rows rows =
      transaction.exec("SELECT thread_id FROM emails WHERE account_id = $1 AND email_id = $2", account, email);
  return rows.empty() ? ThreadId{} : ThreadId{integer(rows[0], 0)};
}

std::vector<ThreadId> threads_with_room(std::vector<ThreadId> threads, const Memberships& mates) {
  EmailsOfThread emails = emails_of(mates);
  std::erase_if(threads, [&](ThreadId thread) { return emails[thread].size() >= kThreadAtMost; });
  return threads;
}

// What becomes of the messages, one after the other, as if each found the one before it stored.
class Plan {
 public:
  Plan(Transaction& transaction, AccountId account, const Arrivals& arrivals, Hold hold)
      : transaction_(transaction),
        account_(account),
        hold_(hold),
        arrivals_(arrivals),
        seen_(look(transaction, account, arrivals)),
        numbers_(seen_.modseq),
        mates_(read_memberships(transaction, account, seen_.threads())) {}

  Batch carry_out() {
    for (std::size_t i = 0; i < arrivals_.size(); ++i) settle(*arrivals_[i], seen_.found[i]);
    read_units_of_open();
    before_ = count_memberships(mates_, seen_.trash);
    for (std::size_t i = 0; i < arrivals_.size(); ++i)
      if (arrivals_[i]->fate == Arrival::Fate::kOpen) place(*arrivals_[i], seen_.found[i]);
    if (overtaken_) return Batch::kOvertaken;
    if (rows_.empty()) {
      transaction_.abandon();
      return Batch::kDone;
    }
    return write() ? Batch::kDone : Batch::kOvertaken;
  }

 private:
  void answer(Arrival& arrival) { arrival.fate = Arrival::Fate::kAnswered; }
  void answer_already(Arrival& arrival, EmailId id) {
    arrival.answer.email = id;
    arrival.answer.already_stored = true;
    answer(arrival);
  }

  // What needs no more than the look.
  void settle(Arrival& arrival, const Look::Found& found) {
    const NewEmail& email = arrival.prepared.email;
    if (arrival.wish.tell) {
      StateMove& state = arrival.answer.state;
      state.before = state.after = state_string(seen_.epoch, seen_.email_modseq);
      state.mismatch = arrival.wish.required && *arrival.wish.required != state.before;
      if (state.mismatch) return answer(arrival);
    }
    if (found.already) {
      if (arrival.wish.tell) arrival.answer.thread = thread_of(transaction_, account_, *found.already);
      return answer_already(arrival, *found.already);
    }
    if (found.mailboxes.empty()) {
      if (email.mailboxes.empty()) throw Unavailable("the account has no mailbox to deliver to");
      arrival.answer.unknown_mailbox = true;
      return answer(arrival);
    }
    if (!arrival.bring_octets && !found.blob) arrival.fate = Arrival::Fate::kNoteAgain;
  }

  // After the look, and so after the lock or the number that stands for it (R6).
  void read_units_of_open() {
    std::set<smime::UnitId> wanted;
    for (const Arrival* const arrival : arrivals_)
      if (arrival->fate == Arrival::Fate::kOpen)
        wanted.insert(arrival->prepared.unit_ids.begin(), arrival->prepared.unit_ids.end());
    units_ = read_units(transaction_, wanted);
  }

  void place(Arrival& arrival, const Look::Found& found) {
    const Prepared& prepared = arrival.prepared;
    const NewEmail& email = prepared.email;
    if (const auto same = placed_.find(email.delivery_key); same != placed_.end())
      return answer_already(arrival, same->second);
    arrival.answer.room = room_for(email, seen_.used + rows_.octets(), seen_.quota);
    if (arrival.answer.room != Appended::Room::kFits) return answer(arrival);
    if (is_behind(prepared, units_)) {
      arrival.fate = Arrival::Fate::kNoteAgain;
      return;
    }
    const std::vector<ThreadId> open = threads_with_room(threads_for(prepared, found), mates_);
    if (open.size() > 1 && !may_join(arrival)) return;
    const EmailId id{numbers_.take()};
    const std::int64_t thread_number = numbers_.take();
    const ThreadId thread =
        open.empty() ? ThreadId{thread_number} : join_threads(transaction_, account_, numbers_, open, mates_);
    thread_numbers_[thread] = thread_number;
    for (const std::string& ref : prepared.refs) refs_[{ref, prepared.subject_hash}] = thread;
    const int flags = split_keywords(email.keywords).flags;
    for (const MailboxId mailbox : found.mailboxes) mates_.push_back({id, thread, mailbox, flags});
    placed_[email.delivery_key] = id;
    rows_.add(arrival, {id, thread, found.mailboxes}, units_for(prepared));
    arrival.answer.email = id;
    arrival.answer.thread = thread;
    answer(arrival);
  }

  // Threads that become one are written on the way, which only one message under the lock may do.
  bool may_join(Arrival& arrival) {
    if (arrivals_.size() > 1) {
      arrival.fate = Arrival::Fate::kAlone;
    } else if (hold_ == Hold::kNothing) {
      overtaken_ = true;
    }
    return arrivals_.size() == 1 && hold_ == Hold::kLock;
  }

  // That it belongs to, by what is stored and by what is about to be.
  std::vector<ThreadId> threads_for(const Prepared& prepared, const Look::Found& found) const {
    std::set<ThreadId> out;
    for (std::size_t i = 0; i < prepared.refs.size(); ++i) {
      const auto placed = refs_.find({prepared.refs[i], prepared.subject_hash});
      if (placed != refs_.end()) {
        out.insert(placed->second);
      } else if (found.threads[i]) {
        out.insert(*found.threads[i]);
      }
    }
    return {out.begin(), out.end()};
  }

  Units units_for(const Prepared& prepared) const {
    Units out;
    for (const smime::UnitId& id : prepared.unit_ids) out.insert(*units_.find(id));
    return out;
  }

  bool write() {
    for (const auto& [thread, number] : thread_numbers_) rows_.add_thread(thread, number);
    for (const auto& [key, thread] : refs_) rows_.add_ref(key.first, key.second, thread);
    rows_.add_counts(count_changes(numbers_, before_, count_memberships(mates_, seen_.trash)));
    if (!rows_.write(transaction_, account_, seen_.modseq, numbers_.last())) return false;
    transaction_.note_change(account_);
    for (Arrival* const arrival : arrivals_)
      if (arrival->wish.tell) arrival->answer.state.after = state_string(seen_.epoch, numbers_.last());
    return true;
  }

  Transaction& transaction_;
  const AccountId account_;
  const Hold hold_;
  const Arrivals& arrivals_;
  const Look seen_;
  NumbersAfter numbers_;
  Memberships mates_;  // of every thread that a message may belong to
  MailboxCounts before_;
  Units units_;
  std::map<Sha256, EmailId> placed_;  // by delivery key
  std::map<ThreadId, std::int64_t> thread_numbers_;
  std::map<std::pair<std::string, std::string>, ThreadId> refs_;  // of the messages that were placed
  MailRows rows_;
  bool overtaken_ = false;
};

}  // namespace

Batch append_batch(Transaction& transaction, AccountId account, const Arrivals& arrivals, Hold hold) {
  for (Arrival* const arrival : arrivals) {  // of an attempt before
    arrival->fate = Arrival::Fate::kOpen;
    arrival->answer = {};
  }
  if (hold == Hold::kLock) lock_account(transaction, account);
  return Plan(transaction, account, arrivals, hold).carry_out();
}

}  // namespace waxseal::store
