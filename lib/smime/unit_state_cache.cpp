#include "smime/unit_state_cache.h"

#include <algorithm>

namespace waxseal::smime {

namespace {

constexpr std::size_t kSnapshots = 8;  // one, or one per trust domain, and the one before a reload

bool same_anchor(const Anchor& a, const Anchor& b) {
  return a.certificate == b.certificate && a.removed_at == b.removed_at;
}

bool same_content(const TrustStore& a, const TrustStore& b) {
  return a.version == b.version && a.intermediates == b.intermediates &&
         std::ranges::equal(a.anchors, b.anchors, same_anchor);
}

}  // namespace

std::uint64_t TrustSnapshots::number_of(const TrustStore& trust) {
  std::lock_guard lock(mutex_);
  auto it =
      std::find_if(recent_.begin(), recent_.end(), [&](const Snapshot& s) { return same_content(s.trust, trust); });
  if (it != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, it);
    return recent_.front().number;
  }
  recent_.push_front({trust, next_++});
  if (recent_.size() > kSnapshots) recent_.pop_back();
  return recent_.front().number;
}

std::optional<UnitState> UnitStateCache::get(const Key& key, Time at) {
  const auto known = known_.get(key);
  if (!known || at < known->evaluated_at) return std::nullopt;
  if (known->state.next_change && at >= *known->state.next_change) return std::nullopt;
  return known->state;
}

void UnitStateCache::put(const Key& key, Time evaluated_at, const UnitState& state) {
  const bool internal = std::ranges::count(state.codes, Code::internal_error) > 0;
  if (!internal) known_.put(key, {evaluated_at, state});
}

}  // namespace waxseal::smime
