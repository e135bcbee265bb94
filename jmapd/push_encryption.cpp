#include "jmapd/push_encryption.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kPoint = 65, kSecret = 32, kSalt = 16, kTag = 16;
constexpr std::size_t kMostOctets = 4000;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;

const unsigned char* bytes(Octets octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}
unsigned char* bytes(std::string& octets) {
  return reinterpret_cast<unsigned char*>(octets.data());
}

std::string hmac(Octets key, Octets message) {
  std::string out(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(message), message.size(), bytes(out), &size);
  return out;
}

// The public point of a private key.
std::optional<std::string> point_of(Octets private_key) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const Number number(BN_bin2bn(bytes(private_key), static_cast<int>(private_key.size()), nullptr));
  const Point point(group ? EC_POINT_new(group.get()) : nullptr);
  if (!number || !point || EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) != 1) {
    return std::nullopt;
  }
  std::string out(kPoint, '\0');
  const std::size_t size =
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes(out), out.size(), nullptr);
  return size == kPoint ? std::optional(out) : std::nullopt;
}

// nullptr: no point of the curve.
Key make_key(Octets point, Octets private_key) {
  const Builder builder(OSSL_PARAM_BLD_new());
  const Number number(
      private_key.empty() ? nullptr : BN_bin2bn(bytes(private_key), static_cast<int>(private_key.size()), nullptr));
  if (!builder) return nullptr;
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (number) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const int selection = number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

std::optional<std::string> shared_secret(EVP_PKEY* own, EVP_PKEY* other) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  std::string secret(kSecret, '\0');
  std::size_t size = secret.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), other) != 1 ||
      EVP_PKEY_derive(context.get(), bytes(secret), &size) != 1 || size != kSecret) {
    return std::nullopt;
  }
  return secret;
}

std::optional<std::string> seal(Octets key, Octets nonce, Octets plain) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTag, '\0');
  int size = 0, rest = 0;
  if (!cipher || EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, bytes(key), bytes(nonce)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), bytes(out), &size, bytes(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), bytes(out) + size, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, bytes(out) + plain.size()) != 1) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> unbase64url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  const auto decoded = unbase64(padded);
  return decoded ? std::optional(*decoded) : std::nullopt;
}

std::string with_end(std::string_view label, std::string_view context = {}) {
  std::string out(label);
  out += '\0';
  out += context;
  return out += '\x01';  // the counter of the only block of HKDF-Expand (RFC 5869 section 2.3)
}

}  // namespace

std::optional<store::PushKeys> read_push_keys(std::string_view p256dh, std::string_view auth) {
  const auto point = unbase64url(p256dh);
  const auto secret = unbase64url(auth);
  if (!point || !secret || point->size() != kPoint || secret->size() != kSalt || !make_key(*point, {})) {
    return std::nullopt;
  }
  return store::PushKeys{*point, *secret};
}

std::optional<std::string> encrypt_push(const store::PushKeys& keys, Octets message) {
  std::string private_key(kSecret, '\0'), salt(kSalt, '\0');
  if (RAND_priv_bytes(bytes(private_key), static_cast<int>(private_key.size())) != 1 ||
      RAND_bytes(bytes(salt), static_cast<int>(salt.size())) != 1) {
    return std::nullopt;
  }
  private_key[0] = static_cast<char>(private_key[0] & 0x7F);  // below the order of the group
  return encrypt_push(keys, message, private_key, salt);
}

std::optional<std::string> encrypt_push(const store::PushKeys& keys, Octets message, Octets private_key, Octets salt) {
  if (message.size() > kMostOctets) return std::nullopt;
  const auto own_point = point_of(private_key);
  const Key own = own_point ? make_key(*own_point, private_key) : nullptr;
  const Key other = make_key(keys.p256dh, {});
  const auto secret = own && other ? shared_secret(own.get(), other.get()) : std::nullopt;
  if (!secret) return std::nullopt;
  // RFC 8291 section 3.4.
  const std::string input = hmac(hmac(keys.auth, *secret), with_end("WebPush: info", keys.p256dh + *own_point));
  const std::string prk = hmac(salt, input);
  const std::string key = hmac(prk, with_end("Content-Encoding: aes128gcm")).substr(0, 16);
  const std::string nonce = hmac(prk, with_end("Content-Encoding: nonce")).substr(0, 12);
  const auto record = seal(key, nonce, std::string(message) + '\x02');  // 2: the last record (RFC 8188 section 2)
  if (!record) return std::nullopt;
  std::string out(salt);
  out += std::string("\x00\x00\x10\x00", 4);  // record size 4096
  out += static_cast<char>(kPoint);
  return out + *own_point + *record;
}

}  // namespace waxseal::jmapd
