// Work of the same kind for the same account, done together: whoever comes first does it at once and alone; what comes
// meanwhile waits, and the first of those that wait does it for all of them.  So nobody waits for company, and what
// must wait anyway shares a transaction and a sync.  Thread-safe.  Private to lib/store.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/ids.h"
#include "store/database.h"

namespace waxseal::store {

template <class Item>
class Combiner {
 public:
  struct Limits {
    std::size_t items;
    std::size_t weight;  // of all items together; one alone may be heavier
  };
  using Batch = std::vector<Item*>;
  // The items to work on, its caller's among them.  The first call decides which they are: best made when the work can
  // begin, so that those that came in the meantime take part.
  using Take = std::function<const Batch&()>;
  using Work = std::function<void(const Take&)>;

  explicit Combiner(Limits limits) : limits_(limits) {}

  // Returns when `item` was part of a batch whose work is done, here or on another thread, and throws what that work
  // threw.  Throws Unavailable if nobody took it within `patience`: then nobody will.
  void join(AccountId account, Item& item, std::size_t weight, std::chrono::milliseconds patience, const Work& work) {
    Place place(item, weight);
    std::unique_lock lock(mutex_);
    Queue& queue = queues_[account];
    queue.waiting.push_back(&place);
    place.leads = queue.waiting.size() == 1 && !queue.at_work;
    if (!place.changed.wait_for(lock, patience, [&] { return place.leads || place.state != State::kWaiting; })) {
      std::erase(queue.waiting, &place);
      throw Unavailable("other messages for the account took too long");
    }
    if (place.leads) {
      lead(lock, account, queue, work);
    } else {
      place.changed.wait(lock, [&] { return place.state == State::kDone; });
    }
    if (place.error) std::rethrow_exception(place.error);
  }

  // How many wait for `account` now, the one at work not counted.
  std::size_t waiting(AccountId account) const {
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(account);
    return found == queues_.end() ? 0 : found->second.waiting.size();
  }

 private:
  enum class State { kWaiting, kTaken, kDone };
  struct Place {
    Place(Item& its, std::size_t heavy) : item(&its), weight(heavy) {}
    Item* item;
    std::size_t weight;
    bool leads = false;
    State state = State::kWaiting;
    std::exception_ptr error;
    std::condition_variable changed;
  };
  struct Queue {
    std::deque<Place*> waiting;  // the first one leads, unless others are at work
    bool at_work = false;
  };

  // Under the lock.
  std::vector<Place*> take_from(Queue& queue, const Limits& limits) {
    std::vector<Place*> taken;
    std::size_t weight = 0;
    while (!queue.waiting.empty() && taken.size() < limits.items) {
      Place* const next = queue.waiting.front();
      if (!taken.empty() && weight + next->weight > limits.weight) break;
      weight += next->weight;
      next->state = State::kTaken;
      taken.push_back(next);
      queue.waiting.pop_front();
    }
    return taken;
  }

  void lead(std::unique_lock<std::mutex>& lock, AccountId account, Queue& queue, const Work& work) {
    std::vector<Place*> taken;
    Batch batch;
    const Take take = [&]() -> const Batch& {
      if (taken.empty()) {
        const std::lock_guard locked(mutex_);
        taken = take_from(queue, limits_);
        for (Place* const place : taken) batch.push_back(place->item);
      }
      return batch;
    };
    queue.at_work = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      work(take);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    // It failed before it began: nobody who waits would fare better.
    if (taken.empty()) taken = take_from(queue, {queue.waiting.size(), static_cast<std::size_t>(-1)});
    for (Place* const place : taken) {
      place->error = error;
      place->state = State::kDone;
      place->changed.notify_one();
    }
    hand_over(account, queue);
  }

  void hand_over(AccountId account, Queue& queue) {
    queue.at_work = false;
    if (queue.waiting.empty()) {
      queues_.erase(account);
      return;
    }
    queue.waiting.front()->leads = true;
    queue.waiting.front()->changed.notify_one();
  }

  const Limits limits_;
  mutable std::mutex mutex_;
  std::map<AccountId, Queue> queues_;
};

}  // namespace waxseal::store
