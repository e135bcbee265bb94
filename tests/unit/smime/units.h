// Certificates of the test PKI as the library sees them, and one call that evaluates a unit.
#pragma once

#include <map>

#include "smime/path.h"
#include "support/pki.h"

namespace waxseal::test {

inline smime::CertificatePtr parsed(const Cert& cert) {
  return smime::Certificate::parse(cert.der);
}

inline std::vector<smime::CertificatePtr> parsed_all(const std::vector<Cert>& certs) {
  std::vector<smime::CertificatePtr> out;
  for (const Cert& cert : certs) out.push_back(parsed(cert));
  return out;
}

inline smime::TrustStore trusting(const std::vector<Cert>& anchors, const std::vector<Cert>& intermediates = {}) {
  smime::TrustStore trust;
  for (const Cert& anchor : anchors) trust.anchors.push_back({parsed(anchor), std::nullopt});
  trust.intermediates = parsed_all(intermediates);
  return trust;
}

class CertificateMap final : public smime::UnitCertificates {
 public:
  void add(smime::CertificatePtr certificate) { known_[certificate->id()] = std::move(certificate); }
  smime::CertificatePtr get(const smime::CertId& id) override {
    auto it = known_.find(id);
    return it == known_.end() ? nullptr : it->second;
  }

 private:
  std::map<smime::CertId, smime::CertificatePtr> known_;
};

// What a message gives: a signer certificate and the bag it came in.
struct Supplied {
  Cert leaf;
  std::vector<Cert> bag;
  std::vector<std::string> ess_path_set;
};

inline smime::Policy without_revocation() {
  smime::Policy policy;
  policy.revocation.mode = smime::RevocationMode::kOff;
  return policy;
}

struct Evaluation {
  smime::TrustStore trust;
  smime::Policy policy;
  Time at = default_now();
  smime::Epoch epoch = smime::Epoch::kNow;
};

inline smime::UnitState evaluate(const Supplied& supplied, const Evaluation& how) {
  CertificateMap certificates;
  const smime::CertificatePtr leaf = parsed(supplied.leaf);
  const auto bag = parsed_all(supplied.bag);
  certificates.add(leaf);
  for (const auto& certificate : bag) certificates.add(certificate);
  smime::PathValidator paths(how.policy);
  smime::UnitState state =
      paths.evaluate(make_unit(*leaf, bag, supplied.ess_path_set), certificates, how.trust, how.at, how.epoch);
  // What is said of revocation, where nothing is at hand, is another question.
  std::erase_if(state.codes, [](smime::Code code) { return smime::row(code).phase == smime::Phase::kRevocation; });
  return state;
}

inline std::vector<std::string> names(const std::vector<smime::Code>& codes) {
  std::vector<std::string> out;
  for (const smime::Code code : codes) out.emplace_back(row(code).name);
  return out;
}

// The codes alone, by name, so that a failing test says what was found.
inline std::vector<std::string> path_codes(const Supplied& supplied, const Evaluation& how) {
  return names(evaluate(supplied, how).codes);
}

using Codes = std::vector<std::string>;

}  // namespace waxseal::test
