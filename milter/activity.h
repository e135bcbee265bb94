// What the MTA is in the middle of: libmilter does not wait for it when it is told to stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace waxseal::milter {

// Thread-safe.
class Activity {
 public:
  enum class Kind { kConnection, kMessage };

  // One connection, or one message from MAIL to its end, for as long as this lives.
  class Token {
   public:
    Token(Activity& activity, Kind kind) : activity_(activity), kind_(kind) { activity_.change(kind_, 1); }
    ~Token() { activity_.change(kind_, -1); }
    Token(const Token&) = delete;

   private:
    Activity& activity_;
    const Kind kind_;
  };

  int connections() const { return count(Kind::kConnection); }
  int messages() const { return count(Kind::kMessage); }

  // false: `patience` was over first.
  bool wait_for_none(Kind kind, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return (kind == Kind::kMessage ? messages_ : connections_) == 0; });
  }

 private:
  int count(Kind kind) const {
    const std::lock_guard lock(mutex_);
    return kind == Kind::kMessage ? messages_ : connections_;
  }
  void change(Kind kind, int by) {
    const std::lock_guard lock(mutex_);
    (kind == Kind::kMessage ? messages_ : connections_) += by;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int connections_ = 0, messages_ = 0;
};

}  // namespace waxseal::milter
