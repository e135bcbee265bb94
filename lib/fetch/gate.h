// How many fetches run at once (NET-14).
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "fetch/failure.h"
#include "fetch/resolver.h"

namespace waxseal::fetch {

// Thread-safe.
class Gate {
 public:
  Gate(std::size_t most, std::size_t most_per_host, std::size_t most_waiting)
      : most_(most), most_per_host_(most_per_host), most_waiting_(most_waiting) {}

  // A fetch in hand, as long as it lives.
  class Place {
   public:
    Place(Gate& gate, std::string host) : gate_(&gate), host_(std::move(host)) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), host_(std::move(other.host_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (gate_) gate_->leave(host_);
    }

   private:
    Gate* gate_;
    std::string host_;
  };

  // Waits for a place until the deadline.  kBusy: the queue is full, or nothing became free in time.
  Result<Place, Failure> enter(const std::string& host, Deadline deadline);

 private:
  void leave(const std::string& host);

  const std::size_t most_, most_per_host_, most_waiting_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0, waiting_ = 0;
  std::map<std::string, std::size_t> per_host_;
};

}  // namespace waxseal::fetch
