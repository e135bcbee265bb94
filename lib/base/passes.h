// Linear passes over octets that may be a long mapped file: what was read is given back on the way (mapped_file.h).
#pragma once

#include <cstring>

#include "base/mapped_file.h"

namespace waxseal {

inline constexpr std::size_t kWindow = 1024 * 1024;

// Calls `step` with the octets, a window at a time.
template <class Step>
void each_window(Octets octets, Step step) {
  for (std::size_t at = 0; at < octets.size(); at += kWindow) {
    const Octets window = octets.substr(at, kWindow);
    step(window);
    passed(window);
  }
}

// For passes that move by steps of their own.
class Trail {
 public:
  explicit Trail(Octets octets) : octets_(octets) {}
  // Everything before `position` was read.
  void reached(std::size_t position) {
    if (position - begin_ < kWindow) return;
    passed(octets_.substr(begin_, position - begin_));
    begin_ = position;
  }

 private:
  Octets octets_;
  std::size_t begin_ = 0;
};

// octets.find(needle, from) at the speed of memory, whatever the octets look like.  Precondition: a needle.
inline std::size_t find_octets(Octets octets, Octets needle, std::size_t from) {
  for (; from < octets.size(); from += kWindow) {
    const Octets window = octets.substr(from, kWindow + needle.size() - 1);
    const void* hit = memmem(window.data(), window.size(), needle.data(), needle.size());
    if (hit != nullptr) return static_cast<std::size_t>(static_cast<const char*>(hit) - octets.data());
    passed(window);
  }
  return Octets::npos;
}

}  // namespace waxseal
