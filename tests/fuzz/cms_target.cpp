// Our reading of SignedData beside OpenSSL's: where both accept the octets, they see the same signers and content.
#include "smime/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>

#include "fuzz/target.h"
#include "fuzz/trusted_verifier.h"
#include "smime/prescan.h"

namespace waxseal::fuzz {

namespace {

using smime::cms::SignedData;
using smime::cms::SignerInfo;

struct Free {
  void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }
};
using CmsPtr = std::unique_ptr<CMS_ContentInfo, Free>;

Octets view(const ASN1_STRING* string) {
  return string == nullptr ? Octets()
                           : Octets(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                                    static_cast<std::size_t>(ASN1_STRING_length(string)));
}

Octets view(const ASN1_OBJECT* object) {
  return {reinterpret_cast<const char*>(OBJ_get0_data(object)), OBJ_length(object)};
}

std::optional<SignedData> our_reading(Octets blob) {
  static const smime::Limits kLimits;
  const smime::Scan scan = smime::prescan(blob, kLimits);
  if (scan.fault != smime::ScanFault::kNone || scan.size != blob.size()) return std::nullopt;
  if (smime::peek_content_type(blob) != smime::cms::kSignedData) return std::nullopt;
  const auto content = smime::cms::content_of(blob);
  if (!content) return std::nullopt;
  auto data = smime::cms::read_signed_data(*content, kLimits);
  if (!data) return std::nullopt;
  return *std::move(data);
}

CmsPtr openssl_reading(Octets blob) {
  const auto* at = reinterpret_cast<const unsigned char*>(blob.data());
  const unsigned char* const end = at + blob.size();
  CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(blob.size())));
  ERR_clear_error();
  return cms && at == end ? std::move(cms) : nullptr;
}

void compare_signer(const SignerInfo& ours, CMS_SignerInfo* theirs) {
  X509_ALGOR *digest = nullptr, *signature = nullptr;
  CMS_SignerInfo_get0_algs(theirs, nullptr, nullptr, &digest, &signature);
  require(view(digest->algorithm) == ours.digest_algorithm.oid, "both read the same digest algorithm");
  require(view(signature->algorithm) == ours.signature_algorithm.oid, "both read the same signature algorithm");
  require(view(CMS_SignerInfo_get0_signature(theirs)) == ours.signature, "both read the same signature");
  require(std::max(CMS_signed_get_attr_count(theirs), 0) == static_cast<int>(ours.signed_attributes.size()),
          "both read the same signed attributes");
  ASN1_OCTET_STRING* key_identifier = nullptr;
  ASN1_INTEGER* serial = nullptr;
  CMS_SignerInfo_get0_signer_id(theirs, &key_identifier, nullptr, &serial);
  require((serial != nullptr) == !ours.sid.issuer.empty(), "both read the same kind of signer identifier");
  if (key_identifier != nullptr)
    require(view(key_identifier) == ours.sid.key_identifier, "both read the same key identifier");
}

void compare_content(const SignedData& ours, CMS_ContentInfo* theirs) {
  require(view(CMS_get0_eContentType(theirs)) == ours.content_type, "both read the same content type");
  ASN1_OCTET_STRING** content = CMS_get0_content(theirs);
  const bool has_content = content != nullptr && *content != nullptr;
  require(has_content == ours.has_content, "both see a content, or none");
  std::string joined;
  for (const Octets segment : ours.content) joined.append(segment);
  if (has_content) require(view(*content) == joined, "both read the same content");
}

void compare(const SignedData& ours, CMS_ContentInfo* theirs) {
  compare_content(ours, theirs);
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(theirs);
  const int count = std::max(sk_CMS_SignerInfo_num(signers), 0);
  require(count == static_cast<int>(ours.signers.size()), "both see the same number of signers");
  for (int i = 0; i < count; ++i)
    compare_signer(ours.signers[static_cast<std::size_t>(i)], sk_CMS_SignerInfo_value(signers, i));
  STACK_OF(X509)* certificates = CMS_get1_certs(theirs);
  require(std::max(sk_X509_num(certificates), 0) == static_cast<int>(ours.certificates.size()),
          "both see the same number of certificates");
  sk_X509_pop_free(certificates, X509_free);
}

}  // namespace

void cms(Octets input) {
  if (const auto ours = our_reading(input))
    if (const CmsPtr theirs = openssl_reading(input)) compare(*ours, theirs.get());
  ERR_clear_error();
  for (const std::string& message : {as_opaque_message(input), as_detached_message(input)})
    require_no_forgery(message, verify(message));
}

}  // namespace waxseal::fuzz
