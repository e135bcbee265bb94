// Signature arithmetic.  Every OpenSSL result is compared with 1 (rule R19).
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "smime/algorithms.h"

namespace waxseal::smime {

namespace {

struct Free {
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};

const unsigned char* bytes(Octets octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

bool verify_pure(EVP_PKEY* key, Octets octets, Octets signature) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(octets), octets.size()) == 1;
}

}  // namespace

bool verify_digest(const Certificate& certificate, const SignatureAlgorithm& algorithm, Octets digest,
                   Octets signature) {
  auto prepared = certificate.prepared().take();
  if (!prepared || !prepared->is_for(algorithm)) prepared = PreparedVerification::make(certificate.key(), algorithm);
  const bool verified = prepared && prepared->verify(digest, signature);
  if (verified) certificate.prepared().keep(std::move(prepared));  // what refused once is not used again
  ERR_clear_error();
  return verified;
}

bool verify_signature(const Certificate& certificate, const SignatureAlgorithm& algorithm, Octets octets,
                      Octets signature) {
  if (certificate.key() == nullptr || !algorithm.scheme) return false;
  if (is_pure(*algorithm.scheme)) {
    const bool verified = verify_pure(certificate.key(), octets, signature);
    ERR_clear_error();
    return verified;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &size, method(algorithm.digest), nullptr) != 1)
    return false;
  return verify_digest(certificate, algorithm, {reinterpret_cast<const char*>(digest.data()), size}, signature);
}

bool verify_evidence(const Certificate& signer, const cms::AlgorithmId& algorithm, Octets octets, Octets signature,
                     const Policy& policy) {
  const SignatureAlgorithm resolved = resolve_signature_algorithm(algorithm);
  if (!resolved.codes.empty() || signer.key() == nullptr) return false;
  const auto is_fatal = [&](Code code) { return policy.severity(code) == Severity::kFatal; };
  if (resolved.digest == Digest::kSha1 && is_fatal(Code::weak_chain_signature)) return false;
  return std::ranges::none_of(key_problems(signer, resolved, policy), is_fatal) &&
         verify_signature(signer, resolved, octets, signature);
}

}  // namespace waxseal::smime
