#include "smime/verifier.h"

#include "smime/names.h"
#include "smime/path_cache.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kUnits = 16'384;

class TrustedCertificates final : public CertificateSource {
 public:
  explicit TrustedCertificates(const TrustStore& trust) : trust_(trust) {}

  CertificatePtr by_issuer_serial(Octets issuer_der, Octets serial) override {
    return first([&](const Certificate& c) { return c.serial() == serial && same_name(issuer_der, c.issuer_der()); });
  }
  CertificatePtr by_key_identifier(Octets ski) override {
    return first([&](const Certificate& c) { return c.key_identifier() && *c.key_identifier() == ski; });
  }

 private:
  template <class Wanted>
  CertificatePtr first(Wanted wanted) const {
    for (const CertificatePtr& certificate : trust_.intermediates)
      if (wanted(*certificate)) return certificate;
    for (const Anchor& anchor : trust_.anchors)
      if (wanted(*anchor.certificate)) return anchor.certificate;
    return nullptr;
  }

  const TrustStore& trust_;
};

class MessageCertificates final : public UnitCertificates {
 public:
  explicit MessageCertificates(const Extracted& extracted) : extracted_(extracted) {}

  CertificatePtr get(const CertId& id) override {
    auto it = extracted_.certificates.find(id);
    return it == extracted_.certificates.end() ? nullptr : it->second;
  }

  // A state computed without one of the unit's certificates would not hold for a message that has it.
  bool has_all(const Unit& unit) {
    if (!get(unit.leaf)) return false;
    return std::ranges::all_of(unit.bundle, [this](const CertId& id) { return get(id) != nullptr; });
  }

 private:
  const Extracted& extracted_;
};

}  // namespace

struct Verifier::State {
  State(Policy given, std::size_t cached_certificates)
      : policy(std::move(given)), certificates(cached_certificates), paths(policy) {}

  Policy policy;
  CertificateCache certificates;
  PathValidator paths;
  TrustSnapshots snapshots;
  PathCache known_paths{kUnits};

  std::shared_ptr<const CandidatePaths> candidates(const PathCache::Key& key, const Unit& unit,
                                                   MessageCertificates& supplied, const TrustStore& trust, Time at) {
    if (auto known = known_paths.get(key, at)) return known;
    auto judged = std::make_shared<const CandidatePaths>(paths.candidates(unit, supplied, trust, at, key.epoch));
    if (supplied.has_all(unit)) known_paths.put(key, at, judged);
    return judged;
  }
};

Verifier::Verifier(Policy policy, std::size_t cached_certificates)
    : state_(std::make_unique<State>(std::move(policy), cached_certificates)) {}

Verifier::~Verifier() = default;

const Policy& Verifier::policy() const {
  return state_->policy;
}

CertificateCache& Verifier::certificates() {
  return state_->certificates;
}

PathValidator& Verifier::paths() {
  return state_->paths;
}

Extracted Verifier::extract(Octets message, CertificateSource* known) {
  return extract_facts(message, state_->policy, state_->certificates, known);
}

Extracted Verifier::extract(Octets message, const TrustStore& trust) {
  TrustedCertificates known(trust);
  return extract(message, &known);
}

std::map<UnitId, std::shared_ptr<const CandidatePaths>> Verifier::candidates(const Extracted& extracted,
                                                                             const TrustStore& trust, Time at,
                                                                             Epoch epoch) {
  MessageCertificates supplied(extracted);
  const std::uint64_t snapshot = state_->snapshots.number_of(trust);
  std::map<UnitId, std::shared_ptr<const CandidatePaths>> out;
  for (const Unit& unit : extracted.facts.units()) {
    const UnitId id = unit.id();
    out.try_emplace(id, state_->candidates({id, snapshot, epoch}, unit, supplied, trust, at));
  }
  return out;
}

UnitStates Verifier::evaluate(const Extracted& extracted, const TrustStore& trust, Time at, Epoch epoch,
                              RevocationSource* revocation) {
  UnitStates states;
  for (const auto& [unit, paths] : candidates(extracted, trust, at, epoch))
    states.emplace(unit, state_->paths.conclude(*paths, revocation, at, epoch));
  return states;
}

Verification Verifier::verify(Octets message, const TrustStore& trust, Time at, Epoch epoch,
                              RevocationSource* revocation) {
  Verification out;
  out.extracted = extract(message, trust);
  out.states = evaluate(out.extracted, trust, at, epoch, revocation);
  out.verdict = judge(out.extracted.facts, out.states, state_->policy, at, epoch);
  return out;
}

}  // namespace waxseal::smime
