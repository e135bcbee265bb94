// Tasks done by threads, results taken in the order in which the tasks were given.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace waxseal::cli {

// Used by one thread.  `work` runs on others and must not throw.
template <class Task, class Done>
class OrderedPool {
 public:
  OrderedPool(unsigned threads, std::function<Done(Task)> work) : limit_(threads), work_(std::move(work)) {}
  // Waits for what has begun and drops the rest.
  ~OrderedPool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      todo_.clear();
    }
    given_.notify_all();
  }
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;

  // `weight` counts until the result is taken.
  void give(Task task, std::size_t weight) {
    auto slot = std::make_shared<Slot>(std::move(task), weight);
    slots_.push_back(slot);
    weight_ += weight;
    {
      const std::lock_guard lock(mutex_);
      todo_.push_back(std::move(slot));
    }
    given_.notify_one();
    if (threads_.size() < limit_ && threads_.size() < slots_.size()) threads_.emplace_back([this] { serve(); });
  }

  std::size_t waiting() const { return slots_.size(); }  // given and not yet taken
  std::size_t weight() const { return weight_; }

  // The oldest result.  Precondition: waiting() > 0.
  Done take() {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return slots_.front()->done.has_value(); });
    return pop();
  }
  // The same if it is there already.
  std::optional<Done> take_if_finished() {
    const std::lock_guard lock(mutex_);
    if (slots_.empty() || !slots_.front()->done) return std::nullopt;
    return pop();
  }

 private:
  struct Slot {
    Slot(Task given, std::size_t weighs) : task(std::move(given)), weight(weighs) {}
    Task task;
    std::size_t weight;
    std::optional<Done> done;
  };

  Done pop() {
    Done done = *std::move(slots_.front()->done);
    weight_ -= slots_.front()->weight;
    slots_.pop_front();
    return done;
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      given_.wait(lock, [this] { return stopping_ || !todo_.empty(); });
      if (stopping_) return;
      const std::shared_ptr<Slot> slot = std::move(todo_.front());
      todo_.pop_front();
      lock.unlock();
      Done done = work_(std::move(slot->task));
      lock.lock();
      slot->done = std::move(done);
      finished_.notify_one();
    }
  }

  const std::size_t limit_;
  const std::function<Done(Task)> work_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::size_t weight_ = 0;
  std::mutex mutex_;
  std::condition_variable given_, finished_;
  std::deque<std::shared_ptr<Slot>> todo_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace waxseal::cli
