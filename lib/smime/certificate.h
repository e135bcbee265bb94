// A certificate, parsed once and shared: parsing costs 220 us in OpenSSL 3.0, a signature check 26 us.
#pragma once

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

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

namespace waxseal::smime {

using CertId = Sha256;  // SHA-256 of the whole DER

// One address of a certificate that passed IDN-11, ready to compare.
struct CertAddress {
  std::string local;       // unquoted
  std::string domain;      // A-labels, lower case; address literals as written
  bool utf8_local = false; // from SmtpUTF8Mailbox with a non-ASCII local part: octet comparison (IDN-23)
  std::string address() const;
};

struct CertNames {
  std::vector<CertAddress> san;      // rfc822Name and SmtpUTF8Mailbox (IDN-10 1, 2)
  std::vector<CertAddress> subject;  // emailAddress of the subject: used only if the SAN has neither kind (IDN-10 3)
  bool san_has_mailbox_names = false;  // also true when all of them were refused
  bool refused_some = false;         // cert_bad_email
  bool too_many = false;             // IDN-13
};

class Certificate {
 public:
  // DER only, all of it consumed, at most `limit` octets; nullptr if it is no certificate.
  static std::shared_ptr<const Certificate> parse(Octets der, std::size_t limit = 64 * 1024);
  ~Certificate();

  const CertId& id() const { return id_; }
  Octets der() const { return der_; }
  X509* x509() const { return x509_; }
  EVP_PKEY* key() const { return key_; }      // nullptr: the key type is not supported
  Time not_before() const { return not_before_; }
  Time not_after() const { return not_after_; }
  Octets issuer_der() const { return issuer_; }    // Name as encoded
  Octets subject_der() const { return subject_; }
  Octets serial() const { return serial_; }        // INTEGER content octets (REV-08)
  const std::optional<std::string>& key_identifier() const { return ski_; }  // SKI octets
  const CertNames& names() const { return names_; }
  std::string subject_text() const;  // RFC 4514, control characters escaped; for people and logs, never for comparison
  std::string issuer_text() const;
  Sha256 spki_sha256() const;

 private:
  Certificate() = default;
  std::string der_;
  CertId id_;
  X509* x509_ = nullptr;
  EVP_PKEY* key_ = nullptr;
  Time not_before_, not_after_;
  std::string issuer_, subject_, serial_;
  std::optional<std::string> ski_;
  CertNames names_;
};

using CertificatePtr = std::shared_ptr<const Certificate>;

// Thread-safe, least recently used first out.  Never parses a certificate twice while it is remembered.
class CertificateCache {
 public:
  explicit CertificateCache(std::size_t capacity = 4096);
  ~CertificateCache();
  CertificatePtr get(Octets der);           // nullptr: not a certificate (also remembered, bounded)
  CertificatePtr find(const CertId& id);    // nullptr: not in memory

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::smime
