#include "smime/revocation.h"

#include <algorithm>

#include "smime/names.h"

namespace waxseal::smime {

namespace {

Sha256 digest_of(Octets kind, const Sha256& first, Octets rest) {
  return Sha256Stream().add(kind).add(first.view()).add(rest).finish();
}

std::vector<std::string> list_issuers(const RevocationQuestion& question) {
  std::vector<std::string> issuers = {std::string(question.certificate->issuer_der())};
  for (const DistributionPoint& point : question.pointers.points)
    issuers.insert(issuers.end(), point.crl_issuers.begin(), point.crl_issuers.end());
  return issuers;
}

}  // namespace

Authority authority_of(const Certificate& issuer) {
  return issuer.spki_sha256();
}

Authority indirect_authority(const Certificate& anchor, Octets crl_issuer) {
  return digest_of("indirect list\n", anchor.spki_sha256(), canonical_name(crl_issuer));
}

Authority indirect_entry_authority(const Authority& lists, Octets certificate_issuer) {
  return digest_of("indirect entry\n", lists, canonical_name(certificate_issuer));
}

RevocationQuestion make_question(CertificatePtr certificate, CertificatePtr issuer, CertificatePtr anchor,
                                 std::size_t depth, const Policy& policy) {
  RevocationQuestion question{std::move(certificate), std::move(issuer), std::move(anchor), depth, {}, {}, {}};
  question.pointers = revocation_pointers(*question.certificate);
  const Authority own = authority_of(*question.issuer);
  question.list_authorities = {own};
  question.entry_authorities = {own};
  if (!policy.revocation.indirect_crl) return question;
  for (const std::string& issuer_name : list_issuers(question)) {
    const Authority lists = indirect_authority(*question.anchor, issuer_name);
    if (std::ranges::find(question.list_authorities, lists) != question.list_authorities.end()) continue;
    question.list_authorities.push_back(lists);
    question.entry_authorities.push_back(indirect_entry_authority(lists, question.certificate->issuer_der()));
  }
  return question;
}

}  // namespace waxseal::smime
