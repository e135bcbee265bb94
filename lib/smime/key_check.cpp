// What a signer's key may be (verification.md 2.4).
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "smime/algorithms.h"

namespace waxseal::smime {

namespace {

constexpr int kRefusedRsaBits = 1024;  // below: no signature at all (8551 section 6)
constexpr int kMaxExponentBits = 64;   // a longer one only burns time (ATK-17)
constexpr unsigned kUsualExponent = 65537;

constexpr std::string_view kCurves[] = {"prime256v1",      "secp384r1",       "secp521r1",
                                        "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"};

const char* key_name(Scheme scheme) {
  switch (scheme) {
    case Scheme::kRsaPkcs1:
    case Scheme::kRsaPss:
      return "RSA";
    case Scheme::kEcdsa:
      return "EC";
    case Scheme::kEd25519:
      return "ED25519";
    case Scheme::kEd448:
      return "ED448";
    case Scheme::kMlDsa44:
      return "ML-DSA-44";
    case Scheme::kMlDsa65:
      return "ML-DSA-65";
    case Scheme::kMlDsa87:
      return "ML-DSA-87";
  }
  return "";
}

bool key_suits(EVP_PKEY* key, Scheme scheme) {
  if (EVP_PKEY_is_a(key, key_name(scheme)) == 1) return true;
  return scheme == Scheme::kRsaPss && EVP_PKEY_is_a(key, "RSA-PSS") == 1;
}

bool is_rsa(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
}

std::vector<Code> rsa_problems(EVP_PKEY* key, const Policy& policy) {
  const int bits = EVP_PKEY_get_bits(key);
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) return {Code::key_unsupported};
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> exponent(raw, BN_free);
  if (bits < kRefusedRsaBits || bits > static_cast<int>(policy.max_rsa_bits) || BN_is_odd(raw) != 1 ||
      BN_is_one(raw) == 1 || BN_num_bits(raw) > kMaxExponentBits)
    return {Code::key_unsupported};
  std::vector<Code> out;
  if (bits < static_cast<int>(policy.min_rsa_bits)) out.push_back(Code::weak_key);
  if (BN_get_word(raw) < kUsualExponent) out.push_back(Code::weak_exponent);
  return out;
}

// CVE-2022-0778: curves that spell out their parameters are refused, whatever they are.
bool is_allowed_curve(EVP_PKEY* key, const Policy& policy) {
  int is_explicit = 0;
  if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 && is_explicit)
    return false;
  char name[64];
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return false;
  const std::string_view curve(name, size);
  return std::ranges::count(kCurves, curve) > 0 || (policy.allow_secp256k1 && curve == "secp256k1");
}

bool is_allowed_other(EVP_PKEY* key) {
  for (const char* name : {"ED25519", "ED448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"})
    if (EVP_PKEY_is_a(key, name) == 1) return true;
  return false;
}

std::vector<Code> key_type_problems(EVP_PKEY* key, const Policy& policy) {
  if (key == nullptr) return {Code::key_unsupported};
  if (is_rsa(key)) return rsa_problems(key, policy);
  const bool allowed = EVP_PKEY_is_a(key, "EC") == 1 ? is_allowed_curve(key, policy) : is_allowed_other(key);
  return allowed ? std::vector<Code>() : std::vector<Code>{Code::key_unsupported};
}

// 20 <= salt <= emLen - hLen - 2 (SIG-20).
bool salt_fits(EVP_PKEY* key, const SignatureAlgorithm& algorithm) {
  const int bits = EVP_PKEY_get_bits(key);
  const auto encoded = static_cast<std::size_t>((bits - 1 + 7) / 8);
  return algorithm.pss.salt >= 20 && algorithm.pss.salt + row(algorithm.digest).size + 2 <= encoded;
}

}  // namespace

std::vector<Code> key_problems(const Certificate& certificate, const SignatureAlgorithm& algorithm,
                               const Policy& policy) {
  EVP_PKEY* key = certificate.key();
  std::vector<Code> out = key_type_problems(key, policy);
  ERR_clear_error();
  if (key == nullptr || !algorithm.scheme) return out;
  if (!key_suits(key, *algorithm.scheme) || (*algorithm.scheme == Scheme::kRsaPss && !salt_fits(key, algorithm)))
    out.push_back(Code::sig_alg_mismatch);
  return out;
}

}  // namespace waxseal::smime
