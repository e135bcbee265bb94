#include "smime/work.h"

#include <algorithm>

#include "smime/certificate.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;
constexpr std::size_t kOctetsAUnit = 256;     // SHA3-512: 234 MB/s
constexpr std::size_t kIssuerOutside = 1000;  // a certificate's check against an authority that is configured

}  // namespace

std::size_t work_allowed(std::size_t per_mebibyte, std::size_t message_octets) {
  return per_mebibyte * std::max<std::size_t>(1, (message_octets + kMebibyte - 1) / kMebibyte);
}

std::size_t certificate_cost(std::size_t octets) {
  return 250 + octets / 8;  // one of 64 KiB with names alone takes some milliseconds
}

std::size_t digest_cost(std::size_t octets) {
  return octets / kOctetsAUnit;
}

std::size_t path_cost(const CertificatePtr& leaf, const std::vector<CertificatePtr>& supplied) {
  std::size_t cost = 0;
  const auto add_checks_of = [&](const Certificate& child) {
    cost += kIssuerOutside;
    for (const CertificatePtr& issuer : supplied)
      if (issuer->id() != child.id() && issuer->is_named_issuer_of(child)) cost += 2 * issuer->key_facts().cost;
  };
  add_checks_of(*leaf);
  for (const CertificatePtr& certificate : supplied)
    if (certificate->id() != leaf->id()) add_checks_of(*certificate);
  return cost;
}

}  // namespace waxseal::smime
