// PTH-01..36 and the attacks of verification.md 8.4 that need no network.
#include "smime/path.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/text.h"
#include "support/der.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

const Codes kValid = {};

// The default PKI's root is trusted, its intermediate is in the message.
Evaluation by_default() {
  return {.trust = trusting({pki().root})};
}

Supplied with_chain(const CertSpec& spec) {
  return {pki().leaf(spec), {pki().intermediate}};
}

Codes leaf_codes(const CertSpec& spec, const Policy& policy = {}) {
  Evaluation how = by_default();
  how.policy = policy;
  return path_codes(with_chain(spec), how);
}

CertSpec mail_leaf() {
  return {.emails = {"alice@example.org"}};
}

// A chain root -> (each spec in turn) -> leaf, all supplied.
struct Chain {
  Cert root;
  std::vector<Cert> issuers;  // top down
  Cert leaf;

  Codes codes(const Policy& policy = {}, Time at = default_now()) const {
    return path_codes({leaf, issuers}, {.trust = trusting({root}), .policy = policy, .at = at});
  }
};

Chain chain(const std::vector<CertSpec>& issuers, const CertSpec& leaf, CertSpec root = ca_spec("Chain Root", -50)) {
  Chain out{self_signed(root), {}, {}};
  const Cert* above = &out.root;
  out.issuers.reserve(issuers.size());
  for (const CertSpec& spec : issuers) {
    out.issuers.push_back(issue(spec, *above));
    above = &out.issuers.back();
  }
  out.leaf = issue(leaf, *above);
  return out;
}

CertSpec ca(int number) {
  return ca_spec("Chain CA " + std::to_string(number), -60 - number);
}

std::vector<Sha256> ids(const std::vector<Cert>& certs) {
  std::vector<Sha256> out;
  for (const Cert& cert : certs) out.push_back(sha256(cert.der));
  return out;
}

// --- inputs (3.1) ---

TEST(Path, LeafIntermediateAnchorIsValid) {
  const Supplied supplied = with_chain(mail_leaf());
  const UnitState state = evaluate(supplied, by_default());
  EXPECT_TRUE(state.codes.empty());
  EXPECT_EQ(state.path, ids({supplied.leaf, pki().intermediate, pki().root}));
}

TEST(Path, IntermediateMayComeFromTheConfigurationInsteadOfTheMessage) {  // PTH-02
  const Cert leaf = pki().leaf(mail_leaf());
  EXPECT_EQ(path_codes({leaf}, {.trust = trusting({pki().root}, {pki().intermediate})}), kValid);
  EXPECT_EQ(path_codes({leaf}, by_default()), Codes{"chain_incomplete"});
}

TEST(Path, SelfSignedCertificateOfTheMessageIsNoAnchor) {  // PTH-03
  const Pki stranger("Stranger");
  const Supplied supplied{stranger.leaf(mail_leaf()), {stranger.intermediate, stranger.root}};
  EXPECT_EQ(path_codes(supplied, by_default()), Codes{"chain_untrusted"});
  EXPECT_EQ(path_codes(supplied, {.trust = trusting({stranger.root})}), kValid);
}

TEST(Path, ConfiguredIntermediateIsNoAnchor) {
  const Cert leaf = pki().leaf(mail_leaf());
  EXPECT_EQ(path_codes({leaf}, {.trust = trusting({}, {pki().intermediate})}), Codes{"chain_incomplete"});
  EXPECT_EQ(path_codes({leaf}, {.trust = trusting({pki().intermediate})}), kValid);  // anchors need not be self-signed
}

TEST(Path, SelfSignedSignerIsNamedAsSuch) {
  const Cert leaf = self_signed(mail_leaf());
  EXPECT_EQ(path_codes({leaf}, by_default()), Codes{"chain_self_signed"});
}

TEST(Path, PinnedSignerIsAPathOfItsOwn) {  // PTH-13
  const Cert self = self_signed(mail_leaf());
  const UnitState state = evaluate({self}, {.trust = trusting({self})});
  EXPECT_TRUE(state.codes.empty());
  EXPECT_EQ(state.path, ids({self}));
  const Cert issued = pki().leaf(mail_leaf());
  EXPECT_EQ(path_codes({issued}, {.trust = trusting({issued})}), kValid);
}

TEST(Path, PinnedSignerIsStillCheckedForUseAndTime) {
  CertSpec spec = mail_leaf();
  spec.ext_key_usage = {std::string(kServerAuth)};
  const Cert self = self_signed(spec);
  EXPECT_EQ(path_codes({self}, {.trust = trusting({self})}), Codes{"cert_ext_key_usage"});
  EXPECT_EQ(path_codes({self}, {.trust = trusting({self}), .at = at("2027-06-01T00:00:00Z")}),
            (Codes{"cert_expired", "cert_ext_key_usage"}));
}

TEST(Path, RemovedAnchorCountsOnlyForMailReceivedBeforeItsRemoval) {  // TIM-14
  const Supplied supplied = with_chain(mail_leaf());
  Evaluation how = by_default();
  how.trust.anchors[0].removed_at = default_now() + Seconds(1);
  how.epoch = Epoch::kAtDelivery;
  const UnitState before = evaluate(supplied, how);
  EXPECT_TRUE(before.codes.empty());
  EXPECT_EQ(before.next_change, default_now() + Seconds(1));
  how.at = default_now() + Seconds(1);
  EXPECT_EQ(path_codes(supplied, how), Codes{"chain_incomplete"});
  how.at = default_now();
  how.epoch = Epoch::kNow;
  EXPECT_EQ(path_codes(supplied, how), Codes{"chain_incomplete"});
}

TEST(Path, MissingLeafIsAnInternalErrorAndNeverAVerdict) {
  CertificateMap none;
  PathValidator paths{Policy{}};
  const Unit unit = make_unit(*parsed(pki().leaf(mail_leaf())), {}, {});
  EXPECT_EQ(names(paths.evaluate(unit, none, trusting({pki().root}), default_now(), Epoch::kNow).codes),
            Codes{"internal_error"});
}

// --- building (3.2) ---

TEST(Path, RogueCaOfTheSameNameNeitherHelpsNorHarms) {  // ATK-80, PTH-10
  const Pki real("Twin");
  CertSpec rogue_spec = ca_spec("Waxseal Twin Root", -90);
  rogue_spec.key_identifier = "";  // and no key identifier that could tell them apart
  rogue_spec.authority_key_identifier = false;
  rogue_spec.not_after = at("2049-01-01T00:00:00Z");  // preferred by remaining validity
  const Cert rogue = self_signed(rogue_spec);
  const Evaluation how{.trust = trusting({real.root})};

  CertSpec intermediate_spec = ca_spec("Twin Issuing", -91);
  intermediate_spec.authority_key_identifier = false;
  const Cert intermediate = issue(intermediate_spec, real.root);
  const Cert good = issue(mail_leaf(), intermediate);
  EXPECT_EQ(path_codes({good, {rogue, intermediate}}, how), kValid);
  EXPECT_EQ(path_codes({good, {intermediate, rogue}}, how), kValid);

  const Cert evil = issue(mail_leaf(), rogue);
  EXPECT_EQ(path_codes({evil, {rogue}}, how), Codes{"chain_untrusted"});
  CertSpec anonymous = mail_leaf();
  anonymous.authority_key_identifier = false;
  EXPECT_EQ(path_codes({issue(anonymous, rogue)}, how), Codes{"chain_signature"});
}

TEST(Path, IntermediateWithTheNameOfItsRootIsNotTakenForTheRoot) {
  // Without key identifiers only the signature tells who issued the leaf; OpenSSL alone would take the trusted one.
  CertSpec root_spec = ca_spec("One Name", -92), twin_spec = ca_spec("One Name", -93);
  root_spec.key_identifier = twin_spec.key_identifier = "";
  const Cert root = self_signed(root_spec);
  const Cert middle = issue(ca_spec("Between", -94), root);
  const Cert twin = issue(twin_spec, middle);
  const Supplied supplied{issue(mail_leaf(), twin), {middle, twin}};
  const UnitState state = evaluate(supplied, {.trust = trusting({root})});
  EXPECT_TRUE(state.codes.empty());
  EXPECT_EQ(state.path, ids({supplied.leaf, twin, middle, root}));
  EXPECT_EQ(path_codes({supplied.leaf, {middle}}, {.trust = trusting({root})}), Codes{"chain_signature"});
}

TEST(Path, CaThatRolledItsKeyOverIsFollowed) {  // 5280 section 4.2.1.1: self-issued, told apart by key identifiers
  const Cert old_root = self_signed(ca_spec("Rollover Root", -112));
  const Cert new_under_old = issue(ca_spec("Rollover Root", -113), old_root);
  const Cert leaf = issue(mail_leaf(), new_under_old);
  EXPECT_EQ(path_codes({leaf, {new_under_old}}, {.trust = trusting({old_root})}), kValid);
  EXPECT_EQ(path_codes({leaf}, {.trust = trusting({old_root})}), Codes{"chain_incomplete"});
}

TEST(Path, ExpiredIntermediateBesideAValidCrossSignIsNoProblemInAnyOrder) {  // ATK-81, PTH-04
  CertSpec expired = ca(1);
  expired.not_after = at("2025-01-01T00:00:00Z");
  const Cert root = self_signed(ca_spec("Cross Root", -94));
  const Cert old_version = issue(expired, root);
  const Cert new_version = issue(ca(1), root);
  const Cert leaf = issue(mail_leaf(), new_version);
  const Evaluation how{.trust = trusting({root})};
  EXPECT_EQ(path_codes({leaf, {old_version, new_version}}, how), kValid);
  EXPECT_EQ(path_codes({leaf, {new_version, old_version}}, how), kValid);
  EXPECT_EQ(path_codes({leaf, {old_version}}, how), Codes{"issuer_expired"});
}

TEST(Path, LaterExpiringIntermediateThatIsUnfitGivesWayToAFitOne) {  // backtracking
  CertSpec unfit = ca(2);
  unfit.ext_key_usage = {std::string(kServerAuth)};
  unfit.not_after = at("2040-01-01T00:00:00Z");
  const Cert root = self_signed(ca_spec("Fit Root", -95));
  const Cert unfit_version = issue(unfit, root), fit_version = issue(ca(2), root);
  const Cert leaf = issue(mail_leaf(), fit_version);
  const Supplied supplied{leaf, {unfit_version, fit_version}};
  const UnitState state = evaluate(supplied, {.trust = trusting({root})});
  EXPECT_TRUE(state.codes.empty());
  EXPECT_EQ(state.path, ids({leaf, fit_version, root}));
  EXPECT_EQ(path_codes({leaf, {unfit_version}}, {.trust = trusting({root})}), Codes{"issuer_ext_key_usage"});
}

TEST(Path, CrossSignToASecondRootIsFound) {
  const Cert root_a = self_signed(ca_spec("Root A", -96)), root_b = self_signed(ca_spec("Root B", -97));
  const Cert a_under_b = issue(ca_spec("Root A", -96), root_b);
  const Cert intermediate = issue(ca(3), root_a);
  const Cert leaf = issue(mail_leaf(), intermediate);
  const Supplied supplied{leaf, {intermediate, a_under_b, root_a}};
  EXPECT_EQ(evaluate(supplied, {.trust = trusting({root_b})}).path, ids({leaf, intermediate, a_under_b, root_b}));
  EXPECT_EQ(evaluate(supplied, {.trust = trusting({root_a})}).path, ids({leaf, intermediate, root_a}));
  EXPECT_EQ(path_codes({leaf, {intermediate, root_a}}, {.trust = trusting({root_b})}), Codes{"chain_untrusted"});
}

TEST(Path, CertificatesThatCertifyEachOtherEndTheSearch) {
  const Cert root = self_signed(ca_spec("Elsewhere", -98));
  const Cert a = self_signed(ca(4)), b = self_signed(ca(5));
  const Cert a_by_b = issue(ca(4), b), b_by_a = issue(ca(5), a);
  EXPECT_EQ(path_codes({issue(mail_leaf(), a), {a_by_b, b_by_a}}, {.trust = trusting({root})}),
            Codes{"chain_incomplete"});
}

TEST(Path, ResultDoesNotDependOnTheOrderOfAnything) {
  CertSpec expired = ca(6), unfit = ca(6);
  expired.not_after = at("2025-01-01T00:00:00Z");
  unfit.ext_key_usage = {std::string(kServerAuth)};
  const Cert root_a = self_signed(ca_spec("Order A", -99)), root_b = self_signed(ca_spec("Order B", -100));
  std::vector<Cert> bag = {issue(expired, root_a), issue(unfit, root_a), issue(expired, root_b), issue(unfit, root_b),
                           self_signed(ca(6))};
  const Cert leaf = issue(mail_leaf(), bag[0]);
  const UnitState expected = evaluate({leaf, bag}, {.trust = trusting({root_a, root_b})});
  EXPECT_FALSE(expected.codes.empty());
  std::sort(bag.begin(), bag.end(), [](const Cert& a, const Cert& b) { return a.der < b.der; });
  do {
    EXPECT_EQ(evaluate({leaf, bag}, {.trust = trusting({root_b, root_a})}), expected);
    EXPECT_EQ(evaluate({leaf}, {.trust = trusting({root_a, root_b}, bag)}), expected);
  } while (std::next_permutation(bag.begin(), bag.end(), [](const Cert& a, const Cert& b) { return a.der < b.der; }));
}

TEST(Path, DepthHasABound) {  // PTH-10: 8 certificates below the anchor
  std::vector<CertSpec> issuers;
  for (int i = 0; i < 7; ++i) issuers.push_back(ca(10 + i));
  EXPECT_EQ(chain(issuers, mail_leaf()).codes(), kValid);
  issuers.push_back(ca(18));
  EXPECT_EQ(chain(issuers, mail_leaf()).codes(), Codes{"chain_path_length"});
}

TEST(Path, SignatureChecksHaveABound) {
  // Many certificates of the issuer's name, none of which signed the leaf.
  const Cert real = issue(ca(20), pki().root);
  CertSpec leaf_spec = mail_leaf();
  leaf_spec.authority_key_identifier = false;
  const Cert leaf = issue(leaf_spec, real);
  std::vector<Cert> decoys;
  for (int i = 0; i < 3; ++i) {
    CertSpec decoy = ca_spec("Chain CA 20", -120 - i);
    decoy.not_after = at("2040-01-01T00:00:00Z");  // tried first
    decoys.push_back(issue(decoy, pki().root));
  }
  decoys.push_back(real);
  Evaluation how = by_default();
  how.policy.limits.path_signature_checks = 5;
  EXPECT_EQ(path_codes({leaf, decoys}, how), kValid);
  how.policy.limits.path_signature_checks = 3;
  EXPECT_EQ(path_codes({leaf, decoys}, how), Codes{"chain_signature"});
}

TEST(Path, NumberOfPathsHasABoundAndTheBestOfThemIsReported) {
  std::vector<Cert> versions;
  const Cert root = self_signed(ca_spec("Many Root", -101));
  for (int i = 0; i < 20; ++i) {
    CertSpec spec = ca(30);
    spec.not_after = at("2025-01-01T00:00:00Z") + Seconds(i);
    versions.push_back(issue(spec, root));
  }
  const Supplied supplied{issue(mail_leaf(), versions[0]), versions};
  EXPECT_EQ(path_codes(supplied, {.trust = trusting({root})}), Codes{"issuer_expired"});
}

TEST(Path, OversizedIssuerKeyIsNotUsed) {
  Policy policy;
  policy.max_rsa_bits = 2048;
  CertSpec big = ca(31);
  big.key = KeyType::kRsa3072;
  EXPECT_EQ(chain({big}, mail_leaf()).codes(), kValid);
  EXPECT_EQ(chain({big}, mail_leaf()).codes(policy), Codes{"key_unsupported"});
}

TEST(Path, NobodyVouchesButTheSignersOwnProblemsAreStillNamed) {  // PTH-12
  const Pki stranger("Nobody");
  CertSpec spec = mail_leaf();
  spec.key_usage = std::vector<int>{kKeyEncipherment};
  spec.ext_key_usage = {std::string(kServerAuth)};
  EXPECT_EQ(path_codes({stranger.leaf(spec), {stranger.intermediate}},
                       {.trust = trusting({pki().root}), .at = at("2027-06-01T00:00:00Z")}),
            (Codes{"cert_expired", "cert_key_usage", "cert_ext_key_usage", "chain_incomplete"}));
}

// --- checks (3.4) ---

TEST(Path, SignerValidityIsInclusiveAtBothEnds) {  // PTH-20
  const Supplied supplied = with_chain(mail_leaf());
  const auto codes_at = [&](Time at) { return path_codes(supplied, {.trust = trusting({pki().root}), .at = at}); };
  EXPECT_EQ(codes_at(default_not_before() - Seconds(1)), Codes{"cert_not_yet_valid"});
  EXPECT_EQ(codes_at(default_not_before()), kValid);
  EXPECT_EQ(codes_at(default_not_after()), kValid);
  EXPECT_EQ(codes_at(default_not_after() + Seconds(1)), Codes{"cert_expired"});
}

TEST(Path, UntrustedSignerHasTheSameValidityEdges) {
  const Pki stranger("Edges");
  const Supplied supplied{stranger.leaf(mail_leaf())};
  const auto codes_at = [&](Time at) { return path_codes(supplied, {.trust = trusting({pki().root}), .at = at}); };
  EXPECT_EQ(codes_at(default_not_before() - Seconds(1)), (Codes{"cert_not_yet_valid", "chain_incomplete"}));
  EXPECT_EQ(codes_at(default_not_after()), Codes{"chain_incomplete"});
  EXPECT_EQ(codes_at(default_not_after() + Seconds(1)), (Codes{"cert_expired", "chain_incomplete"}));
}

TEST(Path, IssuerAndAnchorValidityHaveTheirOwnCodes) {  // PTH-21, 3.3
  CertSpec root = ca_spec("Aging Root", -102), issuer = ca(40), leaf = mail_leaf();
  root.not_after = at("2026-03-01T00:00:00Z");
  issuer.not_after = at("2026-02-01T00:00:00Z");
  issuer.not_before = at("2026-01-10T00:00:00Z");
  const Chain aging = chain({issuer}, leaf, root);
  EXPECT_EQ(aging.codes({}, at("2026-01-05T00:00:00Z")), Codes{"issuer_not_yet_valid"});
  EXPECT_EQ(aging.codes({}, at("2026-02-01T00:00:00Z")), kValid);
  EXPECT_EQ(aging.codes({}, at("2026-02-01T00:00:01Z")), Codes{"issuer_expired"});
  EXPECT_EQ(aging.codes({}, at("2026-03-01T00:00:01Z")), (Codes{"issuer_expired", "anchor_expired"}));
}

TEST(Path, AnchorValidityCanBeIgnoredAndNothingElse) {
  CertSpec root = ca_spec("Old Root", -103);
  root.not_after = at("2026-03-01T00:00:00Z");
  const Chain old = chain({ca(41)}, mail_leaf(), root);
  Policy policy;
  EXPECT_EQ(old.codes(policy), Codes{"anchor_expired"});
  policy.ignore_anchor_validity = true;
  EXPECT_EQ(old.codes(policy), kValid);
  EXPECT_EQ(old.codes(policy, at("2028-01-01T00:00:00Z")), Codes{"cert_expired"});
}

TEST(Path, EveryIssuerMustBeACertificationAuthority) {  // PTH-22, ATK-82
  CertSpec not_ca = ca(42);
  not_ca.ca = false;
  EXPECT_EQ(chain({not_ca}, mail_leaf()).codes(), Codes{"chain_invalid_ca"});
  CertSpec no_constraints = ca(43);
  no_constraints.basic_constraints = false;
  no_constraints.key_usage.reset();
  EXPECT_EQ(chain({no_constraints}, mail_leaf()).codes(), Codes{"chain_invalid_ca"});
  CertSpec leaf_as_ca = mail_leaf();  // KU digitalSignature: never an edge
  leaf_as_ca.common_name = "Leaf as CA";
  EXPECT_EQ(chain({leaf_as_ca}, mail_leaf()).codes(), Codes{"chain_invalid_ca"});
  EXPECT_EQ(chain({ca(44)}, mail_leaf()).codes(), kValid);
}

TEST(Path, PathLengthIsEnforced) {  // PTH-22, ATK-83
  CertSpec top = ca(45);
  top.path_length = 0;
  EXPECT_EQ(chain({top}, mail_leaf()).codes(), kValid);
  EXPECT_EQ(chain({top, ca(46)}, mail_leaf()).codes(), Codes{"chain_path_length"});
  top.path_length = 1;
  EXPECT_EQ(chain({top, ca(46)}, mail_leaf()).codes(), kValid);
}

TEST(Path, SignerMustNotBeACa) {  // PTH-23
  CertSpec spec = mail_leaf();
  spec.ca = true;
  EXPECT_EQ(leaf_codes(spec), Codes{"cert_is_ca"});
  EXPECT_EQ(leaf_codes(spec, {.allow_ca_signer = true}), kValid);
  const Cert pinned = self_signed(spec);
  EXPECT_EQ(path_codes({pinned}, {.trust = trusting({pinned})}), kValid);
}

TEST(Path, EssRestrictsTheIssuersOfThePath) {  // PTH-24
  Supplied supplied = with_chain(mail_leaf());
  const std::string digest = sha256(pki().intermediate.der).hex();
  supplied.ess_path_set = {"sha256:" + digest};
  EXPECT_EQ(path_codes(supplied, by_default()), kValid);  // the anchor need not be listed
  supplied.ess_path_set = {"sha1:" + hex(digest_octets("SHA1", pki().intermediate.der))};
  EXPECT_EQ(path_codes(supplied, by_default()), kValid);
  for (const std::string& entry : {"sha256:" + sha256(pki().root.der).hex(), "sha1:" + digest, "unknown:" + digest,
                                   std::string("sha256:"), std::string("sha256")}) {
    supplied.ess_path_set = {entry};
    EXPECT_EQ(path_codes(supplied, by_default()), Codes{"ess_path_restriction"}) << entry;
  }
}

TEST(Path, EssRestrictionChoosesAmongPaths) {
  const Cert root = self_signed(ca_spec("Ess Root", -104));
  const Cert first = issue(ca(47), root), second = issue(ca(47), root);
  const Cert leaf = issue(mail_leaf(), first);
  for (const Cert& listed : {first, second}) {
    const Supplied supplied{leaf, {first, second}, {"sha256:" + sha256(listed.der).hex()}};
    EXPECT_EQ(evaluate(supplied, {.trust = trusting({root})}).path, ids({leaf, listed, root}));
  }
}

TEST(Path, KeyUsageMustAllowSignatures) {  // PTH-25
  CertSpec spec = mail_leaf();
  const std::pair<std::optional<std::vector<int>>, Codes> cases[] = {
      {std::nullopt, kValid},
      {{{kDigitalSignature}}, kValid},
      {{{kNonRepudiation}}, kValid},
      {{{kDigitalSignature, kKeyEncipherment}}, kValid},
      {{{kKeyEncipherment}}, {"cert_key_usage"}},
      {{{kCrlSign}}, {"cert_key_usage"}},
  };
  for (const auto& [usage, expected] : cases) {
    spec.key_usage = usage;
    EXPECT_EQ(leaf_codes(spec), expected);
  }
}

TEST(Path, ExtendedKeyUsageMustAllowMail) {  // PTH-26, ATK-84
  const std::string mail(kEmailProtection), any(kAnyExtendedKeyUsage), tls(kServerAuth), code = "1.3.6.1.5.5.7.3.3";
  struct Case {
    std::vector<std::string> purposes;
    Codes by_default, without_any, required;
  };
  const Codes bad = {"cert_ext_key_usage"};
  const Case cases[] = {
      {{}, kValid, kValid, bad},    {{mail}, kValid, kValid, kValid},
      {{any}, kValid, bad, kValid}, {{tls, mail}, kValid, kValid, kValid},
      {{tls}, bad, bad, bad},       {{code}, bad, bad, bad},
  };
  for (const Case& c : cases) {
    CertSpec spec = mail_leaf();
    spec.ext_key_usage = c.purposes;
    EXPECT_EQ(leaf_codes(spec), c.by_default);
    EXPECT_EQ(leaf_codes(spec, {.allow_any_eku = false}), c.without_any);
    EXPECT_EQ(leaf_codes(spec, {.require_eku = true}), c.required);
  }
}

TEST(Path, ExtendedKeyUsageOfIssuersNests) {  // PTH-27, ATK-85
  CertSpec tls_only = ca(48), mail_too = ca(48), root = ca_spec("Tls Root", -105);
  tls_only.ext_key_usage = {std::string(kServerAuth)};
  mail_too.ext_key_usage = {std::string(kServerAuth), std::string(kEmailProtection)};
  EXPECT_EQ(chain({tls_only}, mail_leaf()).codes(), Codes{"issuer_ext_key_usage"});
  EXPECT_EQ(chain({tls_only}, mail_leaf()).codes({.eku_nesting = false}), kValid);
  EXPECT_EQ(chain({mail_too}, mail_leaf()).codes(), kValid);
  root.ext_key_usage = {std::string(kServerAuth)};
  EXPECT_EQ(chain({ca(48)}, mail_leaf(), root).codes(), Codes{"issuer_ext_key_usage"});
}

TEST(Path, NameConstraintsHoldForEveryMailboxForm) {  // PTH-28, ATK-86
  CertSpec permitted = ca(49);
  permitted.name_constraints = NameConstraints{.permitted_emails = {"example.org"}};
  const auto codes = [&](const CertSpec& leaf) { return chain({permitted}, leaf).codes(); };
  const Codes violated = {"name_constraints"};
  EXPECT_EQ(codes({.emails = {"alice@example.org"}}), kValid);
  EXPECT_EQ(codes({.emails = {"alice@EXAMPLE.org"}}), kValid);
  EXPECT_EQ(codes({.emails = {"alice@example.net"}}), violated);
  EXPECT_EQ(codes({.emails = {"alice@sub.example.org"}}), violated);
  EXPECT_EQ(codes({.emails = {"alice@example.org", "alice@example.net"}}), violated);
  EXPECT_EQ(codes({.subject_emails = {"alice@example.org"}}), kValid);
  EXPECT_EQ(codes({.subject_emails = {"alice@example.net"}}), violated);
  EXPECT_EQ(codes({.utf8_mailboxes = {"\xc3\xa4lice@example.org"}}), kValid);
  EXPECT_EQ(codes({.utf8_mailboxes = {"\xc3\xa4lice@example.net"}}), violated);
}

TEST(Path, ExcludedNamesAreExcludedInAnyCase) {
  CertSpec excluded = ca(50);
  excluded.name_constraints = NameConstraints{.excluded_emails = {"victim.example"}};
  EXPECT_EQ(chain({excluded}, {.emails = {"a@example.org"}}).codes(), kValid);
  EXPECT_EQ(chain({excluded}, {.emails = {"a@victim.example"}}).codes(), Codes{"name_constraints"});
  EXPECT_EQ(chain({excluded}, {.emails = {"a@VICTIM.example"}}).codes(), Codes{"name_constraints"});
}

TEST(Path, CommonNameOfTheSignerIsNotTestedAgainstDnsConstraints) {  // 3.3 hostflags
  CertSpec dns_only = ca(51);
  dns_only.extensions = {extension(
      "2.5.29.30", true, der::sequence({der::explicit_tag(0, der::sequence({der::implicit_tag(2, "a.example")}))}))};
  CertSpec leaf = mail_leaf();
  leaf.common_name = "host.b.example";
  EXPECT_EQ(chain({dns_only}, leaf).codes(), kValid);
}

TEST(Path, UnknownCriticalExtensionIsRefusedAnywhere) {  // PTH-29
  const auto unknown = [](bool critical) { return extension("1.3.6.1.4.1.99999.1", critical, der::null()); };
  CertSpec leaf = mail_leaf(), issuer = ca(52);
  leaf.extensions = {unknown(true)};
  EXPECT_EQ(leaf_codes(leaf), Codes{"critical_extension"});
  leaf.extensions = {unknown(false)};
  EXPECT_EQ(leaf_codes(leaf), kValid);
  issuer.extensions = {unknown(true)};
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), Codes{"critical_extension"});
}

TEST(Path, ProxyCertificatesAreRefused) {  // PTH-30
  CertSpec user = mail_leaf();
  user.common_name = "User";
  user.key_usage = std::vector<int>{kDigitalSignature, kKeyCertSign};
  CertSpec proxy;
  proxy.basic_constraints = false;
  proxy.extensions = {
      extension("1.3.6.1.5.5.7.1.14", true, der::sequence({der::sequence({der::oid("1.3.6.1.5.5.7.21.1")})}))};
  const Codes codes = chain({user}, proxy).codes();
  EXPECT_NE(std::find(codes.begin(), codes.end(), "chain_invalid"), codes.end());
}

TEST(Path, RequiredPoliciesMustBeAsserted) {  // PTH-31
  const std::string strict = "2.23.140.1.5.3.1", legacy = "2.23.140.1.5.3.3";
  const auto codes = [&](const std::vector<std::string>& asserted, const std::vector<std::string>& required) {
    CertSpec issuer = ca(53), leaf = mail_leaf();
    issuer.policies = {"2.5.29.32.0"};
    leaf.policies = asserted;
    return chain({issuer}, leaf).codes({.required_policies = required});
  };
  EXPECT_EQ(codes({}, {}), kValid);
  EXPECT_EQ(codes({strict}, {strict, legacy}), kValid);
  EXPECT_EQ(codes({legacy}, {strict}), Codes{"cert_policy"});
  EXPECT_EQ(codes({}, {strict}), Codes{"cert_policy"});
}

TEST(Path, CriticalPolicyConstraintsAreObeyed) {  // 3.3: without POLICY_CHECK OpenSSL ignores them
  CertSpec issuer = ca(54);
  issuer.extensions = {extension("2.5.29.36", true, der::sequence({der::implicit_tag(0, std::string(1, '\0'))}))};
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), Codes{"cert_policy"});
}

TEST(Path, WeakKeysAreFoundAnywhere) {  // PTH-32
  CertSpec leaf = mail_leaf(), issuer = ca(55);
  leaf.key = KeyType::kRsa1024;
  EXPECT_EQ(leaf_codes(leaf), Codes{"weak_key"});
  leaf.key = KeyType::kRsa2048;
  EXPECT_EQ(leaf_codes(leaf), kValid);
  EXPECT_EQ(leaf_codes(leaf, {.min_rsa_bits = 3072}), Codes{"weak_key"});
  issuer.key = KeyType::kRsa1024;
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), Codes{"weak_key"});
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes({.min_rsa_bits = 1024}), kValid);
  leaf.key = KeyType::kRsa1024;
  EXPECT_EQ(leaf_codes(leaf, {.min_rsa_bits = 1024}), kValid);
}

TEST(Path, UnfitKeysOfIssuersAreRefusedLikeThoseOfSigners) {
  for (const KeyType type : {KeyType::kP224, KeyType::kSecp256k1, KeyType::kP256Explicit}) {
    CertSpec issuer = ca(56);
    issuer.key = type;
    const Codes codes = chain({issuer}, mail_leaf()).codes();
    EXPECT_NE(std::find(codes.begin(), codes.end(), "key_unsupported"), codes.end()) << static_cast<int>(type);
  }
  for (const KeyType type : {KeyType::kP256, KeyType::kP521, KeyType::kBrainpool384, KeyType::kEd448}) {
    CertSpec issuer = ca(56);
    issuer.key = type;
    EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), kValid) << static_cast<int>(type);
  }
}

TEST(Path, UnfitKeysAreRefused) {
  for (const KeyType type : {KeyType::kP224, KeyType::kSecp256k1, KeyType::kP256Explicit, KeyType::kDsa}) {
    CertSpec leaf = mail_leaf();
    leaf.key = type;
    const Codes codes = leaf_codes(leaf);
    EXPECT_NE(std::find(codes.begin(), codes.end(), "key_unsupported"), codes.end()) << static_cast<int>(type);
  }
  for (const KeyType type : {KeyType::kP384, KeyType::kBrainpool256, KeyType::kEd25519, KeyType::kEd448}) {
    CertSpec leaf = mail_leaf();
    leaf.key = type;
    EXPECT_EQ(leaf_codes(leaf), kValid) << static_cast<int>(type);
  }
}

TEST(Path, WeakSignaturesAreRefusedOnEverythingButTheAnchor) {
  CertSpec leaf = mail_leaf(), issuer = ca(56), root = ca_spec("Sha1 Root", -106);
  leaf.digest = "SHA1";
  EXPECT_EQ(leaf_codes(leaf), Codes{"weak_chain_signature"});
  issuer.digest = "SHA1";
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), Codes{"weak_chain_signature"});
  root.digest = "SHA1";
  EXPECT_EQ(chain({ca(56)}, mail_leaf(), root).codes(), kValid);
}

TEST(Path, BrokenDigestIsFatalWhateverTheKnobs) {  // 2.4
  CertSpec root = ca_spec("Md5 Root", -107), leaf = mail_leaf();
  root.key = KeyType::kRsa2048;
  leaf.digest = "MD5";
  const Codes codes = chain({}, leaf, root).codes({.weak_is_warning = true});
  EXPECT_NE(std::find(codes.begin(), codes.end(), "chain_signature"), codes.end());
  leaf.digest = "SHA256";
  EXPECT_EQ(chain({}, leaf, root).codes(), kValid);
}

TEST(Path, WrongSignatureIsRefused) {
  CertSpec leaf = mail_leaf(), issuer = ca(57);
  leaf.break_signature = true;
  EXPECT_EQ(leaf_codes(leaf), Codes{"chain_signature"});
  issuer.break_signature = true;
  EXPECT_EQ(chain({issuer}, mail_leaf()).codes(), Codes{"chain_signature"});
}

// A version 1 certificate: no extensions at all.
Cert version1(std::string_view common_name, const std::vector<std::string>& emails, int key_index, const Cert& issuer) {
  Cert cert;
  cert.key = key(KeyType::kP256, key_index);
  cert.subject = name(common_name, emails);
  unsigned char* info = nullptr;
  const int size = i2d_PUBKEY(cert.key, &info);
  const std::string key_info(reinterpret_cast<char*>(info), static_cast<std::size_t>(size));
  OPENSSL_free(info);
  const std::string algorithm = signature_algorithm(issuer.key_type, "SHA256");
  const std::string tbs = der::sequence(
      {der::integer(77), algorithm, issuer.subject,
       der::sequence({der::time(default_not_before()), der::time(default_not_after())}), cert.subject, key_info});
  cert.der = der::sequence({tbs, algorithm, der::bit_string(sign_octets(issuer.key, "SHA256", tbs))});
  return cert;
}

TEST(Path, Version1SignerIsAcceptedAndVersion1IssuerIsNot) {  // PTH-33
  const Cert signer = version1("V1 Alice", {"alice@example.org"}, 5, pki().intermediate);
  EXPECT_EQ(path_codes({signer, {pki().intermediate}}, by_default()), kValid);
  const Cert issuer = version1("V1 CA", {}, 6, pki().intermediate);
  EXPECT_EQ(path_codes({issue(mail_leaf(), issuer), {issuer, pki().intermediate}}, by_default()),
            Codes{"chain_invalid_ca"});
}

TEST(Path, NetscapeCertificateTypeIsIgnored) {  // PTH-34
  CertSpec leaf = mail_leaf();
  leaf.extensions = {extension("2.16.840.1.113730.1.1", false, der::bit_string("\x80", 7))};  // sslClient alone
  EXPECT_EQ(leaf_codes(leaf), kValid);
}

TEST(Path, DuplicateOrMalformedExtensionsAreRefused) {  // PTH-36
  const auto has_malformed = [](const Codes& codes) {
    return std::find(codes.begin(), codes.end(), "cert_malformed") != codes.end();
  };
  CertSpec leaf = mail_leaf();
  leaf.extensions = {extension("2.5.29.15", true, der::bit_string("\x80", 7))};  // a second keyUsage
  EXPECT_TRUE(has_malformed(leaf_codes(leaf)));
  leaf.extensions = {extension("1.2.3.4", false, der::null()), extension("1.2.3.4", false, der::null())};
  EXPECT_TRUE(has_malformed(leaf_codes(leaf)));
  leaf.extensions = {extension("1.2.3.4", false, der::null()), extension("1.2.3.5", false, der::null())};
  EXPECT_EQ(leaf_codes(leaf), kValid);
  leaf.key_usage.reset();
  leaf.extensions = {extension("2.5.29.15", true, "garbage")};
  EXPECT_TRUE(has_malformed(leaf_codes(leaf)));
  CertSpec issuer = ca(58);
  issuer.extensions = {extension("1.2.3.4", false, der::null()), extension("1.2.3.4", false, der::null())};
  EXPECT_TRUE(has_malformed(chain({issuer}, mail_leaf()).codes()));
}

TEST(Path, PolicyTreeThatExplodesIsBounded) {  // ATK-87, CVE-2023-0464
  CertSpec leaf = mail_leaf();
  std::vector<CertSpec> issuers;
  std::string mappings;
  for (int i = 0; i < 40; ++i)
    for (int k = 0; k < 40; ++k)
      mappings += der::sequence({der::oid("1.2.3." + std::to_string(i)), der::oid("1.2.3." + std::to_string(k))});
  for (int i = 0; i < 6; ++i) {
    CertSpec issuer = ca(70 + i);
    for (int k = 0; k < 40; ++k) issuer.policies.push_back("1.2.3." + std::to_string(k));
    issuer.extensions = {extension("2.5.29.33", true, der::tlv(0x30, mappings))};
    issuers.push_back(issuer);
  }
  leaf.policies = {"1.2.3.1"};
  const auto started = std::chrono::steady_clock::now();
  EXPECT_FALSE(chain(issuers, leaf).codes().empty());
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST(Path, NamesTimesConstraintsIsBounded) {  // ATK-87
  CertSpec issuer = ca(59), leaf = mail_leaf();
  issuer.name_constraints.emplace();
  for (int i = 0; i < 1500; ++i)
    issuer.name_constraints->permitted_emails.push_back("d" + std::to_string(i) + ".example");
  for (int i = 0; i < 1200; ++i) leaf.emails.push_back("a@d" + std::to_string(i) + ".example");
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(chain({issuer}, leaf).codes(), Codes{"name_constraints"});
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

// --- time (RVF-03) ---

// next_change is the first second with another answer: one second before it, everything is as now.
void expect_flip(const Supplied& supplied, Evaluation how, const Codes& before, const Codes& after) {
  const UnitState now = evaluate(supplied, how);
  EXPECT_EQ(names(now.codes), before);
  ASSERT_TRUE(now.next_change);
  ASSERT_GT(*now.next_change, how.at);
  how.at = *now.next_change - Seconds(1);
  EXPECT_EQ(evaluate(supplied, how).codes, now.codes);
  how.at = *now.next_change;
  EXPECT_EQ(path_codes(supplied, how), after);
}

TEST(Path, NextChangeIsTheSecondInWhichTheSignerExpires) {
  const Supplied supplied = with_chain(mail_leaf());
  EXPECT_EQ(evaluate(supplied, by_default()).next_change, default_not_after() + Seconds(1));
  expect_flip(supplied, by_default(), kValid, {"cert_expired"});
}

TEST(Path, NextChangeIsTheSecondInWhichTheSignerBecomesValid) {
  Evaluation how = by_default();
  how.at = at("2025-07-01T00:00:00Z");
  EXPECT_EQ(evaluate(with_chain(mail_leaf()), how).next_change, default_not_before());
  expect_flip(with_chain(mail_leaf()), how, {"cert_not_yet_valid"}, kValid);
}

TEST(Path, NextChangeOfAnUntrustedSignerIsItsOwnExpiryAndThenNothing) {  // trap 26
  const Pki stranger("Trap 26");
  const Supplied supplied{stranger.leaf(mail_leaf()), {stranger.intermediate}};
  expect_flip(supplied, by_default(), {"chain_incomplete"}, {"cert_expired", "chain_incomplete"});
  Evaluation how = by_default();
  how.at = at("2030-01-01T00:00:00Z");
  EXPECT_FALSE(evaluate(supplied, how).next_change);
}

TEST(Path, NextChangeKnowsIssuersAndAnchors) {
  CertSpec issuer = ca(61), root = ca_spec("Edge Root", -108);
  issuer.not_after = at("2026-08-01T00:00:00Z");
  root.not_after = at("2026-09-01T00:00:00Z");
  const Chain edges = chain({issuer}, mail_leaf(), root);
  const Supplied supplied{edges.leaf, edges.issuers};
  Evaluation how{.trust = trusting({edges.root})};
  expect_flip(supplied, how, kValid, {"issuer_expired"});
  how.at = at("2026-08-02T00:00:00Z");
  expect_flip(supplied, how, {"issuer_expired"}, {"issuer_expired", "anchor_expired"});
}

TEST(Path, NextChangeKnowsThePathNotTaken) {  // trap 19: a cross-sign that becomes valid, or takes over
  CertSpec early = ca(62), late = ca(62);
  early.not_after = at("2026-08-01T00:00:00Z");
  late.not_before = at("2026-08-10T00:00:00Z");
  const Cert root = self_signed(ca_spec("Late Root", -109));
  const Cert first = issue(early, root), second = issue(late, root);
  const Supplied supplied{issue(mail_leaf(), first), {first, second}};
  const auto state_at = [&](std::string_view time) {
    return evaluate(supplied, {.trust = trusting({root}), .at = at(time)});
  };
  EXPECT_EQ(state_at("2026-07-01T00:00:00Z").next_change, at("2026-08-01T00:00:01Z"));
  EXPECT_TRUE(state_at("2026-08-01T00:00:00Z").codes.empty());
  EXPECT_EQ(state_at("2026-08-01T00:00:01Z").codes.size(),
            1U);  // expired or not yet valid: the tie is broken by SHA-256
  EXPECT_EQ(state_at("2026-08-01T00:00:01Z").next_change, at("2026-08-10T00:00:00Z"));
  EXPECT_EQ(state_at("2026-08-09T23:59:59Z").codes.size(), 1U);
  EXPECT_TRUE(state_at("2026-08-10T00:00:00Z").codes.empty());
}

TEST(Path, RepeatedEvaluationGivesTheSameAndRemembersSignatures) {
  const Supplied supplied = with_chain(mail_leaf());
  CertificateMap certificates;
  const CertificatePtr leaf = parsed(supplied.leaf);
  certificates.add(leaf);
  certificates.add(parsed(pki().intermediate));
  PathValidator paths{Policy{}};
  const TrustStore trust = trusting({pki().root});
  const Unit unit = make_unit(*leaf, parsed_all(supplied.bag), {});
  const UnitState first = paths.evaluate(unit, certificates, trust, default_now(), Epoch::kNow);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(paths.evaluate(unit, certificates, trust, default_now(), Epoch::kNow), first);
}

// --- files (PTH-01) ---

TEST(TrustStore, ReadsPemBlocksWithTextBetweenThemAndDer) {
  const std::string pem = "# roots\n" + pki().root.pem() + "\nsome text\n" + pki().intermediate.pem();
  const auto read = TrustStore::read_certificates(pem);
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0]->der(), pki().root.der);
  EXPECT_EQ(TrustStore::read_certificates(pki().root.der)->size(), 1U);
}

TEST(TrustStore, RefusesAnythingElseByName) {
  std::string trusted = pki().root.pem(), damaged = pki().root.pem(), other = pki().root.pem();
  for (std::size_t at;
       (at = trusted.find(" CERTIFICATE")) != trusted.npos && trusted.find("TRUSTED") == trusted.npos;) {
    trusted.replace(at, 12, " TRUSTED CERTIFICATE");
    trusted.replace(trusted.rfind(" CERTIFICATE"), 12, " TRUSTED CERTIFICATE");
    break;
  }
  EXPECT_EQ(TrustStore::read_certificates(trusted).error(), "PEM block 1 is a TRUSTED CERTIFICATE, not a CERTIFICATE");
  damaged.resize(damaged.size() / 2);
  EXPECT_EQ(TrustStore::read_certificates(pki().root.pem() + damaged).error(), "PEM block 2 is damaged");
  other = "-----BEGIN CERTIFICATE-----\n" + base64("not a certificate") + "\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(TrustStore::read_certificates(other).error(), "PEM block 1 is not a readable X.509 certificate");
  EXPECT_EQ(TrustStore::read_certificates("").error(), "there is no certificate in PEM or DER form");
}

}  // namespace
}  // namespace waxseal::smime
