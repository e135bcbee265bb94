#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <array>

#include "smime/certificate.h"

namespace waxseal::smime {

namespace {

// The name that NIST gives it, else OpenSSL's.
std::string curve_text(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return "EC with a curve of its own";
  const char* nist = EC_curve_nid2nist(OBJ_txt2nid(name.data()));
  return nist != nullptr ? nist : name.data();
}

}  // namespace

std::string key_text(const Certificate& certificate) {
  const EVP_PKEY* key = certificate.key();
  if (key == nullptr) return "unknown";
  if (EVP_PKEY_is_a(key, "EC") == 1) return curve_text(key);
  const char* type = EVP_PKEY_get0_type_name(key);
  const std::string name = type != nullptr ? type : "unknown";
  const bool sized = name.starts_with("RSA") || name == "DSA";
  return sized ? name + " " + std::to_string(EVP_PKEY_get_bits(key)) : name;
}

}  // namespace waxseal::smime
