#include "fetch/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace waxseal::fetch {

namespace {

constexpr int kMostLookups = 16;  // threads that a silent name server can hold

struct Lookup {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  std::vector<IpAddress> addresses;
};

std::atomic<int>& lookups_running() {
  static std::atomic<int> count = 0;
  return count;
}

std::vector<IpAddress> ask(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // each address once
  addrinfo* raw = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &raw) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(raw, ::freeaddrinfo);
  std::vector<IpAddress> out;
  for (const addrinfo* each = list.get(); each; each = each->ai_next) {
    const auto address = IpAddress::from_socket(each->ai_addr);
    if (address && std::find(out.begin(), out.end(), *address) == out.end()) out.push_back(*address);
  }
  return out;
}

}  // namespace

Result<std::vector<IpAddress>, Failure> SystemResolver::resolve(const std::string& host, Deadline deadline) {
  if (++lookups_running() > kMostLookups) {
    --lookups_running();
    return unexpected(Failure{FailureKind::kBusy, "the name server answers too slowly", {}});
  }
  const auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host] {
    std::vector<IpAddress> addresses = ask(host);
    {
      const std::lock_guard lock(lookup->mutex);
      lookup->addresses = std::move(addresses);
      lookup->done = true;
    }
    lookup->done_changed.notify_all();
    --lookups_running();
  }).detach();
  std::unique_lock lock(lookup->mutex);
  if (!lookup->done_changed.wait_until(lock, deadline, [&] { return lookup->done; }))
    return unexpected(Failure{FailureKind::kTimeout, "the name server did not answer in time", {}});
  if (lookup->addresses.empty()) return unexpected(Failure{FailureKind::kName, "the host name has no address", {}});
  return lookup->addresses;
}

}  // namespace waxseal::fetch
