#include "lmtp/next_hop.h"

#include "service/connect.h"
#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::lmtp {

std::unique_ptr<NextHopClient> NextHop::take_kept() {
  std::vector<Idle> dismissed;  // closed outside of the lock
  const std::lock_guard lock(mutex_);
  const auto oldest = Steady::now() - kKeptFor;
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());  // the one used last
    idle_.pop_back();
    if (idle.since >= oldest && idle.client->usable()) return std::move(idle.client);
    dismissed.push_back(std::move(idle));
  }
  return nullptr;
}

std::unique_ptr<NextHopClient> NextHop::take_new() {
  {
    const std::lock_guard lock(mutex_);
    if (Steady::now() < again_) throw NextHopFailure(why_);
  }
  auto fd = service::connect_to(options_.address, options_.connect_timeout);
  if (!fd) throw NextHopFailure("next hop: " + fd.error());
  return std::make_unique<NextHopClient>(*std::move(fd), options_.hostname, options_.timeout);
}

void NextHop::give_back(std::unique_ptr<NextHopClient> client) {
  if (!client->usable()) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kKept) idle_.push_back({std::move(client), Steady::now()});
  service::metrics().set(service::Metric::kRelayIdleConnections, {}, static_cast<double>(idle_.size()));
}

void NextHop::failed(const std::string& why) {
  service::log_warn("next_hop_failed", {{"address", options_.address}, {"error", why}});
  const std::lock_guard lock(mutex_);
  why_ = why;
  again_ = Steady::now() + kRest;
}

bool NextHop::resting() const {
  const std::lock_guard lock(mutex_);
  return Steady::now() < again_;
}

}  // namespace waxseal::lmtp
