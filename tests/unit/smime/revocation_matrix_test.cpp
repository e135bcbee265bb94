// T x evidence x mode, for now and at delivery (REV-10, REV-11, verification.md 3.7).  Every cell is written out: what
// a client sees.
#include <gtest/gtest.h>

#include "smime/code.h"
#include "smime/revocation_sources.h"
#include "smime/verifier.h"
#include "support/mail.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

constexpr const char* kUrl = "http://crl.example.org/ca.crl";
constexpr Seconds kDay{24 * 3600};

enum class Known { kGood, kRevokedBefore, kRevokedAfter, kNothing };

struct Row {
  const char* when;  // T
  Known known;
  const char* hard;
  const char* soft;
  const char* off;
};

// The certificate is valid in June 2026.
constexpr const char* kBefore = "2026-05-20T12:00:00Z";
constexpr const char* kValid = "2026-06-15T12:00:00Z";
constexpr const char* kAfter = "2026-07-10T12:00:00Z";

constexpr const char* kVerified = "signed/verified";
constexpr const char* kRevoked = "signed/failed cert_revoked";
constexpr const char* kEarly = "signed/failed cert_not_yet_valid";
constexpr const char* kEarlyRevoked = "signed/failed cert_not_yet_valid cert_revoked";
constexpr const char* kEarlyUnknown = "signed/failed cert_not_yet_valid crl_unavailable";
constexpr const char* kExpired = "signed/failed cert_expired";
constexpr const char* kExpiredRevoked = "signed/failed cert_expired cert_revoked";
constexpr const char* kExpiredUnknown = "signed/failed cert_expired crl_unavailable";
constexpr const char* kExpiredLate = "signed/failed cert_expired crl_expired";
constexpr const char* kUnknown = "signed/failed crl_unavailable";

// REV-10: an entry counts whatever its date, and of an expired certificate only that is still reported.
const std::vector<Row>& now_table() {
  static const std::vector<Row> rows = {
      {kBefore, Known::kGood, kEarly, kEarly, kEarly},
      {kBefore, Known::kRevokedBefore, kEarlyRevoked, kEarlyRevoked, kEarlyRevoked},
      {kBefore, Known::kRevokedAfter, kEarlyRevoked, kEarlyRevoked, kEarlyRevoked},
      {kBefore, Known::kNothing, kEarlyUnknown, kEarlyUnknown, kEarly},
      {kValid, Known::kGood, kVerified, kVerified, kVerified},
      {kValid, Known::kRevokedBefore, kRevoked, kRevoked, kRevoked},
      {kValid, Known::kRevokedAfter, kRevoked, kRevoked, kRevoked},
      {kValid, Known::kNothing, kUnknown, kVerified, kVerified},
      {kAfter, Known::kGood, kExpired, kExpired, kExpired},
      {kAfter, Known::kRevokedBefore, kExpiredRevoked, kExpiredRevoked, kExpiredRevoked},
      {kAfter, Known::kRevokedAfter, kExpiredRevoked, kExpiredRevoked, kExpiredRevoked},
      {kAfter, Known::kNothing, kExpired, kExpired, kExpired},
  };
  return rows;
}

// REV-11: what was revoked after T was good at T, and a list from after the certificate's end vouches for nothing.
const std::vector<Row>& at_delivery_table() {
  static const std::vector<Row> rows = {
      {kBefore, Known::kGood, kEarly, kEarly, kEarly},
      {kBefore, Known::kRevokedBefore, kEarlyRevoked, kEarlyRevoked, kEarlyRevoked},
      {kBefore, Known::kRevokedAfter, kEarly, kEarly, kEarly},
      {kBefore, Known::kNothing, kEarlyUnknown, kEarlyUnknown, kEarly},
      {kValid, Known::kGood, kVerified, kVerified, kVerified},
      {kValid, Known::kRevokedBefore, kRevoked, kRevoked, kRevoked},
      {kValid, Known::kRevokedAfter, kVerified, kVerified, kVerified},
      {kValid, Known::kNothing, kUnknown, kVerified, kVerified},
      {kAfter, Known::kGood, kExpiredLate, kExpiredLate, kExpired},
      {kAfter, Known::kRevokedBefore, kExpiredRevoked, kExpiredRevoked, kExpiredRevoked},
      {kAfter, Known::kRevokedAfter, kExpired, kExpired, kExpired},
      {kAfter, Known::kNothing, kExpiredUnknown, kExpiredUnknown, kExpired},
  };
  return rows;
}

const Cert& signer() {
  static const Cert cert = [] {
    CertSpec spec;
    spec.emails = {std::string(kAlice)};
    spec.not_before = at("2026-06-01T00:00:00Z");
    spec.not_after = at("2026-06-30T00:00:00Z");
    spec.crl_urls = {kUrl};
    return pki().leaf(spec);
  }();
  return cert;
}

std::string list_of(Known known, Time when) {
  CrlSpec spec{.this_update = when - kDay, .next_update = when + 6 * kDay};
  if (known == Known::kRevokedBefore) spec.revoked = {{signer().serial, when - 2 * kDay, {}, {}}};
  if (known == Known::kRevokedAfter) spec.revoked = {{signer().serial, when + 2 * kDay, {}, {}}};
  return make_crl(spec, pki().intermediate);
}

std::string verdict(const Row& cell, RevocationMode mode, Epoch epoch) {
  static const std::string mail = clear_signed_mail({.cert = signer(), .signing_time = std::nullopt});
  Policy policy;
  policy.revocation.mode = mode;
  const Time when = at(cell.when);
  const TrustStore trust = trusting({pki().root}, {pki().intermediate});
  // Now is T; a verdict at delivery is made of what is known a month later.
  CrlsAtHand source(policy, trust, epoch == Epoch::kNow ? when : when + 30 * kDay);
  if (cell.known != Known::kNothing) {
    EXPECT_TRUE(source.add(list_of(cell.known, when)));
  }
  const Verdict found = Verifier(policy).verify(mail, trust, when, epoch, &source).verdict;
  std::string out(status_token(found.status).value_or("null"));
  for (const Code code : found.visible_codes()) out += " " + std::string(row(code).name);
  return out;
}

void compare(const std::vector<Row>& table, Epoch epoch) {
  for (const Row& cell : table) {
    SCOPED_TRACE(std::string(cell.when) + " evidence " + std::to_string(static_cast<int>(cell.known)));
    EXPECT_EQ(verdict(cell, RevocationMode::kHard, epoch), cell.hard);
    EXPECT_EQ(verdict(cell, RevocationMode::kSoft, epoch), cell.soft);
    EXPECT_EQ(verdict(cell, RevocationMode::kOff, epoch), cell.off);
  }
}

TEST(RevocationMatrix, Now) {  // REV-10, REV-30
  EXPECT_EQ(now_table().size(), 12u);
  compare(now_table(), Epoch::kNow);
}

TEST(RevocationMatrix, AtDelivery) {  // REV-11
  EXPECT_EQ(at_delivery_table().size(), 12u);
  compare(at_delivery_table(), Epoch::kAtDelivery);
}

}  // namespace
}  // namespace waxseal::smime
