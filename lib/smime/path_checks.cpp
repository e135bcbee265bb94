#include "smime/path_checks.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "smime/path_validator.h"

namespace waxseal::smime {

namespace {

void add(std::vector<Code>& codes, bool problem, Code code) {
  if (problem) codes.push_back(code);
}

std::uint32_t flags_of(const Certificate& certificate) {
  return X509_get_extension_flags(certificate.x509());
}

// --- extensions ---

// 5280 section 4.2: at most one instance of an extension.  OpenSSL notices only those it reads.
bool has_duplicate_extension(const Certificate& certificate) {
  std::set<std::string> seen;
  for (int i = 0; i < X509_get_ext_count(certificate.x509()); ++i) {
    const ASN1_OBJECT* type = X509_EXTENSION_get_object(X509_get_ext(certificate.x509(), i));
    if (!seen.emplace(reinterpret_cast<const char*>(OBJ_get0_data(type)), OBJ_length(type)).second) return true;
  }
  return false;
}

bool is_malformed(const Certificate& certificate) {  // PTH-36
  return (flags_of(certificate) & EXFLAG_INVALID) != 0 || has_duplicate_extension(certificate);
}

bool may_sign_mail(const Certificate& leaf) {                   // PTH-25
  const std::uint32_t usage = X509_get_key_usage(leaf.x509());  // all ones if there is no such extension
  return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

bool has_eku(const Certificate& certificate) {
  return (flags_of(certificate) & EXFLAG_XKUSAGE) != 0;
}

bool eku_allows_mail(const Certificate& certificate, const Policy& policy) {
  if (!has_eku(certificate)) return true;
  const std::uint32_t usage = X509_get_extended_key_usage(certificate.x509());
  return (usage & XKU_SMIME) != 0 || (policy.allow_any_eku && (usage & XKU_ANYEKU) != 0);
}

// --- strength (PTH-32) ---

// 2.4: MD5 and older are not weak but broken; no knob accepts them.
bool has_broken_digest(const Certificate& certificate) {
  int digest = NID_undef;
  if (X509_get_signature_info(certificate.x509(), &digest, nullptr, nullptr, nullptr) != 1) return false;
  return digest == NID_md5 || digest == NID_md2 || digest == NID_md4 || digest == NID_md5_sha1;
}

// --- PTH-24 ---

std::string digest_of(const Certificate& certificate, const std::string& algorithm) {
  const EVP_MD* md = EVP_get_digestbyname(algorithm.c_str());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  const Octets der = certificate.der();
  if (md == nullptr || EVP_Digest(der.data(), der.size(), digest, &length, md, nullptr) != 1) return {};
  return hex({reinterpret_cast<const char*>(digest), length});
}

bool is_listed(const Certificate& certificate, const std::vector<std::string>& ess_path_set) {
  return std::any_of(ess_path_set.begin(), ess_path_set.end(), [&](const std::string& entry) {
    const std::size_t colon = entry.find(':');
    if (colon == entry.npos || colon + 1 == entry.size()) return false;
    return digest_of(certificate, entry.substr(0, colon)) == entry.substr(colon + 1);
  });
}

// 5035 section 3: more than one ESSCertID limits the certificates of the path; the first is the signer itself.
bool leaves_ess_path_set(const Path& path, const Unit& unit) {
  if (unit.ess_path_set.empty() || path.size() < 3) return false;
  return std::any_of(path.begin() + 1, path.end() - 1,
                     [&](const CertificatePtr& issuer) { return !is_listed(*issuer, unit.ess_path_set); });
}

// --- signer, issuers ---

enum class Vouched { kByItself, kByIssuer };

// Checks of the signer certificate that need no issuer.  A malformed one has nothing else that could be read from it.
void check_signer(const Certificate& signer, Vouched vouched, const Policy& policy, std::vector<Code>& codes) {
  if (const auto problem = key_problem(signer.key_facts(), policy)) codes.push_back(*problem);
  add(codes, is_malformed(signer), Code::cert_malformed);
  if ((flags_of(signer) & EXFLAG_INVALID) != 0) return;
  const bool is_ca = (flags_of(signer) & EXFLAG_CA) != 0;
  add(codes, is_ca && vouched == Vouched::kByIssuer && !policy.allow_ca_signer, Code::cert_is_ca);  // PTH-23
  add(codes, !may_sign_mail(signer), Code::cert_key_usage);
  const bool eku_missing = policy.require_eku && !has_eku(signer);
  add(codes, eku_missing || !eku_allows_mail(signer, policy), Code::cert_ext_key_usage);  // PTH-26
}

void check_issuer(const Certificate& issuer, const Policy& policy, std::vector<Code>& codes) {
  if (const auto problem = key_problem(issuer.key_facts(), policy)) codes.push_back(*problem);
  add(codes, is_malformed(issuer), Code::cert_malformed);
  add(codes, policy.eku_nesting && !eku_allows_mail(issuer, policy), Code::issuer_ext_key_usage);  // PTH-27
}

}  // namespace

std::vector<Code> check_path(const Path& path, const Unit& unit, const Policy& policy, Time at) {
  std::vector<Code> codes = validate_with_openssl(path, policy, at);
  check_signer(*path.front(), path.size() == 1 ? Vouched::kByItself : Vouched::kByIssuer, policy, codes);
  for (std::size_t i = 1; i < path.size(); ++i) check_issuer(*path[i], policy, codes);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) add(codes, has_broken_digest(*path[i]), Code::chain_signature);
  add(codes, leaves_ess_path_set(path, unit), Code::ess_path_restriction);
  sort_codes(codes);
  return codes;
}

std::vector<Code> check_signer_alone(const Certificate& signer, const Policy& policy, Time at) {
  std::vector<Code> codes;
  add(codes, at > signer.not_after(), Code::cert_expired);
  add(codes, at < signer.not_before(), Code::cert_not_yet_valid);
  check_signer(signer, Vouched::kByIssuer, policy, codes);
  sort_codes(codes);
  return codes;
}

}  // namespace waxseal::smime
