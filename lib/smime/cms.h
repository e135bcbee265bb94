// Our own reading of CMS (RFC 5652): every field is a view into the blob.  No OpenSSL object is built, so that the cost
// of a message whose signer is known is its digests and one signature (verification.md 2.1 lists what CMS_verify
// omits).
#pragma once

#include <optional>
#include <vector>

#include "base/octets.h"
#include "base/result.h"
#include "smime/code.h"
#include "smime/policy.h"

namespace waxseal::smime::cms {

// Content octets of object identifiers.
inline constexpr Octets kData{"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 9};
inline constexpr Octets kSignedData{"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9};
inline constexpr Octets kEnvelopedData{"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 9};
inline constexpr Octets kAuthEnvelopedData{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17", 11};
inline constexpr Octets kCompressedData{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09", 11};

struct AlgorithmId {
  Octets oid;         // content octets
  Octets parameters;  // the whole element; empty: absent
};
// Of the content of a SEQUENCE (or of an implicitly tagged one).
std::optional<AlgorithmId> read_algorithm(Octets content);
// OID equal, parameters equal, absent and NULL the same.
bool same_algorithm(const AlgorithmId& a, const AlgorithmId& b);
bool has_no_parameters(const AlgorithmId& algorithm);  // absent or NULL

struct Attribute {
  Octets oid;                  // content octets
  std::vector<Octets> values;  // whole elements
  Octets whole;
};

struct SignerId {
  Octets issuer;          // the whole Name; empty: identified by subjectKeyIdentifier
  Octets serial;          // INTEGER content octets
  Octets key_identifier;  // OCTET STRING content
};

struct SignerInfo {
  SignerId sid;
  AlgorithmId digest_algorithm;
  AlgorithmId signature_algorithm;
  Octets signature;
  bool has_signed_attributes = false;
  std::vector<Attribute> signed_attributes;  // as received
  Octets signed_attributes_content;          // of the [0], for the received order (SIG-11h)
  bool signed_attributes_der = false;        // sorted, definite and shortest lengths
  std::vector<Attribute> unsigned_attributes;
};

struct SignedData {
  Octets content_type;               // eContentType, content octets
  bool has_content = false;          // eContent present
  std::vector<Octets> content;       // its segments (BYT-1); one unless constructed
  std::vector<Octets> certificates;  // X.509 choices only, whole elements, in order of appearance
  std::vector<Octets> crls;          // CertificateList choices only, whole elements (REV-03: nothing but candidates)
  std::vector<SignerInfo> signers;
};

// The content of the ContentInfo's [0]; nullopt if `blob` is no ContentInfo.
std::optional<Octets> content_of(Octets blob);

// `content` is what content_of() gives for id-signedData.  Errors: cms_malformed, limit_exceeded.
Result<SignedData, Code> read_signed_data(Octets content, const Limits& limits);

struct CompressedData {
  std::vector<Octets> segments;  // zlib stream
};
// Errors: compressed_malformed (also for another algorithm or inner type than zlib and id-data).
Result<CompressedData, Code> read_compressed_data(Octets content);

// SET OF Attribute; nullopt: not that.  Errors of count are for the caller.
std::optional<std::vector<Attribute>> read_attributes(Octets content);

// SIG-12b: the octets are a DER SET OF Attribute with a contentType and a messageDigest, so that a signature over them
// as content is really one over the attributes of another message (ATK-02).
bool looks_like_signed_attributes(Octets octets);

}  // namespace waxseal::smime::cms
