// CMS objects for tests, encoded by hand: a correct SignedData by default, and every field can be made wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/pki.h"

namespace waxseal::test {

namespace oids {
inline constexpr std::string_view kData = "1.2.840.113549.1.7.1";
inline constexpr std::string_view kSignedData = "1.2.840.113549.1.7.2";
inline constexpr std::string_view kEnvelopedData = "1.2.840.113549.1.7.3";
inline constexpr std::string_view kAuthEnvelopedData = "1.2.840.113549.1.9.16.1.23";
inline constexpr std::string_view kCompressedData = "1.2.840.113549.1.9.16.1.9";
inline constexpr std::string_view kTstInfo = "1.2.840.113549.1.9.16.1.4";
inline constexpr std::string_view kContentType = "1.2.840.113549.1.9.3";
inline constexpr std::string_view kMessageDigest = "1.2.840.113549.1.9.4";
inline constexpr std::string_view kSigningTime = "1.2.840.113549.1.9.5";
inline constexpr std::string_view kSigningCertificate = "1.2.840.113549.1.9.16.2.12";
inline constexpr std::string_view kSigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
inline constexpr std::string_view kAlgorithmProtect = "1.2.840.113549.1.9.52";
inline constexpr std::string_view kSmimeCapabilities = "1.2.840.113549.1.9.15";
}  // namespace oids

struct Attribute {
  std::string oid;
  std::vector<std::string> values;  // encoded
  std::string der() const;
};
Attribute* find(std::vector<Attribute>& attributes, std::string_view oid);

enum class Ess { kNone, kV1, kV2, kBoth };

// The fields of one SignerInfo after signing, each as encoded, in order of appearance.
struct SignerFields {
  std::string version, sid, digest_algorithm, signed_attributes, signature_algorithm, signature, unsigned_attributes;
};

struct SignerSpec {
  Cert cert;
  std::string digest = "SHA256";
  bool by_key_identifier = false;
  bool signed_attributes = true;
  std::optional<Time> signing_time = default_now();
  Ess ess = Ess::kNone;
  std::vector<Cert> ess_path;  // further ESSCertIDs after the signer's
  bool algorithm_protect = false;
  bool pss = false;
  bool sort_attributes = true;             // false: signed over the order as is
  std::string econtent_type{oids::kData};  // value of the contentType attribute
  std::vector<Attribute> unsigned_attributes;
  std::optional<std::string> digest_algorithm;  // AlgorithmIdentifier as labelled, if not the true one
  std::optional<std::string> signature_algorithm;
  std::optional<std::string> signature_digest;                   // digest used to sign, if not `digest`
  std::function<void(std::vector<Attribute>&)> edit_attributes;  // before signing: the signature stays right
  std::function<void(SignerFields&)> edit;                       // after signing
};

struct CmsSpec {
  std::vector<SignerSpec> signers;
  bool detached = true;
  bool ber = false;  // indefinite lengths and segmented eContent, as `openssl cms -stream` writes
  std::size_t segment = 1000;
  std::string econtent_type{oids::kData};
  bool include_signer_certificates = true;
  std::vector<std::string> certificates;  // further ones, DER or any CertificateChoices
  std::vector<std::string> crls;
  std::optional<std::vector<std::string>> digest_algorithms;  // of SignedData; default: those of the signers
  std::optional<std::string> embedded;                        // eContent, if not the content that is signed
  std::string trailing;                                       // after the ContentInfo
};

// ContentInfo over `content`.
std::string make_cms(const CmsSpec& spec, std::string_view content);
std::string make_cms(const SignerSpec& signer, std::string_view content);  // detached, signer and intermediate inside

// ContentInfo of any type around the encoded content.
std::string content_info(std::string_view type, std::string_view content);
// zlib-compressed CompressedData (RFC 3274).
std::string compressed_data(std::string_view content, std::string_view econtent_type = oids::kData);
// A plausible EnvelopedData that nobody can open.
std::string enveloped_data(std::string_view type = oids::kEnvelopedData);

// The SET OF that a signature with attributes covers (for signed-attributes-as-content forgeries).
std::string signed_attributes(const SignerSpec& signer, std::string_view content);

}  // namespace waxseal::test
