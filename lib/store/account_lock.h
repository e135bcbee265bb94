// An account's write lock and its numbers (storage.md R3, robustness.md C1-C4).  Private to lib/store.
#pragma once

#include <cstdint>
#include <optional>

#include "store/numbers.h"
#include "store/transaction.h"
#include "store/write_result.h"

namespace waxseal::store {

// Object types whose JMAP state a transaction moves.
enum TypeMask : unsigned {
  kNoType = 0,
  kEmailType = 1,
  kMailboxType = 2,
  kThreadType = 4,
  kDeliveryType = 8,
  kIdentityType = 16,
  kSubmissionType = 32,
};

// Holds the account's row until the transaction ends; so commit order is number order.  Everything that decides what is
// written (unit states, threads, counts) must be read after it was taken.  Whoever holds it moves modseq, whatever he
// does: whoever writes on condition that modseq is what he saw (append_batch.h) knows that nobody held it meanwhile.
class AccountLock final : public Numbers {
 public:
  // Reserves `numbers` at once and moves the states of `types` to the last of them.  Throws Unavailable: no such
  // account.
  AccountLock(Transaction& transaction, AccountId account, std::int64_t numbers, unsigned types,
              std::int64_t octets = 0);

  // Reserves more when they run out.
  std::int64_t take() override;
  // More types whose states move, from the next reservation on, which is made at once.
  void also(unsigned types);
  std::int64_t last() const override { return last_; }

 private:
  void reserve(std::int64_t numbers, std::int64_t octets = 0);

  Transaction& transaction_;
  AccountId account_;
  unsigned types_;
  std::int64_t next_ = 0;
  std::int64_t last_ = 0;
};

// account_state of a locked account.
struct LockedStates {
  std::int64_t epoch = 0;
  std::int64_t email = 0;
  std::int64_t mailbox = 0;
  std::int64_t thread = 0;
  std::int64_t identity = 0;
  std::int64_t submission = 0;
};

// False: removed.  Background work on what it had then has nothing to do.
bool account_exists(Transaction& transaction, AccountId account);

// The lock alone, when it is not known yet whether anything changes; moves modseq, and the state of no type.
LockedStates lock_account(Transaction& transaction, AccountId account);

// "<epoch>.<modseq>" (C5).
std::string state_string(std::int64_t epoch, std::int64_t modseq);
// Of a type whose number is `modseq`, before anything is written; `mismatch` says whether anything may be.
StateMove state_now(const LockedStates& states, std::int64_t modseq, const IfInState& required);

}  // namespace waxseal::store
