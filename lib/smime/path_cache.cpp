#include "smime/path_cache.h"

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

std::shared_ptr<const CandidatePaths> PathCache::get(const Key& key, Time at) {
  const auto known = known_.get(key);
  if (!known || at < known->judged_at) return nullptr;
  if (known->paths->next_change && at >= *known->paths->next_change) return nullptr;
  return known->paths;
}

void PathCache::put(const Key& key, Time judged_at, std::shared_ptr<const CandidatePaths> paths) {
  const auto broke = [](const std::vector<Code>& codes) { return std::ranges::count(codes, Code::internal_error) > 0; };
  const bool internal = broke(paths->without_path) ||
                        std::ranges::any_of(paths->paths, [&](const JudgedPath& path) { return broke(path.codes); });
  if (!internal) known_.put(key, {judged_at, std::move(paths)});
}

}  // namespace waxseal::smime
