#include "store/recent_evidence.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kCapacity = 1024;
constexpr std::chrono::milliseconds kPatience{50};  // many times what the reading takes

}  // namespace

std::optional<RecentEvidence::Found> RecentEvidence::find(const Sha256& questions) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(questions);
  if (entry == entries_.end() || entry->second.expires <= Steady::now()) return std::nullopt;
  return entry->second.found;
}

void RecentEvidence::add(const Sha256& questions, const Found& found) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kCapacity) entries_.clear();
  entries_.insert_or_assign(questions, Entry{found, Steady::now() + kEvidenceIsRecent});
}

RecentEvidence::Turn RecentEvidence::turn(const Sha256& questions) {
  return {turns_[questions.octets[0] % kTurns], kPatience};
}

}  // namespace waxseal::store
