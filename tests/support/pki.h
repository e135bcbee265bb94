// A public key infrastructure in memory: certificates and CRLs with any field as a test wants it.  Keys are made once
// per process and shared; certificates are encoded by hand (der.h), so that wrong ones are as easy as right ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace waxseal::test {

// All of 2026 UTC: the validity that certificates get when a test does not say otherwise.
Time at(std::string_view rfc3339);  // aborts on a wrong text
inline Time default_not_before() {
  return at("2026-01-01T00:00:00Z");
}
inline Time default_not_after() {
  return at("2027-01-01T00:00:00Z");
}
inline Time default_now() {
  return at("2026-07-01T12:00:00Z");
}

enum class KeyType {
  kRsa1024,
  kRsa2048,
  kRsa3072,
  kRsa4096,
  kRsaPss2048,
  kP224,
  kP256,
  kP384,
  kP521,
  kSecp256k1,
  kBrainpool256,
  kBrainpool384,
  kBrainpool512,
  kP256Explicit,  // curve parameters spelled out instead of named
  kRsa2048Exponent3,
  kEd25519,
  kEd448,
  kDsa,
};
// The process's key of that type and index.  RSA costs 0.1 s (4096: 1 s) the first time, curves nothing.
EVP_PKEY* key(KeyType type, int index = 0);

inline constexpr std::string_view kEmailProtection = "1.3.6.1.5.5.7.3.4";
inline constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view kAnyExtendedKeyUsage = "2.5.29.37.0";

enum KeyUsageBit { kDigitalSignature = 0, kNonRepudiation = 1, kKeyEncipherment = 2, kKeyCertSign = 5, kCrlSign = 6 };

struct NameConstraints {  // rfc822Name and dNSName forms as text ("example.org", ".example.org", "a@example.org")
  std::vector<std::string> permitted_emails, excluded_emails;
};

struct CertSpec {
  std::string common_name = "Alice";
  std::vector<std::string> subject_emails;  // emailAddress attributes of the subject (IA5String)
  std::vector<std::string> emails;          // SAN rfc822Name
  std::vector<std::string> utf8_mailboxes;  // SAN otherName SmtpUTF8Mailbox
  std::vector<std::string> san_names;       // further SAN entries, encoded GeneralNames
  KeyType key = KeyType::kP256;
  int key_index = 0;  // another index: another key
  Time not_before = default_not_before();
  Time not_after = default_not_after();
  std::optional<std::vector<int>> key_usage = std::vector<int>{kDigitalSignature};
  std::vector<std::string> ext_key_usage = {std::string(kEmailProtection)};  // empty: extension absent
  bool ca = false;
  bool basic_constraints = true;  // false: extension absent
  std::optional<int> path_length;
  std::optional<NameConstraints> name_constraints;
  std::vector<std::string> crl_urls, ocsp_urls, ca_issuer_urls;
  std::vector<std::string> policies;          // certificatePolicies, OIDs
  std::vector<std::string> extensions;        // further encoded Extensions, see extension()
  std::string digest = "SHA256";              // of the issuer's signature
  std::optional<std::string> serial;          // INTEGER content octets; default: a fresh one
  std::optional<std::string> key_identifier;  // SKI octets; default: SHA-1 of the key; empty: extension absent
  bool authority_key_identifier = true;
  bool break_signature = false;
};

struct Cert {
  std::string der;
  EVP_PKEY* key = nullptr;  // shared, lives as long as the process
  KeyType key_type = KeyType::kP256;
  std::string issuer, subject;  // encoded Names
  std::string serial;           // INTEGER content octets
  std::string key_identifier;
  std::string pem() const;
};

std::string extension(std::string_view oid, bool critical, std::string_view value);
std::string name(std::string_view common_name, const std::vector<std::string>& emails = {});  // encoded Name

Cert self_signed(const CertSpec& spec);
Cert issue(const CertSpec& spec, const Cert& issuer);
// CertSpec of a certification authority: CA, keyCertSign and cRLSign, no EKU.  Key index -1 or below is never used by
// leafs unless they ask for it.
CertSpec ca_spec(std::string common_name, int key_index);

// Root -> intermediate, P-256, both valid 2020..2036.  Fresh names per `label`, so that several do not mix.
struct Pki {
  explicit Pki(std::string_view label = "Test", KeyType type = KeyType::kP256);
  Cert root, intermediate;
  Cert leaf(const CertSpec& spec) const { return issue(spec, intermediate); }
  Cert leaf(std::string email) const;  // rfc822Name alone
  std::string chain_pem() const;       // intermediate and root
};
const Pki& pki();  // the process's default one

struct Revoked {
  std::string serial;  // INTEGER content octets
  Time date;
  std::optional<int> reason;  // CRLReason
  std::optional<Time> invalidity_date;
};
struct CrlSpec {
  std::vector<Revoked> revoked;
  Time this_update = at("2026-06-30T00:00:00Z");
  std::optional<Time> next_update = at("2026-07-07T00:00:00Z");
  std::int64_t number = 1;
  std::vector<std::string> extensions;  // further encoded Extensions
  std::string digest = "SHA256";
  bool break_signature = false;
};
std::string make_crl(const CrlSpec& spec, const Cert& issuer);

// Shared by certificates, CRLs and CMS: the AlgorithmIdentifier of a signature, and the signature.
std::string signature_algorithm(KeyType type, std::string_view digest, bool pss = false);
std::string sign_octets(EVP_PKEY* key, std::string_view digest, std::string_view octets, bool pss = false);
std::string digest_octets(std::string_view digest, std::string_view octets);
std::string digest_algorithm(std::string_view digest);                                            // AlgorithmIdentifier
std::string pss_parameters(std::string_view hash, std::string_view mgf_hash, std::int64_t salt);  // RSASSA-PSS-params
bool is_rsa(KeyType type);
bool is_eddsa(KeyType type);

}  // namespace waxseal::test
