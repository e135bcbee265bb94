// What a public key is, read once when its certificate is parsed (asking OpenSSL again costs a tenth of a signature
// check), and the one table of what keys may be (verification.md 2.4), for signers and for issuers alike.
#pragma once

#include <cstddef>
#include <optional>

#include "smime/code.h"
#include "smime/policy.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace waxseal::smime {

enum class KeyKind {
  kUnsupported,  // also a key of a known kind that nobody should calculate with
  kRsa,
  kRsaPss,
  kEc,
  kEd25519,
  kEd448,
  kMlDsa44,
  kMlDsa65,
  kMlDsa87,
};

struct KeyFacts {
  KeyKind kind = KeyKind::kUnsupported;
  unsigned bits = 0;
  bool small_exponent = false;  // of RSA: below 65537
  bool secp256k1 = false;       // of EC: only with the knob allow_secp256k1
  std::size_t cost = 0;         // of one signature check, in units of work.h
};
// nullptr is kUnsupported.
KeyFacts read_key(EVP_PKEY* key);

// A key that an honest authority has, and that costs what one may cost: others are not calculated with.
bool is_usable(const KeyFacts& key, const Policy& policy);

// key_unsupported or weak_key.
std::optional<Code> key_problem(const KeyFacts& key, const Policy& policy);

}  // namespace waxseal::smime
