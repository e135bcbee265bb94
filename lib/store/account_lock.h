// An account's write lock and its numbers (storage.md R3, robustness.md C1-C4).  Private to lib/store.
#pragma once

#include <cstdint>
#include <optional>

#include "base/octets.h"
#include "base/sha256.h"
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
// written (unit states, threads, counts) must be read after it was taken.
class AccountLock {
 public:
  // A message of at most kChunkOctets that is stored on the way, in the same statement: the server has all of it before
  // it takes the lock, so that nobody waits for octets.
  struct SmallBlob {
    const Sha256& id;
    Octets octets;
  };
  // Reserves `numbers` at once and moves the states of `types` to the last of them.  Throws Unavailable: no such
  // account.
  AccountLock(Transaction& transaction, AccountId account, std::int64_t numbers, unsigned types,
              std::int64_t octets = 0);
  AccountLock(Transaction& transaction, AccountId account, std::int64_t numbers, unsigned types, const SmallBlob& blob);

  // A number of its own for one changed object; reserves more when they run out.
  std::int64_t take();
  // More types whose states move, from the next reservation on, which is made at once.
  void also(unsigned types);
  // The state of every type that was moved, as long as nothing more is taken.
  std::int64_t last() const { return last_; }

  // Octets of mail in the account, the reserved ones included, and how many there may be (RFC 9425); nullopt: any.
  std::int64_t used() const { return used_; }
  std::optional<std::int64_t> quota() const { return quota_; }

 private:
  void reserve(std::int64_t numbers, std::int64_t octets);
  void reserved(const Rows& rows, std::int64_t numbers);

  Transaction& transaction_;
  AccountId account_;
  unsigned types_;
  std::int64_t next_ = 0;
  std::int64_t last_ = 0;
  std::int64_t used_ = 0;
  std::optional<std::int64_t> quota_;
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

// The lock alone, when it is not known yet whether anything changes.
LockedStates lock_account(Transaction& transaction, AccountId account);

// "<epoch>.<modseq>" (C5).
std::string state_string(std::int64_t epoch, std::int64_t modseq);
// Of a type whose number is `modseq`, before anything is written; `mismatch` says whether anything may be.
StateMove state_now(const LockedStates& states, std::int64_t modseq, const IfInState& required);

}  // namespace waxseal::store
