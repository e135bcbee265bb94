// Which digest and signature algorithms a SignerInfo may name and how they must fit together (verification.md 2.4,
// SIG-04, SIG-20, SIG-21).  OpenSSL checks little of this: it ignores the signatureAlgorithm's digest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smime/certificate.h"
#include "smime/cms.h"
#include "smime/code.h"
#include "smime/policy.h"

typedef struct evp_md_st EVP_MD;

namespace waxseal::smime {

enum class Digest {
  kUnsupported,
  kSha1,
  kSha224,
  kSha256,
  kSha384,
  kSha512,
  kSha3_224,
  kSha3_256,
  kSha3_384,
  kSha3_512,
  kShake256,  // 512 bits of output; for Ed448 alone (8419 section 2.3)
};

struct DigestRow {
  Digest id = Digest::kUnsupported;
  std::string_view name;  // "sha256"
  Octets oid;             // content octets
  const char* openssl;    // name for EVP_MD_fetch
  std::size_t size = 0;   // octets
};
// The row of a digest; kUnsupported has an empty one.
const DigestRow& row(Digest digest);
// Fetched once per process; nullptr: this OpenSSL has it not.
const EVP_MD* method(Digest digest);
// SIG-04: parameters absent or NULL, except for id-shake256-len.  kUnsupported for anything outside the table.
Digest digest_of(const cms::AlgorithmId& algorithm);
std::optional<Digest> digest_named(Octets oid);  // parameters not looked at

enum class Scheme { kRsaPkcs1, kRsaPss, kEcdsa, kEd25519, kEd448, kMlDsa44, kMlDsa65, kMlDsa87 };

struct PssParameters {  // RFC 4055 section 3.1 with the DEFAULTs filled in
  Digest hash = Digest::kSha1;
  Digest mask_hash = Digest::kSha1;
  unsigned salt = 20;
  friend bool operator==(const PssParameters&, const PssParameters&) = default;
};
std::optional<PssParameters> read_pss_parameters(Octets encoded);  // empty `encoded`: all DEFAULT

struct SignatureAlgorithm {
  std::string name;              // for people: "rsa", "rsa-pss", "ecdsa", "ed25519", ..., or the dotted OID
  std::optional<Scheme> scheme;  // nullopt: not supported
  Digest digest = Digest::kUnsupported;
  PssParameters pss;        // of kRsaPss
  std::vector<Code> codes;  // sig_alg_unsupported, sig_alg_mismatch: do not verify
};
// SIG-20, as far as it does not depend on the key.
SignatureAlgorithm resolve_signature_algorithm(const cms::AlgorithmId& signature, Digest digest);

// The same for certificates, lists and OCSP answers, where the digest comes with the algorithm.
SignatureAlgorithm resolve_signature_algorithm(const cms::AlgorithmId& signature);

// SIG-21: equal, absent parameters like NULL, PSS after DEFAULT expansion.
bool equal_for_protection(const cms::AlgorithmId& a, const cms::AlgorithmId& b);

// Key checks of 2.4.  key_unsupported and sig_alg_mismatch: do not verify; weak_* leave the arithmetic right.
std::vector<Code> key_problems(const Certificate& certificate, const SignatureAlgorithm& algorithm,
                               const Policy& policy);

// The signature is right under the key.  `octets` is what was signed, not its digest.
bool verify_signature(const Certificate& certificate, const SignatureAlgorithm& algorithm, Octets octets,
                      Octets signature);

// The same when the digest of what was signed is known; not for the pure schemes (Ed*, ML-DSA), see is_pure().
bool verify_digest(const Certificate& certificate, const SignatureAlgorithm& algorithm, Octets digest,
                   Octets signature);
bool is_pure(Scheme scheme);

// Signature of a list or an OCSP answer: an algorithm and a key that the policy accepts, and arithmetic that is right.
// What would be too weak in a certificate is too weak here (2.4).
bool verify_evidence(const Certificate& signer, const cms::AlgorithmId& algorithm, Octets octets, Octets signature,
                     const Policy& policy);

}  // namespace waxseal::smime
