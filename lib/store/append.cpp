#include "store/append.h"

#include "store/append_batch.h"
#include "store/blobs.h"
#include "store/pool.h"
#include "store/unit_notes.h"

namespace waxseal::store {

namespace {

// Rows that were noted may vanish (an old backup, a collector); then they are noted again.
constexpr int kRounds = 3;

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

using AppendQueue = Combiner<Arrival>;

void store_quickly(Database& database, const AppendQueue::Take& take) {
  run_autocommit(database, [&](Transaction& transaction) {
    append_batch(transaction, take(), Hold::kNothing, database.impl().append_memory);
  });
}

void store_locked(Database& database, const AppendQueue::Take& take) {
  run(database,
      [&](Transaction& transaction) { append_batch(transaction, take(), Hold::kLock, database.impl().append_memory); });
}

// What the server refuses of several messages, or goes wrong in the middle of them, one of them may be the reason for:
// each is tried by itself then.  What fails for lack of time or of a connection would fail for each again, later.
template <class Store>
void store_together(const Store& store, Database& database, const AppendQueue::Take& take) {
  const auto each_alone = [&] {
    if (take().size() == 1) throw;
    for (Arrival* const arrival : take()) arrival->fate = Arrival::Fate::kAlone;
  };
  try {
    store(database, take);
  } catch (const Refused&) {
    each_alone();
  } catch (const Unavailable&) {
    throw;
  } catch (...) {
    each_alone();
  }
}

// Without locks first, and together with others: most deliveries meet nobody.
void store(Database& database, Arrival& arrival) {
  Database::Impl& pool = database.impl();
  const AccountId account = arrival.prepared.account;
  const std::size_t octets = arrival.bring_octets ? arrival.prepared.email.octets.size() : 0;
  const auto patience = TimeLimit::within(pool.options.lock_timeout);
  const auto join = [&](AppendQueue& queue, auto how) {
    queue.join(account, arrival, octets, patience,
               [&](const AppendQueue::Take& take) { store_together(how, database, take); });
  };
  const Arrivals by_itself = {&arrival};
  const AppendQueue::Take alone = [&]() -> const Arrivals& { return by_itself; };
  if (arrival.wish.tell) {
    store_quickly(database, alone);
  } else {
    join(pool.appends, store_quickly);
    if (arrival.fate == Arrival::Fate::kOvertaken) join(pool.locked_appends, store_locked);
  }
  if (arrival.fate == Arrival::Fate::kOvertaken || arrival.fate == Arrival::Fate::kAlone) store_locked(database, alone);
}

// Octets of more than a chunk are written in a transaction of their own, before the lock is taken (R8).
bool bring_octets(Database& database, const Prepared& prepared, int round) {
  const NewEmail& email = prepared.email;
  if (round == 1 && email.octets_likely_there) return false;
  if (email.octets.size() <= kChunkOctets) return true;
  store_octets(database, prepared.account, email.blob, email.octets);
  return false;
}

Appended append(Database& database, const Prepared& prepared, const StateWish& wish) {
  for (int round = 1; round <= kRounds; ++round) {
    Arrival arrival{.prepared = prepared, .bring_octets = bring_octets(database, prepared, round), .wish = wish};
    note_units(database, units_of(prepared), round == 1 ? Note::kWhatIsNotKnown : Note::kEverything);
    store(database, arrival);
    if (arrival.fate == Arrival::Fate::kAnswered) return arrival.answer;
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
