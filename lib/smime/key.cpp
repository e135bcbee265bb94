#include "smime/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace waxseal::smime {

namespace {

constexpr unsigned kLeastRsaBits = 1024;  // below: no signature at all (8551 section 6), whatever the policy says
constexpr int kMostExponentBits = 64;     // a longer one only burns time (ATK-17)
constexpr unsigned kUsualExponent = 65537;

constexpr std::string_view kCurves[] = {"prime256v1",      "secp384r1",       "secp521r1",
                                        "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"};

struct Named {
  const char* name;
  KeyKind kind;
};
constexpr Named kKinds[] = {
    {"RSA", KeyKind::kRsa},           {"RSA-PSS", KeyKind::kRsaPss},   {"EC", KeyKind::kEc},
    {"ED25519", KeyKind::kEd25519},   {"ED448", KeyKind::kEd448},      {"ML-DSA-44", KeyKind::kMlDsa44},
    {"ML-DSA-65", KeyKind::kMlDsa65}, {"ML-DSA-87", KeyKind::kMlDsa87}};

KeyKind kind_of(EVP_PKEY* key) {
  const auto found = std::ranges::find_if(kKinds, [&](const Named& row) { return EVP_PKEY_is_a(key, row.name) == 1; });
  return found == std::end(kKinds) ? KeyKind::kUnsupported : found->kind;
}

void read_exponent(EVP_PKEY* key, KeyFacts& out) {
  BIGNUM* raw = nullptr;
  const bool got = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) == 1;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> exponent(raw, BN_free);
  if (!got || BN_is_odd(raw) != 1 || BN_is_one(raw) == 1 || BN_num_bits(raw) > kMostExponentBits)
    out.kind = KeyKind::kUnsupported;
  else
    out.small_exponent = BN_get_word(raw) < kUsualExponent;
}

// CVE-2022-0778: curves that spell out their parameters are refused, whatever they are.
void read_curve(EVP_PKEY* key, KeyFacts& out) {
  int is_explicit = 0;
  char name[64];
  std::size_t size = 0;
  const bool named =
      (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 || !is_explicit) &&
      EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
  const std::string_view curve = named ? std::string_view(name, size) : std::string_view();
  out.secp256k1 = curve == "secp256k1";
  if (!out.secp256k1 && std::ranges::find(kCurves, curve) == std::end(kCurves)) out.kind = KeyKind::kUnsupported;
}

bool is_rsa(KeyKind kind) {
  return kind == KeyKind::kRsa || kind == KeyKind::kRsaPss;
}

}  // namespace

KeyFacts read_key(EVP_PKEY* key) {
  KeyFacts out;
  if (key == nullptr) return out;
  out.kind = kind_of(key);
  out.bits = static_cast<unsigned>(std::max(EVP_PKEY_get_bits(key), 0));
  if (is_rsa(out.kind)) read_exponent(key, out);
  if (out.kind == KeyKind::kEc) read_curve(key, out);
  ERR_clear_error();
  return out;
}

std::optional<Code> key_problem(const KeyFacts& key, const Policy& policy) {
  if (key.kind == KeyKind::kUnsupported) return Code::key_unsupported;
  if (key.secp256k1 && !policy.allow_secp256k1) return Code::key_unsupported;
  if (!is_rsa(key.kind)) return std::nullopt;
  if (key.bits < kLeastRsaBits || key.bits > policy.max_rsa_bits) return Code::key_unsupported;
  if (key.bits < policy.min_rsa_bits) return Code::weak_key;
  return std::nullopt;
}

}  // namespace waxseal::smime
