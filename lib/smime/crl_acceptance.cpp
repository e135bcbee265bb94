#include "smime/crl_acceptance.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "smime/algorithms.h"
#include "smime/names.h"
#include "smime/path_building.h"
#include "smime/path_validator.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kMaxSignerCandidates = 8;

bool may_sign_lists(const Certificate& certificate) {  // all ones without the extension
  return (X509_get_key_usage(certificate.x509()) & KU_CRL_SIGN) != 0;
}

bool key_identifier_fits(const Crl& crl, const Certificate& signer) {
  const Octets wanted = crl.authority_key_identifier();
  return wanted.empty() || !signer.key_identifier() || *signer.key_identifier() == wanted;
}

bool can_sign(const Crl& crl, const Certificate& candidate) {
  return same_name(candidate.subject_der(), crl.issuer()) && key_identifier_fits(crl, candidate) &&
         may_sign_lists(candidate);
}

bool spend(const CrlSigners& signers, std::size_t cost) {
  return signers.work == nullptr || signers.work->spend(cost);
}

// 5280 section 6.3.3 (f): a path of its own to the same anchor.
bool leads_to(const CertificatePtr& candidate, const CertificatePtr& anchor, const CrlSigners& signers,
              const Policy& policy, Time now) {
  if (candidate->id() == anchor->id()) return true;
  SignatureMemo memo(kMaxSignerCandidates * 8);
  Policy within = policy;
  if (signers.work != nullptr) within.limits.path_work = std::min(within.limits.path_work, signers.work->left());
  const BuiltPaths built = build_paths({candidate, {anchor}, signers.more, signers.trust.intermediates}, within, memo);
  if (!spend(signers, built.work)) return false;
  return std::ranges::any_of(built.paths,
                             [&](const Path& path) { return validate_with_openssl(path, policy, now).empty(); });
}

// The certificate whose key signed the list; the certificate's own issuer needs no second path.
CertificatePtr find_signer(const Crl& crl, const RevocationQuestion& question, const CrlSigners& signers,
                           const Policy& policy, Time now) {
  const auto signed_by = [&](const CertificatePtr& candidate) {
    return candidate && can_sign(crl, *candidate) && spend(signers, candidate->key_facts().cost) &&
           verify_evidence(*candidate, crl.signature_algorithm(), crl.signed_octets(), crl.signature(), policy);
  };
  for (const CertificatePtr& known : {question.issuer, question.anchor})
    if (signed_by(known)) return known;
  std::size_t tried = 0;
  for (const auto* source : {&signers.more, &signers.trust.intermediates}) {
    for (const CertificatePtr& candidate : *source) {
      if (!candidate || !same_name(candidate->subject_der(), crl.issuer())) continue;
      if (++tried > kMaxSignerCandidates) return nullptr;
      if (signed_by(candidate) && leads_to(candidate, question.anchor, signers, policy, now)) return candidate;
    }
  }
  return nullptr;
}

bool is_own_issuer(const Crl& crl, const RevocationQuestion& question) {
  return same_name(crl.issuer(), question.certificate->issuer_der());
}

bool is_named_crl_issuer(const Crl& crl, const RevocationQuestion& question) {
  return std::ranges::any_of(question.pointers.points, [&](const DistributionPoint& point) {
    return std::ranges::any_of(point.crl_issuers,
                               [&](const std::string& issuer) { return same_name(issuer, crl.issuer()); });
  });
}

ListHead head_of(const Crl& crl, const Authority& authority) {
  ListHead head;
  head.id = crl.id();
  head.authority = authority;
  head.scope = sha256(crl.scope_octets());
  head.delta = crl.base_number().has_value();
  head.this_update = crl.this_update();
  head.next_update = crl.next_update();
  head.number = crl.number();
  head.base_number = crl.base_number().value_or("");
  head.scope_octets = crl.scope_octets();
  head.issuer = crl.issuer();
  head.expired_certs_since = crl.expired_certs_since();
  return head;
}

// The point that the list was published at (REV-04).  A list of the issuer itself may also be one that no point names:
// then it is as if a point had the issuer's name (5280 section 6.3.3, end).
bool is_point_of(const ListHead& head, const CrlScope& scope, const DistributionPoint& point,
                 const RevocationQuestion& question, bool own_issuer) {
  const bool publisher =
      point.indirect()
          ? std::ranges::any_of(point.crl_issuers, [&](const auto& name) { return same_name(name, head.issuer); })
          : own_issuer;
  if (!publisher) return false;
  if (point.indirect() && !same_name(head.issuer, question.certificate->issuer_der()) && !scope.indirect) return false;
  if (scope.names.empty()) return true;
  if (!point.names.empty()) return share_a_name(scope.names, point.names);
  std::vector<std::string> issuers;
  for (const std::string& name : point.crl_issuers) issuers.push_back(directory_name(name));
  return share_a_name(scope.names, issuers);
}

}  // namespace

Authority AcceptedCrl::authority_of(const CrlEntry& entry) const {
  if (!crl->scope().indirect) return head.authority;
  const Octets issuer = entry.certificate_issuer.empty() ? crl->issuer() : entry.certificate_issuer;
  return indirect_entry_authority(head.authority, issuer);
}

bool names_fit(const Crl& crl, const RevocationQuestion& question) {
  return is_own_issuer(crl, question) || is_named_crl_issuer(crl, question);
}

Result<AcceptedCrl, Code> accept_crl(CrlPtr crl, const RevocationQuestion& question, const CrlSigners& signers,
                                     const Policy& policy, Time now) {
  if (!names_fit(*crl, question)) return unexpected(Code::crl_invalid);
  if (crl->scope().indirect && !policy.revocation.indirect_crl) return unexpected(Code::crl_indirect_unsupported);
  if (!is_own_issuer(*crl, question) && !policy.revocation.indirect_crl)
    return unexpected(Code::crl_indirect_unsupported);
  // CVE-2026-28388: a delta without a number of its own.
  const bool delta = crl->base_number().has_value();
  if (delta && (!policy.revocation.deltas || crl->number().empty())) return unexpected(Code::crl_invalid);
  if (crl->this_update() > now + kRevocationSkew) return unexpected(Code::crl_invalid);
  CertificatePtr signer = find_signer(*crl, question, signers, policy, now);
  if (!signer) return unexpected(Code::crl_invalid);
  const bool indirect = crl->scope().indirect || !is_own_issuer(*crl, question);
  const Authority authority =
      indirect ? indirect_authority(*question.anchor, crl->issuer()) : authority_of(*question.issuer);
  ListHead head = head_of(*crl, authority);
  return AcceptedCrl{std::move(crl), std::move(head), std::move(signer)};
}

bool covers(const ListHead& head, const RevocationQuestion& question, unsigned& reasons) {
  const auto read = head.scope_octets.empty() ? std::optional(CrlScope{}) : read_scope(head.scope_octets, head.issuer);
  if (!read) return false;
  const CrlScope& scope = *read;
  const bool is_ca = (X509_get_extension_flags(question.certificate->x509()) & EXFLAG_CA) != 0;
  if (scope.only_attribute || (scope.only_user && is_ca) || (scope.only_ca && !is_ca)) return false;
  const bool own_issuer = same_name(head.issuer, question.certificate->issuer_der());
  unsigned covered = 0;
  for (const DistributionPoint& point : question.pointers.points)
    if (is_point_of(head, scope, point, question, own_issuer)) covered |= point.reasons & scope.reasons;
  // A list of the issuer with any name, or with the issuer's own, needs no point.
  const bool implied = scope.names.empty() || share_a_name(scope.names, {directory_name(head.issuer)});
  if (own_issuer && implied) covered |= scope.reasons;
  reasons = covered;
  return covered != 0;
}

}  // namespace waxseal::smime
