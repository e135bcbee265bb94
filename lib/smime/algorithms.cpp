#include "smime/algorithms.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "smime/der.h"

namespace waxseal::smime {

namespace {

// Where the digest of a signature algorithm comes from.
enum class DigestRule {
  kNamed,   // by the OID: must equal digestAlgorithm
  kOpen,    // from digestAlgorithm (3370 section 3.2)
  kPss,     // from the parameters
  kSha512,  // 8419 section 3.1
  kShake,   // 8419 section 3.1
  kMlDsa,   // 9882 section 3.3
};

struct Row {
  Octets oid;
  Scheme scheme;
  DigestRule rule;
  Digest digest;
  std::string_view name;
};

#define PKCS1(last) Octets("\x2a\x86\x48\x86\xf7\x0d\x01\x01" last, 9)
#define NIST_SIG(last) Octets("\x60\x86\x48\x01\x65\x03\x04\x03" last, 9)
#define ECDSA(tail, size) Octets("\x2a\x86\x48\xce\x3d" tail, size)

constexpr std::array kRows = std::to_array<Row>({
    {PKCS1("\x01"), Scheme::kRsaPkcs1, DigestRule::kOpen, Digest::kUnsupported, "rsa"},
    // MD2 and MD5 have rows so that the label is a mismatch and not merely unknown (ATK-09).
    {PKCS1("\x02"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kUnsupported, "rsa"},
    {PKCS1("\x04"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kUnsupported, "rsa"},
    {PKCS1("\x05"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha1, "rsa"},
    {PKCS1("\x0e"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha224, "rsa"},
    {PKCS1("\x0b"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha256, "rsa"},
    {PKCS1("\x0c"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha384, "rsa"},
    {PKCS1("\x0d"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha512, "rsa"},
    {NIST_SIG("\x0d"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha3_224, "rsa"},
    {NIST_SIG("\x0e"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha3_256, "rsa"},
    {NIST_SIG("\x0f"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha3_384, "rsa"},
    {NIST_SIG("\x10"), Scheme::kRsaPkcs1, DigestRule::kNamed, Digest::kSha3_512, "rsa"},
    {PKCS1("\x0a"), Scheme::kRsaPss, DigestRule::kPss, Digest::kUnsupported, "rsa-pss"},
    {ECDSA("\x02\x01", 7), Scheme::kEcdsa, DigestRule::kOpen, Digest::kUnsupported, "ecdsa"},  // seen in the wild
    {ECDSA("\x04\x01", 7), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha1, "ecdsa"},
    {ECDSA("\x04\x03\x01", 8), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha224, "ecdsa"},
    {ECDSA("\x04\x03\x02", 8), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha256, "ecdsa"},
    {ECDSA("\x04\x03\x03", 8), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha384, "ecdsa"},
    {ECDSA("\x04\x03\x04", 8), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha512, "ecdsa"},
    {NIST_SIG("\x09"), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha3_224, "ecdsa"},
    {NIST_SIG("\x0a"), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha3_256, "ecdsa"},
    {NIST_SIG("\x0b"), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha3_384, "ecdsa"},
    {NIST_SIG("\x0c"), Scheme::kEcdsa, DigestRule::kNamed, Digest::kSha3_512, "ecdsa"},
    {Octets("\x2b\x65\x70", 3), Scheme::kEd25519, DigestRule::kSha512, Digest::kUnsupported, "ed25519"},
    {Octets("\x2b\x65\x71", 3), Scheme::kEd448, DigestRule::kShake, Digest::kUnsupported, "ed448"},
    {NIST_SIG("\x11"), Scheme::kMlDsa44, DigestRule::kMlDsa, Digest::kUnsupported, "ml-dsa-44"},
    {NIST_SIG("\x12"), Scheme::kMlDsa65, DigestRule::kMlDsa, Digest::kUnsupported, "ml-dsa-65"},
    {NIST_SIG("\x13"), Scheme::kMlDsa87, DigestRule::kMlDsa, Digest::kUnsupported, "ml-dsa-87"},
});
constexpr Octets kMgf1 = PKCS1("\x08");
constexpr Octets kPss = PKCS1("\x0a");

#undef PKCS1
#undef NIST_SIG
#undef ECDSA

bool openssl_has(const char* algorithm) {
  EVP_SIGNATURE* found = EVP_SIGNATURE_fetch(nullptr, algorithm, nullptr);
  EVP_SIGNATURE_free(found);
  return found != nullptr;
}

// ML-DSA came with OpenSSL 3.5.
bool available(Scheme scheme) {
  if (scheme != Scheme::kMlDsa44 && scheme != Scheme::kMlDsa65 && scheme != Scheme::kMlDsa87) return true;
  static const bool kHasMlDsa = openssl_has("ML-DSA-65");
  return kHasMlDsa;
}

// 9882 section 3.3: a digest at least as strong as the signature; SHA-512 always.
bool suits_ml_dsa(Scheme scheme, Digest digest) {
  const std::size_t size = row(digest).size;
  if (scheme == Scheme::kMlDsa44) return size >= 32;
  return size >= (scheme == Scheme::kMlDsa65 ? 48u : 64u);
}

bool digest_fits(const Row& found, const SignatureAlgorithm& algorithm, Digest digest) {
  switch (found.rule) {
    case DigestRule::kNamed:
      return found.digest == digest;
    case DigestRule::kOpen:
      return digest != Digest::kShake256;
    case DigestRule::kPss:
      return algorithm.pss.hash == digest && algorithm.pss.mask_hash == digest;
    case DigestRule::kSha512:
      return digest == Digest::kSha512;
    case DigestRule::kShake:
      return digest == Digest::kShake256;
    case DigestRule::kMlDsa:
      return suits_ml_dsa(found.scheme, digest);
  }
  return false;
}

// EdDSA and ML-DSA want no parameters at all (8419 section 3.1); for the others NULL is the same (5754).
bool parameters_fit(const Row& found, const cms::AlgorithmId& algorithm) {
  if (found.rule == DigestRule::kPss) return true;
  return is_pure(found.scheme) ? algorithm.parameters.empty() : cms::has_no_parameters(algorithm);
}

std::optional<Digest> read_hash(Octets encoded) {
  const auto sequence = der::whole_element(encoded);
  if (!sequence || sequence->tag != der::kSequence) return std::nullopt;
  const auto algorithm = cms::read_algorithm(sequence->content);
  return algorithm ? digest_of(*algorithm) : std::optional<Digest>();
}

std::optional<Digest> read_mask(Octets encoded) {
  const auto sequence = der::whole_element(encoded);
  if (!sequence || sequence->tag != der::kSequence) return std::nullopt;
  const auto algorithm = cms::read_algorithm(sequence->content);
  return algorithm && algorithm->oid == kMgf1 ? read_hash(algorithm->parameters) : std::nullopt;
}

std::optional<unsigned> read_integer(Octets encoded) {
  const auto element = der::whole_element(encoded);
  if (!element || element->tag != der::kInteger) return std::nullopt;
  return der::small_integer(element->content);
}

// Reads the optional [tag] of a SEQUENCE into `out`.  False: there, but unreadable.
template <class T, class Read>
bool optional_field(der::Reader& reader, unsigned char tag, T& out, Read read) {
  if (!reader.next_is(tag)) return true;
  const auto content = reader.content(tag);
  const auto value = content ? read(*content) : std::nullopt;
  if (value) out = *value;
  return value.has_value();
}

}  // namespace

bool is_pure(Scheme scheme) {
  return scheme != Scheme::kRsaPkcs1 && scheme != Scheme::kRsaPss && scheme != Scheme::kEcdsa;
}

std::optional<PssParameters> read_pss_parameters(Octets encoded) {
  PssParameters out;
  if (encoded.empty()) return out;
  const auto sequence = der::whole_element(encoded);
  if (!sequence || sequence->tag != der::kSequence) return std::nullopt;
  der::Reader reader(sequence->content);
  unsigned trailer = 1;
  const bool read = optional_field(reader, der::kContext0Constructed, out.hash, read_hash) &&
                    optional_field(reader, der::kContext1Constructed, out.mask_hash, read_mask) &&
                    optional_field(reader, der::kContext2Constructed, out.salt, read_integer) &&
                    optional_field(reader, der::kContext3Constructed, trailer, read_integer);
  if (!read || !reader.at_end() || trailer != 1) return std::nullopt;
  return out;
}

SignatureAlgorithm resolve_signature_algorithm(const cms::AlgorithmId& signature, Digest digest) {
  SignatureAlgorithm out{.name = der::oid_text(signature.oid), .digest = digest};
  const auto found = std::ranges::find(kRows, signature.oid, &Row::oid);
  const auto refuse = [&](Code code) {
    out.codes = {code};
    return out;
  };
  if (found == kRows.end()) return refuse(Code::sig_alg_unsupported);
  out.name = found->name;
  if (!available(found->scheme) || !parameters_fit(*found, signature)) return refuse(Code::sig_alg_unsupported);
  if (found->rule == DigestRule::kPss) {
    const auto pss = read_pss_parameters(signature.parameters);
    if (!pss) return refuse(Code::sig_alg_unsupported);
    out.pss = *pss;
  }
  out.scheme = found->scheme;
  if (!digest_fits(*found, out, digest)) return refuse(Code::sig_alg_mismatch);
  return out;
}

SignatureAlgorithm resolve_signature_algorithm(const cms::AlgorithmId& signature) {
  const auto found = std::ranges::find(kRows, signature.oid, &Row::oid);
  Digest digest = Digest::kUnsupported;
  if (found != kRows.end()) {
    digest = found->digest;
    if (found->rule == DigestRule::kPss) {
      const auto pss = read_pss_parameters(signature.parameters);
      if (pss) digest = pss->hash;
    }
    if (found->rule == DigestRule::kSha512 || found->rule == DigestRule::kMlDsa) digest = Digest::kSha512;
    if (found->rule == DigestRule::kShake) digest = Digest::kShake256;
  }
  SignatureAlgorithm out = resolve_signature_algorithm(signature, digest);
  const bool without_digest = digest == Digest::kUnsupported && out.codes.empty();
  if (without_digest) out.codes = {Code::sig_alg_unsupported};
  return out;
}

bool equal_for_protection(const cms::AlgorithmId& a, const cms::AlgorithmId& b) {
  if (cms::same_algorithm(a, b)) return true;
  if (a.oid != kPss || b.oid != kPss) return false;
  const auto left = read_pss_parameters(a.parameters);
  return left && left == read_pss_parameters(b.parameters);
}

}  // namespace waxseal::smime
