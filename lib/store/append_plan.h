// What becomes of the messages for one account, one after the other, as if each found the one before it stored.
// Private to lib/store.
#pragma once

#include <map>

#include "store/append_batch.h"
#include "store/append_memory.h"
#include "store/append_rows.h"

namespace waxseal::store {

class AppendPlan {
 public:
  using Units = std::map<smime::UnitId, StoredUnit>;

  // Rests on a look.  `seen` and `units` outlive it.
  AppendPlan(Transaction&, AccountId, Hold, const SeenAccount& seen, const Units& units, Memberships mates);
  // Rests on what is remembered.
  AppendPlan(Transaction&, AccountId, Memory);

  // Answers, or adds the message to `rows`.  `together`: how many messages the transaction has.
  void place(Arrival&, const Look::Found&, std::size_t together, MailRows& rows);
  // Behind the last message: what they do to threads, counts and the account itself.
  void finish(MailRows& rows);
  // Whether the rows of the account were written.
  void conclude(bool written);
  bool written() const { return written_; }
  // What the account is then.  Precondition: written().
  RememberedAccount after() const;

 private:
  bool answered_by_look(Arrival&, const Look::Found&);
  bool may_be_stored(Arrival&);
  std::optional<ThreadId> thread_for(Arrival&, const Look::Found&, std::size_t together, std::int64_t number);
  std::vector<ThreadId> threads_of(const Prepared&, const Look::Found&) const;
  void cannot(Arrival&, const char* why) const;
  void remember(const Prepared&, const Look::Found&, const Units& units);

  Transaction& transaction_;
  const AccountId account_;
  const Hold hold_;
  const Memory memory_;
  const SeenAccount& seen_;
  const Units& units_;
  NumbersAfter numbers_;
  Memberships mates_;  // of every thread that a message may belong to
  const MailboxCounts before_;
  std::int64_t octets_ = 0;
  std::vector<Arrival*> placed_;  // those among them that are another one again
  std::map<Sha256, EmailId> by_key_;
  std::map<ThreadId, MailRows::ThreadRow> threads_;
  struct Ref {
    int place;
    ThreadId thread;
  };
  std::map<std::pair<std::string, std::string>, Ref> refs_;  // (ref, subject) of messages that were placed
  Units assumed_;                                            // by messages that were placed, and not looked at
  RememberedAccount after_;
  bool written_ = false;
};
using AppendPlans = std::map<AccountId, AppendPlan>;

}  // namespace waxseal::store
