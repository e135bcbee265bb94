// REV-03..32: each accepting case has a twin that differs in one thing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smime/revocation_sources.h"
#include "smime/verifier.h"
#include "support/der.h"
#include "support/memory.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

const std::string kUrl = "http://crl.example.org/ca.crl";

Cert leaf_with(std::vector<std::string> urls, std::string not_after = "2027-01-01T00:00:00Z") {
  CertSpec spec;
  spec.emails = {"alice@example.org"};
  spec.crl_urls = std::move(urls);
  spec.not_after = at(not_after);
  return pki().leaf(spec);
}

// One signer under the default PKI, lists at hand, one verdict of its unit.
struct Case {
  Cert leaf = leaf_with({kUrl});
  std::vector<std::string> lists;
  Policy policy;
  Time when = default_now();
  Epoch epoch = Epoch::kNow;
  Time machine = default_now();

  Codes codes() const {
    const TrustStore trust = trusting({pki().root}, {pki().intermediate});
    CertificateMap certificates;
    const CertificatePtr signer = parsed(leaf);
    certificates.add(signer);
    CrlsAtHand source(policy, trust, machine);
    for (const std::string& list : lists) EXPECT_TRUE(source.add(list));
    PathValidator paths(policy);
    std::vector<Code> found =
        paths.evaluate(make_unit(*signer, {}, {}), certificates, trust, when, epoch, &source).codes;
    std::erase(found, Code::revocation_no_pointer);  // the issuing CA's certificate names no list
    return names(found);
  }
};

std::string list_of(CrlSpec spec) {
  return make_crl(spec, pki().intermediate);
}
Revoked entry(const Cert& cert, std::string_view date, std::optional<int> reason = std::nullopt,
              std::optional<Time> invalidity = std::nullopt) {
  return {cert.serial, at(date), reason, invalidity};
}
const Codes kGood;

// NET-31: one buffer and views into it; OpenSSL's own objects would be ten times the list.
TEST(Revocation, ALongListCostsItsOwnSizeInMemory) {
  constexpr std::size_t kEntries = 200'000;
  CrlSpec spec;
  for (std::size_t i = 0; i < kEntries; ++i)
    spec.revoked.push_back({"\x01" + std::to_string(1'000'000 + i), default_now() - Seconds(3600), {}, {}});
  const std::string octets = make_crl(spec, pki().intermediate);
  spec.revoked = {};
  std::size_t seen = 0;
  const std::size_t extra = extra_memory([&] {
    const auto crl = Crl::parse(octets);
    ASSERT_TRUE(crl);
    crl.value()->for_each([&](const CrlEntry&) { ++seen; });
  });
  EXPECT_EQ(seen, kEntries);
  EXPECT_LT(extra, octets.size() + octets.size() / 4);
}

TEST(Revocation, AListInForceThatDoesNotNameTheSignerIsGood) {
  EXPECT_EQ((Case{.lists = {list_of({})}}.codes()), kGood);
  EXPECT_EQ((Case{}.codes()), Codes{"crl_unavailable"});
}

TEST(Revocation, AnEntryRevokesWhateverItsDate) {  // REV-10
  Case test;
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z")}})};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-12-01T00:00:00Z")}})};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z", kCertificateHold)}})};
  EXPECT_EQ(test.codes(), Codes{"cert_on_hold"});
  test.lists = {list_of({.revoked = {{"\x01", at("2026-06-01T00:00:00Z"), {}, {}}}})};  // somebody else
  EXPECT_EQ(test.codes(), kGood);
}

TEST(Revocation, AnExpiredListStillRevokesButVouchesForNobody) {
  const CrlSpec old{.this_update = at("2026-05-01T00:00:00Z"), .next_update = at("2026-05-08T00:00:00Z")};
  Case test{.lists = {list_of(old)}};
  EXPECT_EQ(test.codes(), Codes{"crl_expired"});
  test.policy.revocation.stale_grace = Seconds(90 * 24 * 3600);
  EXPECT_EQ(test.codes(), kGood);
  CrlSpec with_entry = old;
  with_entry.revoked = {entry(test.leaf, "2026-04-01T00:00:00Z")};
  test.lists = {list_of(with_entry)};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
}

TEST(Revocation, AnOlderCleanListDoesNotTakeBackARevocation) {  // the attack of 8550 section 6
  Case test;
  const std::string older = list_of({.this_update = at("2026-06-01T00:00:00Z")});
  const std::string newer = list_of({.revoked = {entry(test.leaf, "2026-06-15T00:00:00Z")}, .number = 2});
  test.lists = {newer, older};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
  test.lists = {older, newer};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
}

TEST(Revocation, AHoldEndsWithTheNextListThatDoesNotNameIt) {
  Case test;
  const std::string held = list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z", kCertificateHold)},
                                    .this_update = at("2026-06-02T00:00:00Z")});
  const std::string released = list_of({.number = 2});
  test.lists = {held, released};
  EXPECT_EQ(test.codes(), kGood);
  test.epoch = Epoch::kAtDelivery;
  test.when = at("2026-06-03T00:00:00Z");
  EXPECT_EQ(test.codes(), Codes{"cert_on_hold"});
  // Twin: a revocation for good that the next list drops stays known (REV-07).
  test.epoch = Epoch::kNow;
  test.when = default_now();
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z", kKeyCompromise)},
                         .this_update = at("2026-06-02T00:00:00Z")}),
                released};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
}

TEST(Revocation, OnlyTheIssuerMaySignAListAndOnlyUnharmed) {  // REV-03
  EXPECT_EQ((Case{.lists = {list_of({.break_signature = true})}}.codes()), Codes{"crl_invalid"});
  const Pki other("Other");
  EXPECT_EQ((Case{.lists = {make_crl({}, other.intermediate)}}.codes()), Codes{"crl_unavailable"});
  Cert impostor = other.intermediate;  // the right name, another key
  impostor.subject = pki().intermediate.subject;
  impostor.key_identifier = pki().intermediate.key_identifier;
  EXPECT_EQ((Case{.lists = {make_crl({}, impostor)}}.codes()), Codes{"crl_invalid"});
  EXPECT_EQ((Case{.lists = {list_of({.digest = "SHA1"})}}.codes()), Codes{"crl_invalid"});
  EXPECT_EQ((Case{.lists = {list_of({.this_update = default_now() + Seconds(301)})}}.codes()), Codes{"crl_invalid"});
  EXPECT_EQ((Case{.lists = {list_of({.this_update = default_now() + Seconds(299)})}}.codes()), kGood);
}

TEST(Revocation, AnUnknownCriticalExtensionMakesAListUnusable) {
  const auto with = [](bool critical) {
    return list_of({.extensions = {extension("1.2.3.4", critical, test::der::null())}});
  };
  EXPECT_FALSE(Crl::parse(with(true)));
  EXPECT_TRUE(Crl::parse(with(false)));
}

TEST(Revocation, ModesDecideWhatNotKnowingMeans) {  // 3.7; REV-31
  Policy policy;
  EXPECT_EQ(policy.severity(Code::crl_unavailable), Severity::kFatal);
  policy.revocation.mode = RevocationMode::kSoft;
  EXPECT_EQ(policy.severity(Code::crl_unavailable), Severity::kWarn);
  EXPECT_EQ(policy.severity(Code::cert_revoked), Severity::kFatal);
  Case test;
  test.policy.revocation.mode = RevocationMode::kOff;
  EXPECT_EQ(test.codes(), kGood);
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z")}})};
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});  // what is known stays known
}

TEST(Revocation, WithoutAPointerNothingIsMissing) {  // REV-01
  EXPECT_EQ((Case{.leaf = leaf_with({})}.codes()), kGood);
  Policy strict;
  EXPECT_EQ(strict.severity(Code::revocation_no_pointer), Severity::kInfo);
  strict.revocation.no_pointer_fails = true;
  EXPECT_EQ(strict.severity(Code::revocation_no_pointer), Severity::kFatal);
}

// REV-11: T and what is known today.
struct Past {
  const char* what;
  const char* when;
  CrlSpec list;
  Codes codes;
};
class RevocationAtDelivery : public testing::TestWithParam<Past> {};

TEST_P(RevocationAtDelivery, IsJudgedAtT) {
  Case test{.leaf = leaf_with({kUrl}, "2026-06-20T00:00:00Z"), .epoch = Epoch::kAtDelivery};
  test.when = at(GetParam().when);
  CrlSpec list = GetParam().list;
  for (Revoked& each : list.revoked) each.serial = test.leaf.serial;
  test.lists = {list_of(list)};
  EXPECT_EQ(test.codes(), GetParam().codes);
}

const Time kJune10 = at("2026-06-10T00:00:00Z"), kJune17 = at("2026-06-17T00:00:00Z");
INSTANTIATE_TEST_SUITE_P(
    Rules, RevocationAtDelivery,
    testing::Values(
        Past{"revoked before T",
             "2026-06-05T00:00:00Z",
             {.revoked = {{"", at("2026-06-01T00:00:00Z"), {}, {}}}, .this_update = kJune10, .next_update = kJune17},
             {"cert_revoked"}},
        Past{"revoked after T",
             "2026-05-05T00:00:00Z",
             {.revoked = {{"", at("2026-06-01T00:00:00Z"), {}, {}}}, .this_update = kJune10, .next_update = kJune17},
             {}},
        Past{"invalid before T",
             "2026-05-05T00:00:00Z",
             {.revoked = {{"", at("2026-06-01T00:00:00Z"), 1, at("2026-05-01T00:00:00Z")}},
              .this_update = kJune10,
              .next_update = kJune17},
             {"cert_revoked"}},
        Past{"list from after T", "2026-06-05T00:00:00Z", {.this_update = kJune10, .next_update = kJune17}, {}},
        Past{"list in force at T", "2026-06-12T00:00:00Z", {.this_update = kJune10, .next_update = kJune17}, {}},
        Past{"list that ended before T",
             "2026-06-18T00:00:00Z",
             {.this_update = kJune10, .next_update = kJune17},
             {"crl_expired"}},
        Past{"list from after the certificate's end",
             "2026-06-18T00:00:00Z",
             {.this_update = at("2026-06-25T00:00:00Z")},
             {"crl_expired"}}),
    [](const auto& each) {
      std::string name;
      for (const char c : std::string(each.param.what)) name += c == ' ' || c == '\'' ? '_' : c;
      return name;
    });

TEST(Revocation, ACompromisedKeyMayCountForAllMailItSigned) {  // late_key_compromise
  Case test{.when = at("2026-05-05T00:00:00Z"), .epoch = Epoch::kAtDelivery};
  test.lists = {list_of({.revoked = {entry(test.leaf, "2026-06-01T00:00:00Z", kKeyCompromise)}})};
  EXPECT_EQ(test.codes(), kGood);
  test.policy.revocation.late_key_compromise_always = true;
  EXPECT_EQ(test.codes(), Codes{"cert_revoked"});
}

TEST(Revocation, ListsWithAScopeCoverWhatItSays) {  // REV-04
  const auto scoped = [](std::string content) {
    return list_of({.extensions = {extension("2.5.29.28", true, test::der::sequence({content}))}});
  };
  const auto flag = [](unsigned tag) { return test::der::implicit_tag(tag, "\xff"); };
  EXPECT_EQ((Case{.lists = {scoped(flag(1))}}.codes()), kGood);                     // only user certificates
  EXPECT_EQ((Case{.lists = {scoped(flag(2))}}.codes()), Codes{"crl_unavailable"});  // only CA certificates
  const auto named = [&](const std::string& url) {
    return scoped(test::der::explicit_tag(0, test::der::explicit_tag(0, test::der::implicit_tag(6, url))));
  };
  EXPECT_EQ((Case{.lists = {named(kUrl)}}.codes()), kGood);
  EXPECT_EQ((Case{.lists = {named(kUrl + "2")}}.codes()), Codes{"crl_unavailable"});
  // Reasons: one partition is not all; two together are.
  const std::string some = scoped(test::der::implicit_tag(3, std::string("\x06\x40", 2)));      // keyCompromise
  const std::string rest = scoped(test::der::implicit_tag(3, std::string("\x07\x3f\x80", 3)));  // all the others
  EXPECT_EQ((Case{.lists = {some}}.codes()), Codes{"crl_unavailable"});
  EXPECT_EQ((Case{.lists = {some, rest}}.codes()), kGood);
}

}  // namespace
}  // namespace waxseal::smime
