#include <openssl/evp.h>

#include <array>

#include "smime/algorithms.h"
#include "smime/der.h"

namespace waxseal::smime {

namespace {

#define NIST_HASH(last) Octets("\x60\x86\x48\x01\x65\x03\x04\x02" last, 9)

constexpr std::array<DigestRow, 10> kRows{{
    {Digest::kSha1, "sha1", Octets("\x2b\x0e\x03\x02\x1a", 5), "SHA1", 20},
    {Digest::kSha224, "sha224", NIST_HASH("\x04"), "SHA2-224", 28},
    {Digest::kSha256, "sha256", NIST_HASH("\x01"), "SHA2-256", 32},
    {Digest::kSha384, "sha384", NIST_HASH("\x02"), "SHA2-384", 48},
    {Digest::kSha512, "sha512", NIST_HASH("\x03"), "SHA2-512", 64},
    {Digest::kSha3_224, "sha3-224", NIST_HASH("\x07"), "SHA3-224", 28},
    {Digest::kSha3_256, "sha3-256", NIST_HASH("\x08"), "SHA3-256", 32},
    {Digest::kSha3_384, "sha3-384", NIST_HASH("\x09"), "SHA3-384", 48},
    {Digest::kSha3_512, "sha3-512", NIST_HASH("\x0a"), "SHA3-512", 64},
    {Digest::kShake256, "shake256", NIST_HASH("\x0c"), "SHAKE-256", 64},
}};
constexpr DigestRow kNoRow{};
constexpr Octets kShake256Length = NIST_HASH("\x12");  // id-shake256-len: INTEGER of bits as parameter

#undef NIST_HASH

std::array<EVP_MD*, kRows.size()> fetch_all() {
  std::array<EVP_MD*, kRows.size()> out{};
  for (std::size_t i = 0; i < kRows.size(); ++i) out[i] = EVP_MD_fetch(nullptr, kRows[i].openssl, nullptr);
  return out;
}

bool is_512(Octets encoded) {
  return encoded == Octets("\x02\x02\x02\x00", 4);
}

}  // namespace

const DigestRow& row(Digest digest) {
  for (const DigestRow& row : kRows)
    if (row.id == digest) return row;
  return kNoRow;
}

const EVP_MD* method(Digest digest) {
  static const auto kMethods = fetch_all();
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].id == digest) return kMethods[i];
  return nullptr;
}

std::optional<Digest> digest_named(Octets oid) {
  for (const DigestRow& row : kRows)
    if (row.oid == oid) return row.id;
  if (oid == kShake256Length) return Digest::kShake256;
  return std::nullopt;
}

Digest digest_of(const cms::AlgorithmId& algorithm) {
  const auto named = digest_named(algorithm.oid);
  if (!named || method(*named) == nullptr) return Digest::kUnsupported;
  const bool right =
      algorithm.oid == kShake256Length ? is_512(algorithm.parameters) : cms::has_no_parameters(algorithm);
  return right ? *named : Digest::kUnsupported;
}

}  // namespace waxseal::smime
