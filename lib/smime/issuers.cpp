#include "smime/issuers.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "smime/cms.h"
#include "smime/path_validator.h"
#include "smime/prescan.h"

namespace waxseal::smime {

namespace {

// Simple PKI Response: SignedData without signers (8551 section 3.8).
std::vector<CertificatePtr> read_cms(Octets octets, const Policy& policy) {
  std::vector<CertificatePtr> out;
  const Scan scan = prescan(octets, policy.limits);
  const auto content =
      scan.fault == ScanFault::kNone && scan.size == octets.size() ? cms::content_of(octets) : std::nullopt;
  if (!content || peek_content_type(octets) != cms::kSignedData) return out;
  const auto read = cms::read_signed_data(*content, policy.limits);
  if (!read) return out;
  for (const Octets der : read->certificates)
    if (CertificatePtr certificate = Certificate::parse(der)) out.push_back(std::move(certificate));
  return out;
}

bool issued(const CertificatePtr& child, const CertificatePtr& issuer, const Policy& policy) {
  const bool authority = X509_check_ca(issuer->x509()) != 0;
  ERR_clear_error();
  if (!authority) return false;
  const std::vector<CertificatePtr> none;
  SignatureMemo memo(1);
  return !build_paths({child, {issuer}, {}, none}, policy, memo).paths.empty();
}

}  // namespace

Result<std::vector<CertificatePtr>> read_issuers(Octets octets, const CertificatePtr& child, const Policy& policy) {
  if (octets.size() > kMaxIssuerOctets) return unexpected("too large");
  auto found = TrustStore::read_certificates(octets);
  std::vector<CertificatePtr> certificates = found ? *std::move(found) : read_cms(octets, policy);
  if (certificates.empty()) return unexpected("neither a certificate nor a CMS with certificates");
  if (certificates.size() > kMaxIssuers) return unexpected("more than 16 certificates");
  std::erase_if(certificates, [&](const CertificatePtr& each) { return !issued(child, each, policy); });
  if (certificates.empty()) return unexpected("no issuer of the certificate that names this URL");
  return certificates;
}

bool leads_to_anchor(const CertificatePtr& issuer, const TrustStore& trust, const Policy& policy, Time now) {
  PathInputs inputs{issuer, {}, {}, trust.intermediates};
  for (const Anchor& anchor : trust.anchors)
    if (!anchor.removed_at && anchor.certificate) inputs.anchors.push_back(anchor.certificate);
  return has_valid_path(inputs, policy, now);
}

}  // namespace waxseal::smime
