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

// Costs are those of OpenSSL 3.0 on x86-64, rounded up; later versions and other curves' code are faster, never slower.
struct Curve {
  std::string_view name;
  std::size_t cost;
};
constexpr Curve kCurves[] = {{"prime256v1", 100},      {"secp384r1", 900},        {"secp521r1", 700},
                             {"brainpoolP256r1", 500}, {"brainpoolP384r1", 1000}, {"brainpoolP512r1", 1400},
                             {"secp256k1", 500}};

struct Named {
  const char* name;
  KeyKind kind;
  std::size_t cost;  // 0: depends on the key
};
constexpr Named kKinds[] = {
    {"RSA", KeyKind::kRsa, 0},
    {"RSA-PSS", KeyKind::kRsaPss, 0},
    {"EC", KeyKind::kEc, 0},
    {"ED25519", KeyKind::kEd25519, 130},
    {"ED448", KeyKind::kEd448, 300},
    {"ML-DSA-44", KeyKind::kMlDsa44, 150},
    {"ML-DSA-65", KeyKind::kMlDsa65, 250},
    {"ML-DSA-87", KeyKind::kMlDsa87, 400},
};

void read_kind(EVP_PKEY* key, KeyFacts& out) {
  const auto found = std::ranges::find_if(kKinds, [&](const Named& row) { return EVP_PKEY_is_a(key, row.name) == 1; });
  if (found == std::end(kKinds)) return;
  out.kind = found->kind;
  out.cost = found->cost;
}

// 22 for 2048 bits and 65537: multiplications grow with the square of the modulus, their number with the exponent.
std::size_t rsa_cost(std::size_t bits, std::size_t exponent_bits) {
  constexpr std::size_t kBits = 2048, kMultiplications = 18;
  const std::size_t multiplications = exponent_bits <= kMultiplications ? kMultiplications : exponent_bits * 3 / 2;
  return 10 + 22 * (bits * bits / kBits) * multiplications / kMultiplications / kBits;
}

void read_exponent(EVP_PKEY* key, KeyFacts& out) {
  BIGNUM* raw = nullptr;
  const bool got = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) == 1;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> exponent(raw, BN_free);
  if (!got || BN_is_odd(raw) != 1 || BN_is_one(raw) == 1 || BN_num_bits(raw) > kMostExponentBits)
    out.kind = KeyKind::kUnsupported;
  else
    out.small_exponent = BN_get_word(raw) < kUsualExponent;
  if (out.kind != KeyKind::kUnsupported) out.cost = rsa_cost(out.bits, static_cast<std::size_t>(BN_num_bits(raw)));
}

// CVE-2022-0778: curves that spell out their parameters are refused, whatever they are.
void read_curve(EVP_PKEY* key, KeyFacts& out) {
  int is_explicit = 0;
  char name[64];
  std::size_t size = 0;
  const bool named = (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 ||
                      !is_explicit) &&
                     EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
  const std::string_view curve = named ? std::string_view(name, size) : std::string_view();
  out.secp256k1 = curve == "secp256k1";
  const Curve* found = std::ranges::find(kCurves, curve, &Curve::name);
  if (found == std::end(kCurves))
    out.kind = KeyKind::kUnsupported;
  else
    out.cost = found->cost;
}

bool is_rsa(KeyKind kind) {
  return kind == KeyKind::kRsa || kind == KeyKind::kRsaPss;
}

}  // namespace

KeyFacts read_key(EVP_PKEY* key) {
  KeyFacts out;
  if (key == nullptr) return out;
  read_kind(key, out);
  out.bits = static_cast<unsigned>(std::max(EVP_PKEY_get_bits(key), 0));
  if (is_rsa(out.kind)) read_exponent(key, out);
  if (out.kind == KeyKind::kEc) read_curve(key, out);
  ERR_clear_error();
  return out;
}

bool is_usable(const KeyFacts& key, const Policy& policy) {
  return key.kind != KeyKind::kUnsupported && (!is_rsa(key.kind) || key.bits <= policy.max_rsa_bits);
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
