#include "jmapd/readiness.h"

#include "service/log.h"

namespace waxseal::jmapd {

bool Readiness::check(Time now) {
  const std::lock_guard lock(mutex_);
  if (now < again_) return ready_;
  try {
    probe_();
    ready_ = true;
  } catch (const std::exception& error) {
    service::log_warn("not_ready", {{"error", error.what()}});
    ready_ = false;
  }
  again_ = now + std::chrono::seconds(1);
  return ready_;
}

}  // namespace waxseal::jmapd
