// Work of the same kind, done together: whoever comes first does it at once and alone; what comes while others are at
// work waits, and the first of those that wait does it for all of them.  So nobody waits for company, and what must
// wait anyway shares a transaction and a sync.  No account is in two works at a time.  Thread-safe.  Private to
// lib/store.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "store/database.h"

namespace waxseal::store {

template <class Item>
class Combiner {
 public:
  enum class Mix { kOneAccount, kAccounts };
  struct Limits {
    Mix mix;            // kOneAccount: a batch has items of one account only
    std::size_t works;  // at a time
    // Beside another work one begins only if so many wait, or one so long: a small batch costs nearly what a large one
    // does.
    std::size_t crowd;
    std::chrono::milliseconds long_wait;
    std::size_t items;   // of a batch
    std::size_t weight;  // of all items of a batch together; one alone may be heavier
  };
  using Batch = std::vector<Item*>;
  // The items to work on, its caller's among them.  The first call decides which they are: best made when the work can
  // begin, so that those that came in the meantime take part.
  using Take = std::function<const Batch&()>;
  using Work = std::function<void(const Take&)>;

  explicit Combiner(Limits limits) : limits_(limits) {}

  struct Ask {
    AccountId account;
    Item* item;
    std::size_t weight;
  };
  // For one thread: returns when each item was part of a batch whose work is done, here or on another thread.  Of each
  // what its work threw, or nullptr; Unavailable: nothing happened to any of them within `patience`, and nobody will
  // take it any more.
  std::vector<std::exception_ptr> join(const std::vector<Ask>& asks, std::chrono::milliseconds patience,
                                       const Work& work) {
    Owner owner;
    std::deque<Place> places;
    std::unique_lock lock(mutex_);
    for (const Ask& ask : asks) waiting_.push_back(&places.emplace_back(ask, owner));
    choose_leaders();
    while (await_turn(lock, owner, places, patience)) {
      Place& leader = *std::exchange(owner.leader, nullptr);
      lead(lock, leader, work);
    }
    owner.changed.wait(lock, [&] { return none_is(places, State::kTaken); });
    std::vector<std::exception_ptr> errors;
    for (const Place& place : places) errors.push_back(place.error);
    return errors;
  }

  // How many wait now, those at work not counted.
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  enum class State { kWaiting, kTaken, kDone };
  struct Place;
  // The thread that waits for its places.
  struct Owner {
    Place* leader = nullptr;  // one of its places leads, and did not begin yet
    bool busy = false;        // one of its places leads
    std::condition_variable changed;
  };
  struct Place {
    Place(const Ask& ask, Owner& whose) : account(ask.account), item(ask.item), weight(ask.weight), owner(whose) {}
    AccountId account;
    Item* item;
    std::size_t weight;
    Owner& owner;
    bool leads = false;
    bool waits_long = false;
    State state = State::kWaiting;
    std::exception_ptr error;
  };
  using Places = std::vector<Place*>;

  // All below: under the lock.
  static bool none_is(const std::deque<Place>& places, State state) {
    return std::none_of(places.begin(), places.end(), [&](const Place& place) { return place.state == state; });
  }

  // Whether the thread is to lead.  If nobody cares for a place of it, that is given up.
  bool await_turn(std::unique_lock<std::mutex>& lock, Owner& owner, std::deque<Place>& places,
                  std::chrono::milliseconds patience) {
    const auto decided = [&] { return owner.leader != nullptr || none_is(places, State::kWaiting); };
    const auto at_first = std::min(patience, limits_.long_wait);
    if (!owner.changed.wait_for(lock, at_first, decided)) {
      for (Place& place : places) place.waits_long = true;
      choose_leaders();
    }
    if (!owner.changed.wait_for(lock, patience - at_first, decided)) {
      for (Place& place : places)
        if (place.state == State::kWaiting) give_up(place);
    }
    return owner.leader != nullptr;
  }

  void give_up(Place& place) {
    std::erase(waiting_, &place);
    place.state = State::kDone;
    place.error = std::make_exception_ptr(Unavailable("other messages took too long"));
  }

  void choose_leaders() {
    for (Place* const place : waiting_) {
      if (works_ == limits_.works) return;
      if (works_ > 0 && waiting_.size() < limits_.crowd && !place->waits_long) continue;
      if (place->owner.busy || !at_work_.insert(place->account).second) continue;
      ++works_;
      place->leads = place->owner.busy = true;
      place->owner.leader = place;
      place->owner.changed.notify_one();
    }
  }

  bool may_take(const Place& place, AccountId leader, const std::set<AccountId>& own) const {
    if (place.account == leader || own.contains(place.account)) return true;
    return limits_.mix == Mix::kAccounts && !at_work_.contains(place.account);
  }

  // The leader and others, in their order, as many as there is room for; of an account of which one does not fit, no
  // later one is taken.
  Places take(Place& leader, std::set<AccountId>& own) {
    Places taken = {&leader};
    std::size_t weight = leader.weight;
    std::set<AccountId> left;
    for (Place* const place : waiting_) {
      if (taken.size() == limits_.items) break;
      if (place == &leader || left.contains(place->account) || !may_take(*place, leader.account, own)) continue;
      if (weight + place->weight > limits_.weight) {
        left.insert(place->account);
        continue;
      }
      weight += place->weight;
      own.insert(place->account);
      taken.push_back(place);
    }
    for (Place* const place : taken) place->state = State::kTaken;
    at_work_.insert(own.begin(), own.end());
    std::erase_if(waiting_, [](const Place* place) { return place->state != State::kWaiting; });
    return taken;
  }

  // All who wait and do not lead.
  Places take_everybody(Place& leader) {
    Places taken;
    for (Place* const place : waiting_)
      if (place == &leader || !place->leads) taken.push_back(place);
    std::erase_if(waiting_, [&](const Place* place) { return place == &leader || !place->leads; });
    return taken;
  }

  void lead(std::unique_lock<std::mutex>& lock, Place& place, const Work& work) {
    Places taken;
    Batch batch;
    std::set<AccountId> own = {place.account};
    const Take take_once = [&]() -> const Batch& {
      if (taken.empty()) {
        const std::lock_guard locked(mutex_);
        taken = take(place, own);
        for (Place* const each : taken) batch.push_back(each->item);
      }
      return batch;
    };
    lock.unlock();
    std::exception_ptr error;
    try {
      work(take_once);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    // It failed before it began: nobody who waits would fare better.
    if (taken.empty()) taken = take_everybody(place);
    for (Place* const each : taken) {
      each->error = error;
      each->state = State::kDone;
      each->owner.changed.notify_one();
    }
    place.owner.busy = false;
    for (const AccountId account : own) at_work_.erase(account);
    --works_;
    choose_leaders();
  }

  const Limits limits_;
  mutable std::mutex mutex_;
  std::deque<Place*> waiting_;  // in their order, leaders that did not take yet among them
  std::set<AccountId> at_work_;
  std::size_t works_ = 0;
};

}  // namespace waxseal::store
