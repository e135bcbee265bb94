// Where a certificate says that its revocation is published: CRL distribution points (5280 section 4.2.1.13) and OCSP
// responders (section 4.2.2.1).  Read by our own bounded DER walker; names stay encoded.
#pragma once

#include <string>
#include <vector>

#include "smime/certificate.h"

namespace waxseal::smime {

// Bits of ReasonFlags (5280 section 4.2.1.13): bit n of the BIT STRING is 1 << n.
inline constexpr unsigned kAllReasons = 0x1fe;

inline constexpr std::size_t kMaxDistributionPoints = 16;
inline constexpr std::size_t kMaxUrlOctets = 2048;  // NET-03

struct DistributionPoint {
  std::vector<std::string> names;  // GeneralNames, whole elements; nameRelativeToCRLIssuer is made a full one
  unsigned reasons = kAllReasons;
  std::vector<std::string> crl_issuers;  // Names, as encoded; empty: the certificate's issuer publishes
  bool indirect() const { return !crl_issuers.empty(); }
};

struct RevocationPointers {
  std::vector<DistributionPoint> points;
  std::vector<std::string> crl_urls;       // URIs of the points, in order, any scheme; nothing about them was checked
  std::vector<std::string> freshest_urls;  // of freshestCRL: only fetched where deltas are on (NET-02)
  std::vector<std::string> ocsp_urls;      // URIs of id-ad-ocsp
  std::vector<std::string> issuer_urls;    // URIs of id-ad-caIssuers: where the issuer's certificate may be
  bool malformed = false;                  // an extension cannot be read: what it says is lost, that it is there is not

  // NO_POINTER (REV-10).
  bool none() const { return points.empty() && ocsp_urls.empty() && !malformed; }
};

RevocationPointers revocation_pointers(const Certificate& certificate);

// --- parts that CRLs share ---

// DistributionPointName (the content of the [0] around it) as GeneralNames; `issuer` completes a relative one.
// false: malformed.
bool read_point_name(Octets content, Octets issuer, std::vector<std::string>& names);
// ReasonFlags content octets of a BIT STRING.
unsigned read_reasons(Octets content);
// Some name of one is some name of the other: URIs octet by octet, directory names by their canonical form.
bool share_a_name(const std::vector<std::string>& a, const std::vector<std::string>& b);
// GeneralName of a directoryName around an encoded Name.
std::string directory_name(Octets name);

}  // namespace waxseal::smime
