// Trust anchors with history (TIM-14) and the trust snapshot that verdicts use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smime/path.h"
#include "store/database.h"

namespace waxseal::store {

// Who keeps an anchor; numbers are stored.
enum class AnchorSource { kOperator = 0, kDirectory = 1, kSystem = 2 };

struct AnchorRow {
  smime::CertificatePtr certificate;
  std::string label;
  Time added_at;
  std::optional<Time> removed_at;
  AnchorSource source = AnchorSource::kOperator;
  bool distrusted = false;
};

// Each change raises the trust version and makes the units due that were evaluated before it.  add: false if it is
// trusted already; what the operator adds belongs to the operator from then on, even if a directory had it.
bool add_anchor(Database&, const smime::CertificatePtr&, std::string_view label, Time now,
                AnchorSource = AnchorSource::kOperator);
// By SHA-256; false if it is not trusted.
bool remove_anchor(Database&, const smime::CertId&, Time now);
// The key is compromised: counts for nothing any more, not even for pending verdicts of mail that came before (TIM-14).
// False if it was never trusted, or is distrusted already.
bool distrust_anchor(Database&, const smime::CertId&, Time now);
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
