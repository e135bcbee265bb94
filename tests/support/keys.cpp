#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>

#include "support/der.h"
#include "support/pki.h"

namespace waxseal::test {

namespace {

struct Free {
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// A test that cannot make its input has nothing to say.
void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "test support: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

using Configure = void (*)(EVP_PKEY_CTX*);

EVP_PKEY* generate(const char* algorithm, Configure configure) {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  require(context && EVP_PKEY_keygen_init(context.get()) == 1, algorithm);
  configure(context.get());
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_generate(context.get(), &key) == 1, "key generation");
  return key;
}

template <int bits>
void rsa_bits(EVP_PKEY_CTX* context) {
  require(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1, "RSA size");
}

void rsa_exponent_3(EVP_PKEY_CTX* context) {
  rsa_bits<2048>(context);
  Owned<BIGNUM> three(BN_new());
  BN_set_word(three.get(), 3);
  require(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, three.get()) == 1, "RSA exponent");
}

EVP_PKEY* curve(const char* name, bool explicit_parameters = false) {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  require(context && EVP_PKEY_keygen_init(context.get()) == 1, "EC");
  std::string group = name;
  std::string encoding = explicit_parameters ? "explicit" : "named_curve";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                             OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), 0),
                             OSSL_PARAM_construct_end()};
  require(EVP_PKEY_CTX_set_params(context.get(), parameters) == 1, name);
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_generate(context.get(), &key) == 1, name);
  return key;
}

EVP_PKEY* dsa() {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* domain = nullptr;
  require(EVP_PKEY_paramgen_init(context.get()) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(context.get(), 1024) == 1 &&
              EVP_PKEY_paramgen(context.get(), &domain) == 1,
          "DSA domain");
  Owned<EVP_PKEY> owned(domain);
  Owned<EVP_PKEY_CTX> from_domain(EVP_PKEY_CTX_new_from_pkey(nullptr, domain, nullptr));
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_keygen_init(from_domain.get()) == 1 && EVP_PKEY_generate(from_domain.get(), &key) == 1, "DSA");
  return key;
}

void no_settings(EVP_PKEY_CTX*) {}

EVP_PKEY* make(KeyType type) {
  switch (type) {
    case KeyType::kRsa1024:
      return generate("RSA", rsa_bits<1024>);
    case KeyType::kRsa2048:
      return generate("RSA", rsa_bits<2048>);
    case KeyType::kRsa3072:
      return generate("RSA", rsa_bits<3072>);
    case KeyType::kRsa4096:
      return generate("RSA", rsa_bits<4096>);
    case KeyType::kRsaPss2048:
      return generate("RSA-PSS", rsa_bits<2048>);
    case KeyType::kRsa2048Exponent3:
      return generate("RSA", rsa_exponent_3);
    case KeyType::kP224:
      return curve("secp224r1");
    case KeyType::kP256:
      return curve("prime256v1");
    case KeyType::kP384:
      return curve("secp384r1");
    case KeyType::kP521:
      return curve("secp521r1");
    case KeyType::kSecp256k1:
      return curve("secp256k1");
    case KeyType::kBrainpool256:
      return curve("brainpoolP256r1");
    case KeyType::kBrainpool384:
      return curve("brainpoolP384r1");
    case KeyType::kBrainpool512:
      return curve("brainpoolP512r1");
    case KeyType::kP256Explicit:
      return curve("prime256v1", true);
    case KeyType::kEd25519:
      return generate("ED25519", no_settings);
    case KeyType::kEd448:
      return generate("ED448", no_settings);
    case KeyType::kDsa:
      return dsa();
  }
  std::abort();
}

struct Digest {
  std::string_view name, oid, rsa, ecdsa;  // rsa, ecdsa: signature algorithms with that digest
};
constexpr Digest kDigests[] = {
    {"MD5", "1.2.840.113549.2.5", "1.2.840.113549.1.1.4", ""},
    {"SHA1", "1.3.14.3.2.26", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"},
    {"SHA224", "2.16.840.1.101.3.4.2.4", "1.2.840.113549.1.1.14", "1.2.840.10045.4.3.1"},
    {"SHA256", "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"},
    {"SHA384", "2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"},
    {"SHA512", "2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"},
    {"SHA3-256", "2.16.840.1.101.3.4.2.8", "2.16.840.1.101.3.4.3.14", "2.16.840.1.101.3.4.3.10"},
    {"SHA3-384", "2.16.840.1.101.3.4.2.9", "2.16.840.1.101.3.4.3.15", "2.16.840.1.101.3.4.3.11"},
    {"SHA3-512", "2.16.840.1.101.3.4.2.10", "2.16.840.1.101.3.4.3.16", "2.16.840.1.101.3.4.3.12"},
    {"SHAKE256", "2.16.840.1.101.3.4.2.12", "", ""},
    {"RIPEMD160", "1.3.36.3.2.1", "1.3.36.3.3.1.2", ""},
};

const Digest& digest_row(std::string_view name) {
  for (const Digest& row : kDigests)
    if (row.name == name) return row;
  std::fprintf(stderr, "test support: no digest %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace

EVP_PKEY* key(KeyType type, int index) {
  static std::mutex mutex;
  static std::map<std::pair<KeyType, int>, Owned<EVP_PKEY>> keys;
  const std::lock_guard lock(mutex);
  auto& slot = keys[{type, index}];
  if (!slot) slot.reset(make(type));
  return slot.get();
}

bool is_rsa(KeyType type) {
  return type == KeyType::kRsa1024 || type == KeyType::kRsa2048 || type == KeyType::kRsa3072 ||
         type == KeyType::kRsa4096 || type == KeyType::kRsaPss2048 || type == KeyType::kRsa2048Exponent3;
}
bool is_eddsa(KeyType type) {
  return type == KeyType::kEd25519 || type == KeyType::kEd448;
}

std::string digest_algorithm(std::string_view digest) {
  return der::algorithm(digest_row(digest).oid);
}

std::string digest_octets(std::string_view digest, std::string_view octets) {
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const std::string name(digest);
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md(EVP_MD_fetch(nullptr, name.c_str(), nullptr), EVP_MD_free);
  require(md && EVP_DigestInit_ex(context.get(), md.get(), nullptr) == 1, name.c_str());
  require(EVP_DigestUpdate(context.get(), octets.data(), octets.size()) == 1, "digest");
  std::string out(64, '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  if (digest == "SHAKE256") {  // 512 bits (RFC 8419 section 2.3)
    require(EVP_DigestFinalXOF(context.get(), at, out.size()) == 1, "SHAKE256");
    return out;
  }
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context.get(), at, &size) == 1, "digest");
  return out.substr(0, size);
}

std::string pss_parameters(std::string_view hash, std::string_view mgf_hash, std::int64_t salt) {
  return der::sequence({der::explicit_tag(0, digest_algorithm(hash)),
                        der::explicit_tag(1, der::algorithm("1.2.840.113549.1.1.8", digest_algorithm(mgf_hash))),
                        der::explicit_tag(2, der::integer(salt))});
}

std::string signature_algorithm(KeyType type, std::string_view digest, bool pss) {
  if (type == KeyType::kEd25519) return der::algorithm("1.3.101.112");
  if (type == KeyType::kEd448) return der::algorithm("1.3.101.113");
  if (type == KeyType::kDsa) return der::algorithm("2.16.840.1.101.3.4.3.2");
  if (pss || type == KeyType::kRsaPss2048) {
    const auto salt = static_cast<std::int64_t>(digest_octets(digest, "").size());
    return der::algorithm("1.2.840.113549.1.1.10", pss_parameters(digest, digest, salt));
  }
  if (is_rsa(type)) return der::algorithm(digest_row(digest).rsa, der::null());
  return der::algorithm(digest_row(digest).ecdsa);
}

std::string sign_octets(EVP_PKEY* key, std::string_view digest, std::string_view octets, bool pss) {
  const bool pure = EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1;
  const std::string name(digest);
  Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  require(EVP_DigestSignInit_ex(context.get(), &settings, pure ? nullptr : name.c_str(), nullptr, nullptr, key,
                                nullptr) == 1,
          "signing");
  if (pss || EVP_PKEY_is_a(key, "RSA-PSS") == 1)
    require(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1,
            "PSS");
  const auto* data = reinterpret_cast<const unsigned char*>(octets.data());
  std::size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, data, octets.size()) == 1, "signature size");
  std::string out(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data, octets.size()) == 1,
          "signature");
  out.resize(size);
  return out;
}

}  // namespace waxseal::test
