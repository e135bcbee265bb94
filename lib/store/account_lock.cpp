#include "store/account_lock.h"

namespace waxseal::store {

namespace {

constexpr std::int64_t kReserveMore = 64;

constexpr const char* kReserve =
    "UPDATE account_state SET modseq = modseq + $2::bigint, "
    "email_modseq = CASE WHEN ($3::integer & 1) <> 0 THEN modseq + $2::bigint ELSE email_modseq END, "
    "mailbox_modseq = CASE WHEN ($3::integer & 2) <> 0 THEN modseq + $2::bigint ELSE mailbox_modseq END, "
    "thread_modseq = CASE WHEN ($3::integer & 4) <> 0 THEN modseq + $2::bigint ELSE thread_modseq END, "
    "delivery_modseq = CASE WHEN ($3::integer & 8) <> 0 THEN modseq + $2::bigint ELSE delivery_modseq END, "
    "identity_modseq = CASE WHEN ($3::integer & 16) <> 0 THEN modseq + $2::bigint ELSE identity_modseq END, "
    "submission_modseq = CASE WHEN ($3::integer & 32) <> 0 THEN modseq + $2::bigint ELSE submission_modseq END, "
    "used_bytes = used_bytes + $4::bigint WHERE account_id = $1 RETURNING modseq";

}  // namespace

AccountLock::AccountLock(Transaction& transaction, AccountId account, std::int64_t numbers, unsigned types,
                         std::int64_t octets)
    : transaction_(transaction), account_(account), types_(types) {
  reserve(numbers, octets);
  if (types != kNoType) transaction.note_change(account);
}

std::int64_t AccountLock::take() {
  if (next_ > last_) reserve(kReserveMore);
  return next_++;
}

void AccountLock::also(unsigned types) {
  types_ |= types;
  reserve(kReserveMore);
}

void AccountLock::reserve(std::int64_t numbers, std::int64_t octets) {
  const Rows rows = transaction_.exec(kReserve, account_, numbers, types_, octets);
  if (rows.empty()) throw Unavailable("there is no such account");
  last_ = integer(rows[0], 0);
  next_ = last_ - numbers + 1;
}

bool account_exists(Transaction& transaction, AccountId account) {
  return !transaction.exec("SELECT 1 FROM account_state WHERE account_id = $1", account).empty();
}

LockedStates lock_account(Transaction& transaction, AccountId account) {
  const Rows rows = transaction.exec(
      "UPDATE account_state SET modseq = modseq + 1 WHERE account_id = $1 RETURNING epoch, email_modseq, "
      "mailbox_modseq, thread_modseq, identity_modseq, submission_modseq",
      account);
  if (rows.empty()) throw Unavailable("there is no such account");
  return {integer(rows[0], 0), integer(rows[0], 1), integer(rows[0], 2),
          integer(rows[0], 3), integer(rows[0], 4), integer(rows[0], 5)};
}

std::string state_string(std::int64_t epoch, std::int64_t modseq) {
  return std::to_string(epoch) + "." + std::to_string(modseq);
}

StateMove state_now(const LockedStates& states, std::int64_t modseq, const IfInState& required) {
  StateMove out;
  out.before = out.after = state_string(states.epoch, modseq);
  out.mismatch = required && *required != out.before;
  return out;
}

}  // namespace waxseal::store
