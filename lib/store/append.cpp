#include "store/append.h"

#include <algorithm>

#include "store/append_rows.h"
#include "store/blobs.h"
#include "store/pool.h"
#include "store/unit_notes.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

// Rows that were noted may vanish (an old backup, a collector); then they are noted again.
constexpr int kRounds = 3;

// The stored state is missing, or older than what we know: it must be brought up to date first, for all of its
// messages.
bool is_behind(const Prepared& prepared, const std::map<smime::UnitId, StoredUnit>& stored) {
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

MessageUnits units_of(const Prepared& prepared) {
  const NewEmail& email = prepared.email;
  return {.account = prepared.account,
          .units = prepared.units,
          .certificates = email.certificates,
          .evaluations = email.evaluations,
          .at = email.received_at,
          .trust_version = email.trust_version,
          .evidence_version = email.evidence_version,
          .policy_version = prepared.policy_version};
}

// Whether oldState and newState are asked for, and which state is required.
struct StateWish {
  bool tell = false;
  IfInState required;
};

Appended unchanged(Transaction& transaction, Appended out) {
  transaction.abandon();
  out.state.after = out.state.before;
  return out;
}

ThreadId thread_of(Transaction& transaction, AccountId account, EmailId email) {
  const Rows rows =
      transaction.exec("SELECT thread_id FROM emails WHERE account_id = $1 AND email_id = $2", account, email);
  return rows.empty() ? ThreadId{} : ThreadId{integer(rows[0], 0)};
}

// kInDelivery: in the transaction of the delivery, which then is the only one.
enum class WriteOctets { kNot, kBefore, kInDelivery };

WriteOctets where_to_write(const NewEmail& email, int round) {
  if (round == 1 && email.octets_likely_there) return WriteOctets::kNot;
  return email.octets.size() <= kChunkOctets ? WriteOctets::kInDelivery : WriteOctets::kBefore;
}

Appended::Room room_for(const NewEmail& email, const AccountLock& lock) {
  if (!lock.quota() || lock.used() <= *lock.quota()) return Appended::Room::kFits;
  const bool never = static_cast<std::int64_t>(email.octets.size()) > *lock.quota();
  return never ? Appended::Room::kNeverFits : Appended::Room::kOverQuota;
}

// Certificates, units and large octets are written: only now is the lock taken (robustness.md decision 1).
AccountLock locked(Transaction& transaction, const Prepared& prepared, WriteOctets octets) {
  constexpr std::int64_t kNumbers = 3;
  constexpr unsigned kTypes = kEmailType | kMailboxType | kThreadType | kDeliveryType;
  const NewEmail& email = prepared.email;
  if (octets == WriteOctets::kInDelivery)
    return {transaction, prepared.account, kNumbers, kTypes, {email.blob, email.octets}};
  return {transaction, prepared.account, kNumbers, kTypes, static_cast<std::int64_t>(email.octets.size())};
}

// nullopt: noted rows were missing or behind; nothing was written.
std::optional<Appended> append_once(Transaction& transaction, const Prepared& prepared, const StateWish& wish,
                                    WriteOctets octets) {
  const NewEmail& email = prepared.email;
  Appended out;
  std::int64_t epoch = 0;
  if (wish.tell) {
    const LockedStates states = lock_account(transaction, prepared.account);
    epoch = states.epoch;
    out.state = state_now(states, states.email, wish.required);
    if (out.state.mismatch) return unchanged(transaction, out);
  }
  AccountLock lock = locked(transaction, prepared, octets);
  const Look seen = look(transaction, prepared);
  if (seen.already) {
    out.email = *seen.already;
    out.already_stored = true;
    if (wish.tell) out.thread = thread_of(transaction, prepared.account, out.email);
    return unchanged(transaction, out);
  }
  if (seen.mailboxes.empty()) {
    if (email.mailboxes.empty()) throw Unavailable("the account has no mailbox to deliver to");
    out.unknown_mailbox = true;
    return unchanged(transaction, out);
  }
  out.room = room_for(email, lock);
  if (out.room != Appended::Room::kFits) return unchanged(transaction, out);
  const auto stored = read_units(transaction, prepared.unit_ids);  // after the lock (R6)
  if (!seen.blob || is_behind(prepared, stored)) {
    transaction.abandon();
    return std::nullopt;
  }
  out.email = EmailId{lock.take()};
  out.thread = insert_rows(transaction, prepared, seen, lock, out.email, stored);
  out.state.after = state_string(epoch, lock.last());
  return out;
}

Appended append(Database& database, const Prepared& prepared, const StateWish& wish) {
  const NewEmail& email = prepared.email;
  for (int round = 1; round <= kRounds; ++round) {
    const WriteOctets octets = where_to_write(email, round);
    if (octets == WriteOctets::kBefore) store_octets(database, prepared.account, email.blob, email.octets);
    const Note note = round == 1 ? Note::kWhatIsNotKnown : Note::kEverything;
    note_units(database, units_of(prepared), note);
    const std::optional<Appended> done =
        run(database, [&](Transaction& transaction) { return append_once(transaction, prepared, wish, octets); });
    if (done) return *done;
  }
  throw Unavailable("the message's units kept changing");
}

}  // namespace

Sha256 delivery_key(std::string_view envelope_from, std::string_view recipient, Octets received) {
  Sha256Stream digest;
  for (const Octets part : {envelope_from, recipient, received}) {
    digest.add(std::to_string(part.size())).add(":").add(part);
  }
  return digest.finish();
}

Appended append_email(Database& database, AccountId account, const NewEmail& email, const smime::Policy& policy) {
  return append(database, Prepared(email, account, policy), {});
}

Appended append_email_in_state(Database& database, AccountId account, const NewEmail& email,
                               const smime::Policy& policy, const IfInState& required) {
  return append(database, Prepared(email, account, policy), {.tell = true, .required = required});
}

}  // namespace waxseal::store
