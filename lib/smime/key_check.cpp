// Whether a key and an algorithm fit (SIG-20).
#include "smime/algorithms.h"

namespace waxseal::smime {

namespace {

bool suits(KeyKind key, Scheme scheme) {
  switch (scheme) {
    case Scheme::kRsaPkcs1:
      return key == KeyKind::kRsa;
    case Scheme::kRsaPss:
      return key == KeyKind::kRsa || key == KeyKind::kRsaPss;
    case Scheme::kEcdsa:
      return key == KeyKind::kEc;
    case Scheme::kEd25519:
      return key == KeyKind::kEd25519;
    case Scheme::kEd448:
      return key == KeyKind::kEd448;
    case Scheme::kMlDsa44:
      return key == KeyKind::kMlDsa44;
    case Scheme::kMlDsa65:
      return key == KeyKind::kMlDsa65;
    case Scheme::kMlDsa87:
      return key == KeyKind::kMlDsa87;
  }
  return false;
}

// 20 <= salt <= emLen - hLen - 2.
bool salt_fits(const KeyFacts& key, const SignatureAlgorithm& algorithm) {
  const std::size_t encoded = (key.bits - 1 + 7) / 8;
  return algorithm.pss.salt >= 20 && algorithm.pss.salt + row(algorithm.digest).size + 2 <= encoded;
}

}  // namespace

std::vector<Code> key_problems(const Certificate& certificate, const SignatureAlgorithm& algorithm,
                               const Policy& policy) {
  const KeyFacts& key = certificate.key_facts();
  std::vector<Code> out;
  if (const auto problem = key_problem(key, policy)) out.push_back(*problem);
  if (key.kind == KeyKind::kUnsupported) return out;
  if (key.small_exponent) out.push_back(Code::weak_exponent);
  if (!algorithm.scheme) return out;
  if (!suits(key.kind, *algorithm.scheme) || (algorithm.scheme == Scheme::kRsaPss && !salt_fits(key, algorithm)))
    out.push_back(Code::sig_alg_mismatch);
  return out;
}

}  // namespace waxseal::smime
