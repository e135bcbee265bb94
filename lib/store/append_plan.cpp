#include "store/append_plan.h"

#include <set>

#include "store/keywords.h"
#include "store/thread_merge.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kRememberedUnits = 64;

// The stored state is missing, or older than what we know: it must be brought up to date first, for all of its
// messages.
bool is_behind(const Prepared& prepared, const AppendPlan::Units& stored) {
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

void answer(Arrival& arrival) {
  arrival.fate = Arrival::Fate::kAnswered;
}

void answer_already(Arrival& arrival, EmailId id) {
  arrival.answer.email = id;
  arrival.answer.already_stored = true;
  answer(arrival);
}

}  // namespace

AppendPlan::AppendPlan(Transaction& transaction, AccountId account, Hold hold, const SeenAccount& seen,
                       const Units& units, Memberships mates)
    : transaction_(transaction),
      account_(account),
      hold_(hold),
      seen_(seen),
      units_(units),
      numbers_(seen.modseq),
      mates_(std::move(mates)),
      before_(count_memberships(mates_, seen.trash)) {}

AppendPlan::AppendPlan(Transaction& transaction, AccountId account, Memory memory)
    : transaction_(transaction),
      account_(account),
      hold_(Hold::kNothing),
      memory_(std::move(memory)),
      seen_(memory_->seen),
      units_(memory_->units),
      numbers_(seen_.modseq),
      after_(*memory_) {}

// With the lock it is an error, and without it another try.
void AppendPlan::cannot(Arrival& arrival, const char* why) const {
  if (hold_ == Hold::kLock) throw Unavailable(why);
  arrival.fate = Arrival::Fate::kOvertaken;
}

bool AppendPlan::answered_by_look(Arrival& arrival, const Look::Found& found) {
  const NewEmail& email = arrival.prepared.email;
  if (arrival.wish.tell) {
    StateMove& state = arrival.answer.state;
    state.before = state.after = state_string(seen_.epoch, seen_.email_modseq);
    state.mismatch = arrival.wish.required && *arrival.wish.required != state.before;
    if (state.mismatch) {
      answer(arrival);
      return true;
    }
  }
  if (found.already) {
    if (arrival.wish.tell) arrival.answer.thread = thread_of(transaction_, account_, *found.already);
    answer_already(arrival, *found.already);
  } else if (found.mailboxes.empty() && email.mailboxes.empty()) {
    cannot(arrival, "the account has no mailbox to deliver to");
  } else if (found.mailboxes.empty()) {
    arrival.answer.unknown_mailbox = true;
    answer(arrival);
  } else if (!arrival.bring_octets && !found.blob) {
    arrival.fate = Arrival::Fate::kNoteAgain;
  }
  return arrival.fate != Arrival::Fate::kOpen;
}

bool AppendPlan::may_be_stored(Arrival& arrival) {
  const Prepared& prepared = arrival.prepared;
  if (const auto same = by_key_.find(prepared.email.delivery_key); same != by_key_.end()) {
    answer_already(arrival, same->second);
    placed_.push_back(&arrival);  // as true as the other's
    return false;
  }
  arrival.answer.room = room_for(prepared.email, seen_.used + octets_, seen_.quota);
  if (arrival.answer.room != Appended::Room::kFits) {
    answer(arrival);
    return false;
  }
  if (is_behind(prepared, units_)) arrival.fate = Arrival::Fate::kNoteAgain;
  return arrival.fate == Arrival::Fate::kOpen;
}

// That it belongs to, by what is stored and by what is about to be.
std::vector<ThreadId> AppendPlan::threads_of(const Prepared& prepared, const Look::Found& found) const {
  std::set<ThreadId> out;
  for (std::size_t i = 0; i < prepared.refs.size(); ++i) {
    const auto placed = refs_.find({prepared.refs[i], prepared.subject_hash});
    if (placed != refs_.end()) {
      out.insert(placed->second.thread);
    } else if (found.threads[i]) {
      out.insert(*found.threads[i]);
    }
  }
  return {out.begin(), out.end()};
}

// Threads that become one are written on the way, which only one message under the lock may do.
std::optional<ThreadId> AppendPlan::thread_for(Arrival& arrival, const Look::Found& found, std::size_t together,
                                               std::int64_t number) {
  const std::vector<ThreadId> open = threads_with_room(threads_of(arrival.prepared, found), mates_);
  if (open.empty()) return ThreadId{number};
  if (open.size() > 1 && (hold_ == Hold::kNothing || together > 1)) {
    arrival.fate = hold_ == Hold::kNothing ? Arrival::Fate::kOvertaken : Arrival::Fate::kAlone;
    return std::nullopt;
  }
  return join_threads(transaction_, account_, numbers_, open, mates_);
}

void AppendPlan::place(Arrival& arrival, const Look::Found& found, std::size_t together, MailRows& rows) {
  if (answered_by_look(arrival, found) || !may_be_stored(arrival)) return;
  const Prepared& prepared = arrival.prepared;
  const EmailId id{numbers_.take()};
  const std::int64_t thread_number = numbers_.take();
  const auto thread = thread_for(arrival, found, together, thread_number);
  if (!thread) return;
  Units units;
  for (const smime::UnitId& unit : prepared.unit_ids) units.insert(*units_.find(unit));
  const int place = rows.add(arrival, {id, *thread, found.mailboxes}, units);
  threads_[*thread] = {place, thread_number};
  for (const std::string& ref : prepared.refs) refs_[{ref, prepared.subject_hash}] = {place, *thread};
  const int flags = split_keywords(prepared.email.keywords).flags;
  for (const MailboxId mailbox : found.mailboxes) mates_.push_back({id, *thread, mailbox, flags});
  by_key_[prepared.email.delivery_key] = id;
  if (memory_) {
    rows.assume_new(prepared);
    assumed_.insert(units.begin(), units.end());
  }
  remember(prepared, found, units);
  octets_ += static_cast<std::int64_t>(prepared.email.octets.size());
  placed_.push_back(&arrival);
  arrival.answer.email = id;
  arrival.answer.thread = *thread;
  answer(arrival);
}

void AppendPlan::remember(const Prepared& prepared, const Look::Found& found, const Units& units) {
  if (prepared.email.mailboxes.empty()) after_.mailboxes[prepared.email.mailbox_role] = found.mailboxes;
  if (after_.units.size() > kRememberedUnits) after_.units.clear();
  after_.units.insert(units.begin(), units.end());
}

RememberedAccount AppendPlan::after() const {
  RememberedAccount out = after_;
  out.seen = seen_;
  out.seen.modseq = out.seen.email_modseq = numbers_.last();
  out.seen.used += octets_;
  return out;
}

void AppendPlan::finish(MailRows& rows) {
  if (placed_.empty()) return;
  for (const auto& [thread, row] : threads_) rows.add_thread(row);
  for (const auto& [key, row] : refs_) rows.add_ref(key.first, key.second, row.place);
  rows.add_counts(account_, count_changes(numbers_, before_, count_memberships(mates_, seen_.trash)));
  for (const auto& [unit, stored] : assumed_) rows.assume_same(account_, unit, stored);
  rows.add_account(account_, seen_.modseq, numbers_.last(), octets_);
}

void AppendPlan::conclude(bool written) {
  if (placed_.empty()) return;
  written_ = written;
  if (written) transaction_.note_change(account_);
  for (Arrival* const arrival : placed_) {
    if (!written) {
      cannot(*arrival, "the account's quota kept changing");
    } else if (arrival->wish.tell) {
      arrival->answer.state.after = state_string(seen_.epoch, numbers_.last());
    }
  }
}

}  // namespace waxseal::store
