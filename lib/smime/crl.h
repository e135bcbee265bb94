// Certificate revocation lists (5280 section 5), read by our own walker: a list of 32 MiB is one buffer and views into
// it, never a tree of objects (NET-31).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/octets.h"
#include "base/result.h"
#include "base/sha256.h"
#include "smime/cms.h"
#include "smime/code.h"

namespace waxseal::smime {

inline constexpr std::size_t kMaxCrlOctets = 32u << 20;  // NET-08, knob limit.fetched_crl_octets
inline constexpr std::size_t kMaxCrlNumberOctets = 20;   // 5280 section 5.2.3

enum Reason : int {  // CRLReason, 5280 section 5.3.1
  kUnspecified = 0,
  kKeyCompromise = 1,
  kCaCompromise = 2,
  kCertificateHold = 6,
  kRemoveFromCrl = 8,
  kAaCompromise = 10,
};

struct CrlEntry {
  Octets serial;  // INTEGER content octets (REV-08)
  Time revoked_at;
  int reason = kUnspecified;
  std::optional<Time> invalidity_date;
  Octets certificate_issuer;  // encoded Name, inherited as 5280 section 5.3.3 says; empty: the list's issuer
};

// issuingDistributionPoint (5280 section 5.2.5); without the extension everything of the issuer is covered.
struct CrlScope {
  std::vector<std::string> names;  // GeneralNames of the distribution point; empty: any
  bool only_user = false, only_ca = false, only_attribute = false;
  unsigned reasons = 0x1fe;
  bool indirect = false;
};

class Crl {
 public:
  // DER, or PEM "X509 CRL".  All of it is walked once: lengths, dates, extensions, entries.  Errors: crl_too_large,
  // crl_invalid (damaged, an unknown critical extension of the list or of an entry, a duplicate extension).
  static Result<std::shared_ptr<const Crl>, Code> parse(Octets der_or_pem, std::size_t limit = kMaxCrlOctets);
  Crl(const Crl&) = delete;
  Crl& operator=(const Crl&) = delete;

  const Sha256& id() const { return id_; }  // SHA-256 of the DER: the identity of this evidence
  Octets der() const { return der_; }
  Octets issuer() const { return issuer_; }  // encoded Name
  Time this_update() const { return this_update_; }
  const std::optional<Time>& next_update() const { return next_update_; }
  const std::string& number() const { return number_; }                           // without leading zeros; "": absent
  const std::optional<std::string>& base_number() const { return base_number_; }  // set: a delta
  Octets authority_key_identifier() const { return authority_key_identifier_; }   // keyIdentifier; may be empty
  Octets scope_octets() const { return scope_octets_; }                           // extension value; may be empty
  const CrlScope& scope() const { return scope_; }
  const std::optional<Time>& expired_certs_since() const { return expired_certs_since_; }  // expiredCertsOnCRL
  std::size_t size() const { return size_; }                                               // entries

  // Every entry in order.
  void for_each(const std::function<void(const CrlEntry&)>& visit) const;
  Octets entries_octets() const { return entries_; }  // revokedCertificates: equal octets are equal entries

  // What was signed, and how.
  Octets signed_octets() const { return signed_; }
  const cms::AlgorithmId& signature_algorithm() const { return algorithm_; }
  Octets signature() const { return signature_; }

 private:
  Crl() = default;
  bool read();
  bool read_list(Octets content);
  bool read_extensions(Octets content);
  bool read_extension(Octets oid, bool critical, Octets value);
  bool read_issuing_distribution_point(Octets value);
  bool check_entries();

  std::string der_;
  Sha256 id_;
  Octets issuer_, entries_, signed_, signature_, authority_key_identifier_, scope_octets_;
  cms::AlgorithmId algorithm_;
  Time this_update_;
  std::optional<Time> next_update_, expired_certs_since_;
  std::string number_;
  std::optional<std::string> base_number_;
  CrlScope scope_;
  std::size_t size_ = 0;
};

using CrlPtr = std::shared_ptr<const Crl>;

// CRLNumber a < b, as unsigned octets without leading zeros.
bool number_less(std::string_view a, std::string_view b);

// Scope of an encoded issuingDistributionPoint value; nullopt: malformed.  `issuer`: of the list.
std::optional<CrlScope> read_scope(Octets value, Octets issuer);

}  // namespace waxseal::smime
