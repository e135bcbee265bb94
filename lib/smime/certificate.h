// A certificate, parsed once and shared: parsing costs 220 us in OpenSSL 3.0, a signature check 26 us.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/octets.h"
#include "base/result.h"
#include "base/sha256.h"
#include "smime/code.h"
#include "smime/key.h"
#include "smime/prepared_verification.h"

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

namespace waxseal::smime {

using CertId = Sha256;  // SHA-256 of the whole DER

inline constexpr std::size_t kMaxCertificateNames = 256;  // IDN-13
inline constexpr std::size_t kMaxAddressOctets = 320;     // IDN-11: 64 + "@" + 255

// One address of a certificate that passed IDN-11, ready to compare.
struct CertAddress {
  std::string local;            // unquoted
  std::string domain;           // A-labels, lower case; address literals as written
  bool utf8_local = false;      // from SmtpUTF8Mailbox with a non-ASCII local part: octet comparison (IDN-23)
  std::string address() const;  // local@domain, local part quoted again where RFC 5322 requires it
  friend bool operator==(const CertAddress&, const CertAddress&) = default;
};

struct CertNames {
  std::vector<CertAddress> san;        // rfc822Name and SmtpUTF8Mailbox (IDN-10 1, 2)
  std::vector<CertAddress> subject;    // emailAddress of the subject: used only if the SAN has neither kind (IDN-10 3)
  bool san_has_mailbox_names = false;  // also true when all of them were refused, or the SAN cannot be read
  bool refused_some = false;           // cert_bad_email
  bool too_many = false;               // IDN-13
};

class Certificate {
 public:
  // DER only (no indefinite length), all of it consumed, at most `limit` octets, readable validity dates;
  // nullptr if it is no such certificate.
  static std::shared_ptr<const Certificate> parse(Octets der, std::size_t limit = 64 * 1024);
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate();

  const CertId& id() const { return id_; }
  Octets der() const { return der_; }
  X509* x509() const { return x509_.get(); }
  EVP_PKEY* key() const { return key_; }  // owned by x509(); nullptr: the key type is not supported
  const KeyFacts& key_facts() const { return key_facts_; }
  Time not_before() const { return not_before_; }
  Time not_after() const { return not_after_; }  // inclusive (5280 section 4.1.2.5)
  Octets issuer_der() const { return issuer_; }  // Name as encoded
  Octets subject_der() const { return subject_; }
  Octets serial() const { return serial_; }                                  // INTEGER content octets (REV-08)
  const std::optional<std::string>& key_identifier() const { return ski_; }  // SKI octets
  const CertNames& names() const { return names_; }
  std::string subject_text() const;  // RFC 4514, control characters escaped; for people and logs, never for comparison
  std::string issuer_text() const;
  const Sha256& spki_sha256() const { return spki_; }
  PreparedSlot& prepared() const { return prepared_; }
  // This subject is the other's issuer name (X509_NAME_cmp, canonical form).  Says nothing about signatures.
  bool is_named_issuer_of(const Certificate& child) const;

 private:
  struct Free {
    void operator()(X509* x509) const;
  };
  Certificate() = default;
  bool read(Octets der);

  std::string der_;
  CertId id_;
  Sha256 spki_;
  std::unique_ptr<X509, Free> x509_;
  EVP_PKEY* key_ = nullptr;
  KeyFacts key_facts_;
  Time not_before_, not_after_;
  std::string issuer_, subject_, serial_;
  unsigned long issuer_hash_ = 0, subject_hash_ = 0;  // of the canonical names: most comparisons end here
  std::optional<std::string> ski_;
  CertNames names_;
  mutable std::once_flag issuer_text_once_;
  mutable std::optional<std::string> issuer_text_;  // once it was asked for, unless it is long
  mutable PreparedSlot prepared_;
};

using CertificatePtr = std::shared_ptr<const Certificate>;

// For people: "RSA 2048", "P-256", "ED25519"; "unknown" if OpenSSL cannot read the key.
std::string key_text(const Certificate& certificate);

// Walks SAN and subject (IDN-10..13); never X509_check_email or X509_get1_email (verification.md 3.9).
CertNames read_certificate_names(const X509* certificate);

// Thread-safe, least recently used first out.  Never parses a certificate twice while it is remembered.
class CertificateCache {
 public:
  explicit CertificateCache(std::size_t capacity = 4096);
  ~CertificateCache();
  CertificatePtr get(Octets der);         // nullptr: not a certificate (also remembered, bounded)
  CertificatePtr find(const CertId& id);  // nullptr: not in memory

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::smime
