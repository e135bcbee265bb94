#include "store/append.h"

#include <deque>

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

// Octets that are sent with the rows.
std::size_t weight_of(const Arrival& arrival) {
  const NewEmail& email = arrival.prepared.email;
  return (arrival.bring_octets ? email.octets.size() : 0) + email.text.headers.size() + email.text.body.size();
}

std::vector<std::exception_ptr> join(Database& database, AppendQueue& queue, const Arrivals& arrivals,
                                     void (*how)(Database&, const AppendQueue::Take&)) {
  std::vector<AppendQueue::Ask> asks;
  for (Arrival* const arrival : arrivals) asks.push_back({arrival->prepared.account, arrival, weight_of(*arrival)});
  return queue.join(asks, TimeLimit::within(database.impl().options.lock_timeout),
                    [&](const AppendQueue::Take& take) { store_together(how, database, take); });
}

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

// Without locks, and together with others: most deliveries meet nobody.  Of each what it failed of, or nullptr.
std::vector<std::exception_ptr> store_unlocked(Database& database, const Arrivals& arrivals) {
  return join(database, database.impl().appends, arrivals, store_quickly);
}

// `arrivals` outlive it.
AppendQueue::Take only(const Arrivals& arrivals) {
  return [&arrivals]() -> const Arrivals& { return arrivals; };
}

// What could not be stored in that way.
void store_rest(Database& database, Arrival& arrival) {
  const Arrivals by_itself = {&arrival};
  const bool in_turn = arrival.fate == Arrival::Fate::kOvertaken && !arrival.wish.tell;
  if (in_turn) rethrow(join(database, database.impl().locked_appends, by_itself, store_locked).front());
  if (arrival.fate == Arrival::Fate::kOvertaken || arrival.fate == Arrival::Fate::kAlone)
    store_locked(database, only(by_itself));
}

// Octets of more than a chunk are written in a transaction of their own, before the lock is taken (R8).
bool bring_octets(Database& database, const Prepared& prepared, int round) {
  const NewEmail& email = prepared.email;
  if (round == 1 && email.octets_likely_there) return false;
  if (email.octets.size() <= kChunkOctets) return true;
  store_octets(database, prepared.account, email.blob, email.octets);
  return false;
}

// On its way: everything that it needs and that is no part of its transaction is there.
Arrival begin(Database& database, const Prepared& prepared, const StateWish& wish, int round) {
  Arrival arrival{.prepared = prepared, .bring_octets = bring_octets(database, prepared, round), .wish = wish};
  note_units(database, units_of(prepared), round == 1 ? Note::kWhatIsNotKnown : Note::kEverything);
  return arrival;
}

// Without locks; by itself if it asks for states, which are those around this message and no other.
void attempt(Database& database, Arrival& arrival) {
  const Arrivals by_itself = {&arrival};
  if (arrival.wish.tell)
    store_quickly(database, only(by_itself));
  else
    rethrow(store_unlocked(database, by_itself).front());
}

template <class Body>
void catching(Outcome& outcome, const Body& body) {
  try {
    body();
  } catch (...) {
    outcome.error = std::current_exception();
  }
}

// After the first round's attempt without locks.
Appended finish(Database& database, Arrival first) {
  std::optional<Arrival> arrival(std::move(first));
  for (int round = 1;; ++round) {
    store_rest(database, *arrival);
    if (arrival->fate == Arrival::Fate::kAnswered) return arrival->answer;
    if (round == kRounds) throw Unavailable("the message's units kept changing");
    arrival.emplace(begin(database, arrival->prepared, arrival->wish, round + 1));
    attempt(database, *arrival);
  }
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
  Outcome outcome = append_emails(database, {{account, email}}, policy).front();
  rethrow(outcome.error);
  return outcome.appended;
}

std::vector<Outcome> append_emails(Database& database, const std::vector<Delivery>& deliveries,
                                   const smime::Policy& policy) {
  std::vector<Outcome> out(deliveries.size());
  std::deque<Prepared> prepared;
  std::deque<Arrival> arrivals;
  Arrivals begun;
  std::vector<Outcome*> of_begun;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    catching(out[i], [&] {
      const Prepared& own = prepared.emplace_back(deliveries[i].email, deliveries[i].account, policy);
      begun.push_back(&arrivals.emplace_back(begin(database, own, {}, 1)));
      of_begun.push_back(&out[i]);
    });
  }
  const auto errors = store_unlocked(database, begun);
  for (std::size_t i = 0; i < begun.size(); ++i) {
    catching(*of_begun[i], [&] {
      rethrow(errors[i]);
      of_begun[i]->appended = finish(database, *begun[i]);
    });
  }
  return out;
}

Appended append_email_in_state(Database& database, AccountId account, const NewEmail& email,
                               const smime::Policy& policy, const IfInState& required) {
  const Prepared prepared(email, account, policy);
  Arrival arrival = begin(database, prepared, {.tell = true, .required = required}, 1);
  attempt(database, arrival);
  return finish(database, arrival);
}

}  // namespace waxseal::store
