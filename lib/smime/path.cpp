#include "smime/path.h"

#include <algorithm>
#include <atomic>

#include "smime/path_building.h"
#include "smime/path_checks.h"
#include "smime/revocation_sources.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kRememberedSignatures = 65'536;

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

// --- revocation of the certificates of one path ---

struct Concluded {
  std::vector<Sha256> path;
  std::vector<Code> codes;
  std::vector<Evidence> evidence;
  std::optional<Time> next_change;
};

void add_finding(const RevocationFinding& finding, Concluded& out) {
  out.codes.insert(out.codes.end(), finding.codes.begin(), finding.codes.end());
  out.evidence.insert(out.evidence.end(), finding.evidence.begin(), finding.evidence.end());
  if (finding.next_change)
    out.next_change = std::min(out.next_change.value_or(*finding.next_change), *finding.next_change);
}

Concluded conclude_path(const JudgedPath& path, AskedEvidence* asked, const Policy& policy, Time at, Epoch epoch) {
  Concluded out{ids_of(path.certificates), path.codes, {}, std::nullopt};
  const auto evidence =
      asked == nullptr ? std::vector<CertificateEvidence>(path.questions.size()) : asked->find(path.questions, at);
  for (std::size_t i = 0; i < path.questions.size(); ++i)
    add_finding(evaluate_revocation(path.questions[i], evidence[i], policy, at, epoch), out);
  sort_codes(out.codes);
  std::ranges::sort(out.evidence);
  out.evidence.erase(std::unique(out.evidence.begin(), out.evidence.end()), out.evidence.end());
  return out;
}

// PTH-11: the first without fatal problems; else fewest fatal problems, then shortest, then by SHA-256.
Concluded choose(const std::vector<JudgedPath>& paths, AskedEvidence* asked, const Policy& policy, Time at,
                 Epoch epoch) {
  const auto rank = [&](const Concluded& c) { return std::tuple(fatal_count(c.codes, policy), c.path.size(), c.path); };
  std::optional<Concluded> best;
  for (const JudgedPath& path : paths) {
    Concluded concluded = conclude_path(path, asked, policy, at, epoch);
    if (fatal_count(concluded.codes, policy) == 0) return concluded;
    if (!best || rank(concluded) < rank(*best)) best = std::move(concluded);
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
CandidatePaths without_path(const Certificate& leaf, BuiltPaths built, const Policy& policy, Time at) {
  CandidatePaths out;
  out.without_path = check_signer_alone(leaf, policy, at);
  out.without_path.push_back(built.why_none);
  out.dead_end = std::move(built.dead_end);
  sort_codes(out.without_path);
  add_edges(leaf, at, out.next_change);
  return out;
}

JudgedPath judge_path(const Path& path, const Unit& unit, const Policy& policy, Time at) {
  JudgedPath out{path, check_path(path, unit, policy, at), {}};
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    out.questions.push_back(make_question(path[i], path[i + 1], path.back(), i, policy));
  return out;
}

}  // namespace

struct PathValidator::State {
  explicit State(Policy given) : policy(std::move(given)) {}

  Policy policy;
  SignatureMemo signatures{kRememberedSignatures};
  std::atomic<std::uint64_t> validations = 0;
};

PathValidator::PathValidator(Policy policy) : state_(std::make_unique<State>(std::move(policy))) {}

PathValidator::~PathValidator() = default;

std::uint64_t PathValidator::validations() const {
  return state_->validations;
}

CandidatePaths PathValidator::candidates(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust,
                                         Time at, Epoch epoch) {
  ++state_->validations;
  const Policy& policy = state_->policy;
  const CertificatePtr leaf = certificates.get(unit.leaf);
  if (!leaf) return {.paths = {}, .without_path = {Code::internal_error}, .next_change = std::nullopt};
  BuiltPaths built = build_paths(gather(leaf, unit, certificates, trust, at, epoch), policy, state_->signatures);
  CandidatePaths out;
  const std::size_t work = built.work;
  const bool none = built.paths.empty();
  if (none) out = without_path(*leaf, std::move(built), policy, at);
  out.work = work;
  if (none) return out;

  for (const Path& path : built.paths) out.paths.push_back(judge_path(path, unit, policy, at));
  out.next_change = next_edge(built.paths, policy, at);
  if (epoch == Epoch::kAtDelivery) add_removals(trust, at, out.next_change);
  return out;
}

std::vector<RevocationQuestion> CandidatePaths::questions() const {
  std::vector<RevocationQuestion> out;
  for (const JudgedPath& path : paths) out.insert(out.end(), path.questions.begin(), path.questions.end());
  return out;
}

std::vector<RevocationQuestion> CandidatePaths::validated_questions(const Policy& policy) const {
  std::vector<RevocationQuestion> out;
  for (const JudgedPath& path : paths)
    if (fatal_count(path.codes, policy) == 0) out.insert(out.end(), path.questions.begin(), path.questions.end());
  return out;
}

UnitState PathValidator::conclude(const CandidatePaths& candidates, RevocationSource* revocation, Time at,
                                  Epoch epoch) const {
  if (candidates.paths.empty()) return {candidates.without_path, {}, candidates.next_change, {}};
  std::optional<AskedEvidence> asked;
  if (revocation != nullptr) asked.emplace(*revocation).prefetch(candidates.questions(), at);
  Concluded chosen = choose(candidates.paths, asked ? &*asked : nullptr, state_->policy, at, epoch);
  UnitState state{std::move(chosen.codes), std::move(chosen.path), candidates.next_change, std::move(chosen.evidence)};
  if (chosen.next_change) add_edge(*chosen.next_change, at, state.next_change);
  return state;
}

UnitState PathValidator::evaluate(const Unit& unit, UnitCertificates& certificates, const TrustStore& trust, Time at,
                                  Epoch epoch, RevocationSource* revocation) {
  return conclude(candidates(unit, certificates, trust, at, epoch), revocation, at, epoch);
}

}  // namespace waxseal::smime
