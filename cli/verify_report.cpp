#include "cli/verify_report.h"

#include <algorithm>

namespace waxseal::cli {

namespace {

using smime::Candidate;
using smime::CertId;
using smime::CertificatePtr;

CertificatePtr find_certificate(const CertId& id, const smime::Extracted& extracted, const smime::TrustStore& trust) {
  if (const auto found = extracted.certificates.find(id); found != extracted.certificates.end()) return found->second;
  for (const smime::Anchor& anchor : trust.anchors)
    if (anchor.certificate->id() == id) return anchor.certificate;
  for (const CertificatePtr& intermediate : trust.intermediates)
    if (intermediate->id() == id) return intermediate;
  return nullptr;
}

// The certificate that the verdict names, else the one that made the signature, else the first that could have.
const Candidate* choose(const smime::SignerFacts& signer, const std::optional<CertId>& named) {
  const auto find = [&](auto matches) -> const Candidate* {
    const auto found = std::find_if(signer.candidates.begin(), signer.candidates.end(), matches);
    return found == signer.candidates.end() ? nullptr : &*found;
  };
  if (const Candidate* match = find([&](const Candidate& c) { return c.certificate == named; })) return match;
  if (const Candidate* match = find([](const Candidate& c) { return c.verifies; })) return match;
  return find([](const Candidate&) { return true; });
}

void describe(const Candidate& candidate, const smime::Verification& verification, const smime::TrustStore& trust,
              SignerReport& report) {
  report.certificate = find_certificate(candidate.certificate, verification.extracted, trust);
  for (const smime::CertAddress& address : candidate.addresses) report.addresses.push_back(address.address());
  report.codes.insert(report.codes.end(), candidate.codes.begin(), candidate.codes.end());
  const auto state = verification.states.find(candidate.unit.id());
  if (state != verification.states.end())
    report.codes.insert(report.codes.end(), state->second.codes.begin(), state->second.codes.end());
}

SignerReport report_signer(const smime::SignerFacts& signer, const smime::Verification& verification,
                           const smime::TrustStore& trust) {
  SignerReport report;
  report.digest_algorithm = signer.digest_algorithm;
  report.signature_algorithm = signer.signature_algorithm;
  report.signing_time = signer.signing_time;
  report.codes = signer.codes;
  if (const Candidate* candidate = choose(signer, verification.verdict.signer))
    describe(*candidate, verification, trust, report);
  smime::sort_codes(report.codes);
  return report;
}

std::vector<CertificatePtr> chosen_chain(const smime::Verification& verification, const smime::TrustStore& trust) {
  const smime::Verdict& verdict = verification.verdict;
  if (!verdict.layer || !verdict.signer) return {};
  for (const smime::SignerFacts& signer : verification.extracted.facts.layers[*verdict.layer].signers) {
    const Candidate* candidate = choose(signer, verdict.signer);
    if (!candidate || candidate->certificate != verdict.signer) continue;
    const auto state = verification.states.find(candidate->unit.id());
    if (state == verification.states.end()) continue;
    std::vector<CertificatePtr> chain;
    for (const Sha256& id : state->second.path)
      if (CertificatePtr certificate = find_certificate(id, verification.extracted, trust))
        chain.push_back(certificate);
    return chain;
  }
  return {};
}

}  // namespace

Report make_report(const Input& input, const smime::Verification& verification, const smime::TrustStore& trust,
                   Time at) {
  const smime::Facts& facts = verification.extracted.facts;
  Report report;
  report.file = input.file;
  report.number = input.number;
  report.at = at;
  report.envelope = facts.envelope;
  report.errant = facts.errant;
  report.verdict = verification.verdict;
  for (const mime::Mailbox& mailbox : facts.identity.from) report.from.push_back(mailbox.address());
  for (std::size_t i = 0; i < facts.layers.size(); ++i) {
    LayerReport layer;
    layer.form = facts.layers[i].form;
    layer.section = facts.layers[i].section;
    layer.deciding = verification.verdict.layer == i;
    for (const smime::SignerFacts& signer : facts.layers[i].signers)
      layer.signers.push_back(report_signer(signer, verification, trust));
    report.layers.push_back(std::move(layer));
  }
  report.chain = chosen_chain(verification, trust);
  return report;
}

}  // namespace waxseal::cli
