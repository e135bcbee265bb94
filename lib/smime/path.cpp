#include "smime/path.h"

#include <algorithm>

#include "smime/path_building.h"
#include "smime/path_checks.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kRememberedSignatures = 65'536;

struct Judged {
  Path path;
  std::vector<Code> codes;
};

PathInputs gather(CertificatePtr leaf, const Unit& unit, UnitCertificates& certificates, const TrustStore& trust,
                  Time at, Epoch epoch) {
  PathInputs inputs{std::move(leaf), {}, {}, trust.intermediates};
  for (const Anchor& anchor : trust.anchors) {
    const bool usable = !anchor.removed_at || (epoch == Epoch::kAtDelivery && *anchor.removed_at > at);  // TIM-14
    if (usable && anchor.certificate) inputs.anchors.push_back(anchor.certificate);
  }
  for (const Sha256& id : unit.bundle)
    if (CertificatePtr certificate = certificates.get(id)) inputs.bundle.push_back(std::move(certificate));
  return inputs;
}

std::size_t fatal_count(const std::vector<Code>& codes, const Policy& policy) {
  return static_cast<std::size_t>(
      std::count_if(codes.begin(), codes.end(), [&](Code code) { return policy.severity(code) == Severity::kFatal; }));
}

std::vector<Sha256> ids_of(const Path& path) {
  std::vector<Sha256> ids;
  for (const CertificatePtr& certificate : path) ids.push_back(certificate->id());
  return ids;
}

// PTH-11: the first without fatal problems; else fewest fatal problems, then shortest, then by SHA-256.
Judged choose(const std::vector<Path>& paths, const Unit& unit, const Policy& policy, Time at) {
  const auto rank = [&](const Judged& j) {
    return std::tuple(fatal_count(j.codes, policy), j.path.size(), ids_of(j.path));
  };
  std::optional<Judged> best;
  for (const Path& path : paths) {
    Judged judged{path, check_path(path, unit, policy, at)};
    if (fatal_count(judged.codes, policy) == 0) return judged;
    if (!best || rank(judged) < rank(*best)) best = std::move(judged);
  }
  return std::move(*best);
}

void add_edge(Time edge, Time at, std::optional<Time>& next) {
  if (edge > at && (!next || edge < *next)) next = edge;
}

// First second after T at which a validity check of this certificate gives another answer.
void add_edges(const Certificate& certificate, Time at, std::optional<Time>& next) {
  add_edge(certificate.not_before(), at, next);
  add_edge(certificate.not_after() + Seconds(1), at, next);
}

void add_removals(const TrustStore& trust, Time at, std::optional<Time>& next) {
  for (const Anchor& anchor : trust.anchors)
    if (anchor.removed_at) add_edge(*anchor.removed_at, at, next);
}

std::optional<Time> next_edge(const std::vector<Path>& paths, const Policy& policy, Time at) {
  std::optional<Time> next;
  for (const Path& path : paths) {
    for (std::size_t i = 0; i < path.size(); ++i) {
      const bool is_anchor = i > 0 && i + 1 == path.size();
      if (!is_anchor || !policy.ignore_anchor_validity) add_edges(*path[i], at, next);
    }
  }
  return next;
}

// PTH-12: nobody vouches for the signer; only its own validity can change anything with time.
UnitState without_path(const Certificate& leaf, Code why, const Policy& policy, Time at) {
  UnitState state;
  state.codes = check_signer_alone(leaf, policy, at);
  state.codes.push_back(why);
  sort_codes(state.codes);
  add_edges(leaf, at, state.next_change);
  return state;
}

}  // namespace

struct PathValidator::State {
  explicit State(Policy given) : policy(std::move(given)) {}

  Policy policy;
  SignatureMemo signatures{kRememberedSignatures};
};

PathValidator::PathValidator(Policy policy) : state_(std::make_unique<State>(std::move(policy))) {}

PathValidator::~PathValidator() = default;

UnitState PathValidator::evaluate(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust, Time at,
                                  Epoch epoch) {
  const Policy& policy = state_->policy;
  const CertificatePtr leaf = certificates.get(unit.leaf);
  if (!leaf) return UnitState{.codes = {Code::internal_error}};
  const BuiltPaths built = build_paths(gather(leaf, unit, certificates, trust, at, epoch), policy, state_->signatures);
  if (built.paths.empty()) return without_path(*leaf, built.why_none, policy, at);

  Judged chosen = choose(built.paths, unit, policy, at);
  UnitState state{std::move(chosen.codes), ids_of(chosen.path), next_edge(built.paths, policy, at)};
  if (epoch == Epoch::kAtDelivery) add_removals(trust, at, state.next_change);
  return state;
}

}  // namespace waxseal::smime
