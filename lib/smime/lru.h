// A bounded map that forgets what was used least recently.  Thread-safe; values are copied out.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace waxseal::smime {

template <class Key, class Value, class Hash = std::hash<Key>>
class Lru {
 public:
  explicit Lru(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}

  std::optional<Value> get(const Key& key) {
    std::lock_guard lock(mutex_);
    auto it = places_.find(key);
    if (it == places_.end()) return std::nullopt;
    recent_.splice(recent_.begin(), recent_, it->second);
    return it->second->second;
  }

  // Replaces what was known under the key.
  void put(const Key& key, Value value) {
    std::lock_guard lock(mutex_);
    if (auto it = places_.find(key); it != places_.end()) {
      it->second->second = std::move(value);
      recent_.splice(recent_.begin(), recent_, it->second);
      return;
    }
    recent_.emplace_front(key, std::move(value));
    places_.emplace(key, recent_.begin());
    if (recent_.size() <= capacity_) return;
    places_.erase(recent_.back().first);
    recent_.pop_back();
  }

 private:
  using Entries = std::list<std::pair<Key, Value>>;  // most recently used first

  std::mutex mutex_;
  std::size_t capacity_;
  Entries recent_;
  std::unordered_map<Key, typename Entries::iterator, Hash> places_;
};

}  // namespace waxseal::smime
