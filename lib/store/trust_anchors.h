// Trust anchors with history (TIM-14) and the trust snapshot that verdicts use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smime/path.h"
#include "store/database.h"

namespace waxseal::store {

struct AnchorRow {
  smime::CertificatePtr certificate;
  std::string label;
  Time added_at;
  std::optional<Time> removed_at;
};

// Each change raises the trust version.  add: false if it is already trusted.  remove: by SHA-256; false if it is not
// trusted.
bool add_anchor(Database&, const smime::CertificatePtr&, std::string_view label, Time now);
bool remove_anchor(Database&, const smime::CertId&, Time now);
std::vector<AnchorRow> list_anchors(Database&, bool with_history);

std::int64_t trust_version(Database&);
// Anchors with history and the validated pool of intermediates (PTH-02 c).
std::shared_ptr<const smime::TrustStore> load_trust(Database&);

// Reloads when anchors or pool have changed in the store; asks at most once per second.  Thread-safe.  get() throws
// Unavailable only as long as nothing was ever loaded.
class TrustCache {
 public:
  TrustCache(Database&, const Clock&);
  ~TrustCache();
  std::shared_ptr<const smime::TrustStore> get();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::store
