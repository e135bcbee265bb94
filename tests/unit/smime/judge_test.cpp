// SIG-33, SIG-40, SIG-50, SIG-60 and ERR-01..05 on facts made by hand.
#include "smime/judge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using waxseal::test::Codes;
using waxseal::test::default_now;
using waxseal::test::names;

// A certificate is named by one letter; its address is that letter at example.org unless said otherwise.
Candidate certificate(char letter, bool verifies = true) {
  Candidate out;
  out.certificate = sha256(std::string(1, letter));
  out.verifies = verifies;
  out.unit.leaf = out.certificate;
  out.addresses = {{std::string(1, letter), "example.org", false}};
  return out;
}

Candidate with_address(Candidate candidate, const std::string& local) {
  candidate.addresses = {{local, "example.org", false}};
  return candidate;
}

Candidate without_address(Candidate candidate) {
  candidate.addresses.clear();
  candidate.no_email = true;
  return candidate;
}

SignerFacts signer(std::vector<Candidate> candidates, std::vector<Code> codes = {}) {
  SignerFacts out;
  out.candidates = std::move(candidates);
  out.codes = std::move(codes);
  return out;
}

SignerFacts good(char letter) {
  return signer({certificate(letter)});
}
SignerFacts unsupported(char letter) {
  SignerFacts out = signer({certificate(letter, false)}, {Code::sig_alg_unsupported});
  out.unsupported_algorithm = true;
  return out;
}

LayerFacts layer(std::vector<SignerFacts> signers, std::vector<Code> codes = {}) {
  LayerFacts out;
  out.signers = std::move(signers);
  out.codes = std::move(codes);
  return out;
}

LayerFacts malformed_layer() {
  LayerFacts out = layer({}, {Code::cms_malformed});
  out.malformed = true;
  return out;
}

Facts message(std::vector<LayerFacts> layers, const std::string& from_locals = "a") {
  Facts facts;
  facts.envelope = EnvelopeClass::kSigned;
  facts.layers = std::move(layers);
  for (const char local : from_locals) facts.identity.from.push_back({std::string(1, local), "example.org", {}});
  return facts;
}

// Path codes per certificate letter; every other certificate of the facts has a valid path.
using Paths = std::map<char, std::vector<Code>>;

UnitStates states_of(const Facts& facts, const Paths& paths, const std::string& not_evaluated = {}) {
  UnitStates states;
  for (const LayerFacts& l : facts.layers)
    for (const SignerFacts& s : l.signers)
      for (const Candidate& c : s.candidates) states[c.unit.id()] = {};
  for (const auto& [letter, codes] : paths) states[certificate(letter).unit.id()].codes = codes;
  for (const char letter : not_evaluated) states.erase(certificate(letter).unit.id());
  return states;
}

Verdict judged(const Facts& facts, const Paths& paths = {}, const Policy& policy = {},
               const std::string& not_evaluated = {}) {
  return judge(facts, states_of(facts, paths, not_evaluated), policy, default_now());
}

struct Expected {
  Status status;
  Codes codes;
};

void expect(const Verdict& verdict, const Expected& expected, const std::string& what) {
  EXPECT_EQ(verdict.status, expected.status) << what;
  EXPECT_EQ(names(verdict.codes), expected.codes) << what;
  EXPECT_EQ(verdict.fatal.empty(), verdict.status != Status::kFailed) << what;
}

const Expected kGood = {Status::kVerified, {}};
Expected failed(Codes codes) {
  return {Status::kFailed, std::move(codes)};
}

// --- what is not signed ---

TEST(Judge, UnsignedAndUnknownHaveNoErrors) {
  Facts facts = message({layer({good('b')})});
  facts.envelope = EnvelopeClass::kNone;
  expect(judged(facts), {Status::kNone, {}}, "none");
  facts.envelope = EnvelopeClass::kUnknown;
  expect(judged(facts), {Status::kUnknown, {}}, "unknown");
  EXPECT_FALSE(error_texts(judged(facts)));
}

TEST(Judge, SafeValueIsFailed) {
  EXPECT_EQ(Verdict{}.status, Status::kFailed);
  expect(judged(message({})), failed({"internal_error"}), "signed, but no layer and no reason");
  expect(judged(message({layer({})})), failed({"cms_no_signers"}), "no signer and no reason");
  expect(judged(message({layer({signer({})})})), failed({"signer_cert_not_found"}), "no candidate and no reason");
  expect(judged(message({layer({signer({certificate('a', false)})})})), failed({"signature_invalid"}),
         "arithmetic not right and no reason");
  Facts nobody = message({layer({good('a')})}, "");
  expect(judged(nobody), failed({"internal_error"}), "no From and no reason");
}

// --- one signer ---

TEST(Judge, OneSigner) {
  expect(judged(message({layer({good('a')})})), kGood, "good");
  expect(judged(message({layer({good('b')})})), failed({"from_mismatch"}), "ATK-60");
  expect(judged(message({layer({signer({certificate('a')}, {Code::digest_mismatch})})})), failed({"digest_mismatch"}),
         "changed");
  expect(judged(message({layer({good('a')})}), {{'a', {Code::cert_expired}}}), failed({"cert_expired"}), "expired");
  expect(judged(message({layer({good('b')})}), {{'b', {Code::cert_expired, Code::cert_revoked}}}),
         failed({"cert_expired", "cert_revoked", "from_mismatch"}), "3.8: three errors");
  expect(judged(message({layer({signer({without_address(certificate('a'))})})})), failed({"cert_no_email"}), "ATK-70");
  expect(judged(message({layer({signer({}, {Code::signer_cert_not_found})})})), failed({"signer_cert_not_found"}),
         "nothing is said of From without a certificate");
  Candidate weak = certificate('a');
  weak.codes = {Code::weak_key};
  expect(judged(message({layer({signer({weak})})})), failed({"weak_key"}), "codes of the pairing count");
}

TEST(Judge, FaultsOfTheMessageAndOfTheLayerFail) {
  Facts facts = message({layer({good('a')})});
  facts.codes = {Code::mime_ambiguous_boundary};
  expect(judged(facts), failed({"mime_ambiguous_boundary"}), "message");
  facts = message({layer({good('a')}, {Code::cms_trailing_data})});
  expect(judged(facts), failed({"cms_trailing_data"}), "layer");
  facts = message({layer({good('a')})}, "");
  facts.identity.codes = {Code::from_multiple_fields};
  expect(judged(facts), failed({"from_multiple_fields"}), "From");
  facts = message({layer({good('a')})});
  facts.identity.codes = {Code::from_protected_mismatch};
  expect(judged(facts), failed({"from_protected_mismatch"}), "ATK-77");
  facts = message({});
  facts.codes = {Code::mime_boundary};
  expect(judged(facts), failed({"mime_boundary"}), "no layer could be reached");
  facts = message({layer({good('a')})});
  facts.layers[0].malformed = true;
  expect(judged(facts), failed({"internal_error"}), "malformed without a code");
}

TEST(Judge, WarningsShowOnlyBesideAFailureAndInformationNever) {  // ERR-02
  Candidate odd = certificate('a');
  odd.bad_email = true;
  odd.codes = {Code::weak_exponent, Code::ess_hash_unsupported};
  const Facts facts = message({layer({signer({odd})}, {Code::micalg_mismatch})});
  const Verdict fine = judged(facts);
  expect(fine, {Status::kVerified, {"weak_exponent", "cert_bad_email"}}, "fine");
  EXPECT_TRUE(fine.visible_codes().empty());
  EXPECT_FALSE(error_texts(fine));
  const Verdict expired = judged(facts, {{'a', {Code::cert_expired}}});
  expect(expired, failed({"weak_exponent", "cert_expired", "cert_bad_email"}), "expired");
  EXPECT_EQ(names(expired.fatal), Codes{"cert_expired"});
  EXPECT_EQ(names(expired.visible_codes()), (Codes{"weak_exponent", "cert_expired", "cert_bad_email"}));
}

TEST(Judge, KnobsChangeSeverities) {
  const Facts sha1 = message({layer({signer({certificate('a')}, {Code::weak_digest})})});
  expect(judged(sha1), failed({"weak_digest"}), "default");
  expect(judged(sha1, {}, {.weak_is_warning = true}), {Status::kVerified, {"weak_digest"}}, "weak_severity = warn");
  const Facts micalg = message({layer({good('a')}, {Code::micalg_mismatch})});
  expect(judged(micalg), kGood, "default");
  expect(judged(micalg, {}, {.strict_micalg = true}), failed({"micalg_mismatch"}), "strict_micalg");
  const Facts order = message({layer({signer({certificate('a')}, {Code::attrs_not_der})})});
  expect(judged(order), kGood, "default");
  expect(judged(order, {}, {.require_der_attrs = true}), failed({"attrs_not_der"}), "require_der_attrs");
}

TEST(Judge, WeakLegacyMailIsForgivenAtDeliveryBeforeTheDateAlone) {  // 2.4
  const Facts facts = message({layer({signer({certificate('a')}, {Code::weak_digest})})});
  const UnitStates states = states_of(facts, {{'a', {Code::weak_chain_signature}}});
  Policy policy;
  policy.weak_legacy_before = default_now();
  const auto status = [&](Time received, Epoch epoch) { return judge(facts, states, policy, received, epoch).status; };
  EXPECT_EQ(status(default_now() - Seconds(1), Epoch::kAtDelivery), Status::kVerified);
  EXPECT_EQ(status(default_now(), Epoch::kAtDelivery), Status::kFailed);
  EXPECT_EQ(status(default_now() - Seconds(1), Epoch::kNow), Status::kFailed);
  policy.weak_legacy_before.reset();
  EXPECT_EQ(status(default_now() - Seconds(1), Epoch::kAtDelivery), Status::kFailed);
}

TEST(Judge, SigningTimeInTheFutureIsAWarning) {  // SIG-40, ATK-88
  SignerFacts facts = good('a');
  facts.signing_time = default_now() + Seconds(24 * 3600);
  expect(judged(message({layer({facts})})), kGood, "within a day");
  facts.signing_time = default_now() + Seconds(24 * 3600 + 1);
  expect(judged(message({layer({facts})})), {Status::kVerified, {"signing_time_future"}}, "later");
  facts.signing_time = default_now() - Seconds(400L * 24 * 3600);
  expect(judged(message({layer({facts})}), {{'a', {Code::cert_expired}}}), failed({"cert_expired"}),
         "backdating does not help");
}

// --- several candidates (SIG-33) ---

TEST(Judge, FirstFullyValidCandidateCountsElseTheErrorsOfTheFirst) {
  const auto verdict = [](std::vector<Candidate> candidates, const Paths& paths) {
    return judged(message({layer({signer(std::move(candidates))})}), paths);
  };
  const Candidate a = certificate('a'), also_a = with_address(certificate('x'), "a"), b = certificate('b');
  expect(verdict({a, also_a}, {{'a', {Code::cert_expired}}}), kGood, "second is valid and matches");
  expect(verdict({b, a}, {}), kGood, "first does not match, second does");
  expect(verdict({a, b}, {{'a', {Code::cert_expired}}}), failed({"cert_expired"}),
         "ATK-24: never mix: a's name, b's path");
  expect(verdict({b, a}, {{'a', {Code::cert_expired}}}), failed({"from_mismatch"}), "errors of the first");
  expect(verdict({certificate('a', false), b}, {}), failed({"signature_invalid"}), "first did not verify");
  expect(verdict({a, also_a}, {{'a', {Code::chain_untrusted}}, {'x', {Code::cert_expired}}}),
         failed({"chain_untrusted"}), "errors of the first");
}

// --- several signers (SIG-50) ---

struct Combination {
  std::string what;
  std::vector<SignerFacts> signers;
  std::string from;
  Paths paths;
  Expected all, from_only;
};

SignerFacts forged(char letter) {
  return signer({certificate(letter, false)}, {Code::signature_invalid});
}
SignerFacts changed(char letter) {
  return signer({certificate(letter)}, {Code::digest_mismatch});
}

std::vector<Combination> combinations() {
  const Paths a_expired = {{'a', {Code::cert_expired}}}, b_expired = {{'b', {Code::cert_expired}}};
  const SignerFacts second_a = signer({with_address(certificate('x'), "a")});
  SignerFacts unsupported_second_a = unsupported('x');
  unsupported_second_a.candidates[0] = with_address(unsupported_second_a.candidates[0], "a");
  const Expected from_a = failed({"from_mismatch"});
  return {
      {"author and a good co-signer", {good('a'), good('b')}, "a", {}, kGood, kGood},
      {"co-signer first", {good('b'), good('a')}, "a", {}, kGood, kGood},
      {"nobody matches From", {good('b'), good('c')}, "a", {}, from_a, from_a},
      {"Johnny C2: forged signer appended",
       {good('a'), forged('b')},
       "a",
       {},
       failed({"signature_invalid", "other_signer_failed"}),
       kGood},
      {"Johnny C2: forged signer prepended",
       {forged('b'), good('a')},
       "a",
       {},
       failed({"signature_invalid", "other_signer_failed"}),
       kGood},
      {"author forged, stranger good",
       {forged('a'), good('b')},
       "a",
       {},
       failed({"signature_invalid"}),
       failed({"signature_invalid"})},
      {"author changed, stranger good",
       {changed('a'), good('b')},
       "a",
       {},
       failed({"digest_mismatch"}),
       failed({"digest_mismatch"})},
      {"co-signer expired",
       {good('a'), good('b')},
       "a",
       b_expired,
       failed({"other_signer_failed", "cert_expired"}),
       kGood},
      {"author expired", {good('a'), good('b')}, "a", a_expired, failed({"cert_expired"}), failed({"cert_expired"})},
      {"one author, two certificates, both good", {good('a'), second_a}, "a", {}, kGood, kGood},
      {"one author, old certificate expired", {good('a'), second_a}, "a", a_expired, kGood, kGood},
      {"one author, second signature forged",
       {good('a'), forged('a')},
       "a",
       {},
       failed({"signature_invalid", "other_signer_failed"}),
       failed({"signature_invalid", "other_signer_failed"})},
      {"one author, second signature over other content",
       {good('a'), changed('a')},
       "a",
       {},
       failed({"digest_mismatch", "other_signer_failed"}),
       failed({"digest_mismatch", "other_signer_failed"})},
      {"one author, second algorithm unsupported", {good('a'), unsupported_second_a}, "a", {}, kGood, kGood},
      {"one author, only algorithm unsupported",
       {unsupported('a')},
       "a",
       {},
       failed({"sig_alg_unsupported"}),
       failed({"sig_alg_unsupported"})},
      {"co-signer's only algorithm unsupported",
       {good('a'), unsupported('b')},
       "a",
       {},
       failed({"sig_alg_unsupported", "other_signer_failed"}),
       kGood},
      {"co-signer without certificate",
       {good('a'), signer({}, {Code::signer_cert_not_found})},
       "a",
       {},
       failed({"signer_cert_not_found", "other_signer_failed"}),
       kGood},
      {"co-signer without address", {good('a'), signer({without_address(certificate('b'))})}, "a", {}, kGood, kGood},
      {"two From mailboxes, both signed", {good('a'), good('b')}, "ab", {}, kGood, kGood},
      {"ATK-64: two From mailboxes, one signed",
       {good('a')},
       "ab",
       {},
       failed({"from_multiple_unmatched"}),
       failed({"from_multiple_unmatched"})},
      {"ATK-64: the other way round",
       {good('b')},
       "ab",
       {},
       failed({"from_multiple_unmatched"}),
       failed({"from_multiple_unmatched"})},
      {"two From mailboxes, one signer expired",
       {good('a'), good('b')},
       "ab",
       b_expired,
       failed({"other_signer_failed", "cert_expired"}),
       failed({"other_signer_failed", "cert_expired"})},
      {"two From mailboxes, a stranger besides",
       {good('a'), good('b'), forged('c')},
       "ab",
       {},
       failed({"signature_invalid", "other_signer_failed"}),
       kGood},
  };
}

TEST(Judge, EveryCombinationOfSigners) {
  for (const Combination& c : combinations()) {
    const Facts facts = message({layer(c.signers)}, c.from);
    expect(judged(facts, c.paths), c.all, c.what);
    expect(judged(facts, c.paths, {.multi_signer_from_only = true}), c.from_only, c.what + " (from_signer_only)");
  }
}

TEST(Judge, OrderOfSignersDoesNotChangeStatusOrCodes) {
  for (const Combination& c : combinations()) {
    std::vector<std::size_t> order(c.signers.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      std::vector<SignerFacts> signers;
      for (const std::size_t i : order) signers.push_back(c.signers[i]);
      expect(judged(message({layer(signers)}, c.from), c.paths), c.all, c.what);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Judge, OneCertificateMayCarryAllFromAddresses) {  // IDN-04
  Candidate both = certificate('a');
  both.addresses.push_back({"b", "example.org", false});
  expect(judged(message({layer({signer({both})})}, "ab")), kGood, "both");
  expect(judged(message({layer({signer({both})})}, "abc")), failed({"from_multiple_unmatched"}), "one more");
}

TEST(Judge, CoSignerWithTwoCertificatesNeedsOneGoodPath) {
  const SignerFacts co = signer({certificate('b'), certificate('c')});
  expect(judged(message({layer({good('a'), co})}), {{'b', {Code::cert_expired}}}), kGood, "second is good");
  expect(judged(message({layer({good('a'), co})}), {{'b', {Code::cert_expired}}, {'c', {Code::chain_untrusted}}}),
         failed({"other_signer_failed", "cert_expired"}), "none is");
}

// --- several layers (SIG-60) ---

struct Nesting {
  std::string what;
  std::vector<LayerFacts> layers;
  Paths paths;
  Expected expected;
  std::optional<std::size_t> deciding;
};

TEST(Judge, EveryCombinationOfLayers) {
  const Paths a_expired = {{'a', {Code::cert_expired}}};
  const LayerFacts by_a = layer({good('a')}), by_b = layer({good('b')}), forged_a = layer({forged('a')});
  const LayerFacts forged_b = layer({forged('b')});
  const std::vector<Nesting> nestings = {
      {"both by the author", {by_a, by_a}, {}, kGood, 0},
      {"gateway outside, author inside", {by_b, by_a}, {}, kGood, 1},
      {"author outside, stranger inside", {by_a, by_b}, {}, kGood, 0},
      {"broken gateway outside", {forged_b, by_a}, {}, kGood, 1},
      {"author's outer layer broken, inner good", {forged_a, by_a}, {}, kGood, 1},
      {"broken stranger inside", {by_a, forged_b}, {}, kGood, 0},
      {"strangers only", {by_b, by_b}, {}, failed({"from_mismatch"}), 0},
      {"gateway outside, author's broken inside", {by_b, forged_a}, {}, failed({"signature_invalid"}), 1},
      {"gateway outside, author's expired inside", {by_b, by_a}, a_expired, failed({"cert_expired"}), 1},
      {"never a path here and a name there",
       {layer({signer({with_address(certificate('x'), "x")})}), by_a},
       a_expired,
       failed({"cert_expired"}),
       1},
      {"malformed outside blocks", {malformed_layer(), by_a}, {}, failed({"cms_malformed"}), 1},
      {"malformed inside does not", {by_a, malformed_layer()}, {}, kGood, 0},
      {"malformed between", {by_b, malformed_layer(), by_a}, {}, failed({"cms_malformed"}), 2},
      {"malformed alone", {malformed_layer()}, {}, failed({"cms_malformed"}), 0},
  };
  for (const Nesting& n : nestings) {
    const Verdict verdict = judged(message(n.layers), n.paths);
    expect(verdict, n.expected, n.what);
    EXPECT_EQ(verdict.layer, n.deciding) << n.what;
  }
}

// --- not yet evaluated ---

TEST(Judge, UnitThatIsNotEvaluatedAllowsAtMostSigned) {
  expect(judged(message({layer({good('a')})}), {}, {}, "a"), {Status::kSigned, {}}, "pending");
  expect(judged(message({layer({good('b')})}), {}, {}, "b"), failed({"from_mismatch"}), "fails whatever the path is");
  expect(judged(message({layer({changed('a')})}), {}, {}, "a"), failed({"digest_mismatch"}), "changed");
  expect(judged(message({layer({good('a'), good('b')})}), {}, {}, "b"), {Status::kSigned, {}}, "co-signer pending");
  expect(judged(message({layer({good('a'), good('b')})}), {{'a', {Code::cert_expired}}}, {}, "b"),
         failed({"cert_expired"}), "author failed, co-signer pending");
  expect(judged(message({layer({good('a')}), layer({good('a')})}), {}, {}, "a"), {Status::kSigned, {}}, "two layers");
  expect(judged(message({layer({good('a')}), layer({signer({with_address(certificate('x'), "a")})})}), {}, {}, "a"),
         kGood, "outer pending, inner valid");
}

TEST(Judge, InternalErrorOfAUnitIsNoVerdict) {
  const Verdict verdict = judged(message({layer({good('a')})}), {{'a', {Code::internal_error}}});
  expect(verdict, {Status::kSigned, {"internal_error"}}, "pending");
  EXPECT_TRUE(verdict.visible_codes().empty());
  expect(judged(message({layer({good('b')})}), {{'b', {Code::internal_error}}}), failed({"from_mismatch"}),
         "failed anyway");
}

// --- names for Authentication-Results ---

TEST(Judge, SignerIsTheOneThatMatchedFrom) {
  Candidate two = certificate('a');
  two.addresses.insert(two.addresses.begin(), {"other", "example.org", false});
  const Verdict verdict = judged(message({layer({good('b'), signer({two})})}));
  EXPECT_EQ(verdict.signer, certificate('a').certificate);
  EXPECT_EQ(verdict.signer_address, "a@example.org");
  const Verdict mismatch = judged(message({layer({good('b'), good('c')})}));
  EXPECT_EQ(mismatch.signer, certificate('b').certificate);
  EXPECT_EQ(mismatch.signer_address, "b@example.org");
  EXPECT_EQ(judged(message({layer({signer({without_address(certificate('b'))})})})).signer_address, "");
  EXPECT_FALSE(judged(message({layer({signer({})})})).signer);
}

// --- presentation (ERR-02..06) ---

TEST(Judge, ErrorsAreInCatalogueOrderWithoutDuplicates) {  // ERR-03
  Facts facts = message({layer({changed('b'), changed('c')}, {Code::cms_trailing_data})});
  facts.codes = {Code::mime_truncated};
  expect(judged(facts, {{'b', {Code::chain_untrusted, Code::cert_expired}}, {'c', {Code::cert_expired}}}),
         failed({"mime_truncated", "cms_trailing_data", "digest_mismatch", "cert_expired", "chain_untrusted",
                 "from_mismatch"}),
         "order");
}

TEST(Judge, AtMostSixteenErrorsAreShown) {  // ERR-03
  std::vector<Code> fatal;
  for (const CodeRow& r : all_codes())
    if (r.phase == Phase::kPath) fatal.push_back(r.code);
  ASSERT_GT(fatal.size(), kMaxVisibleCodes);
  const auto shown = [&](std::size_t count) {
    return judged(message({layer({good('a')})}),
                  {{'a', {fatal.begin(), fatal.begin() + static_cast<std::ptrdiff_t>(count)}}})
        .visible_codes();
  };
  EXPECT_EQ(shown(16).size(), 16U);
  EXPECT_NE(shown(16).back(), Code::more_errors);
  EXPECT_EQ(shown(17).size(), 16U);
  EXPECT_EQ(shown(17).back(), Code::more_errors);
  EXPECT_EQ(error_texts(Status::kFailed, fatal)->size(), 16U);
  EXPECT_EQ(error_texts(Status::kFailed, fatal)->back(), "There are further problems");
}

TEST(Judge, TextsAreThoseOfRfc9219Example2) {
  const Verdict verdict = judged(message({layer({good('b')})}), {{'b', {Code::crl_unavailable}}});
  EXPECT_EQ(error_texts(verdict),
            (Codes{"Can't retrieve CRL from the CRL URL", "From email address doesn't match the certificate"}));
  EXPECT_EQ(error_texts(verdict, "eo-XX"), error_texts(verdict));  // ERR-06: falls back to English
  EXPECT_EQ(error_texts(verdict, ""), error_texts(verdict));
  EXPECT_FALSE(error_texts(Status::kVerified, {Code::from_mismatch}));
  EXPECT_FALSE(error_texts(Status::kFailed, {}));
}

TEST(Judge, TokensAreThoseOfRfc9219) {
  const std::pair<Status, std::string_view> tokens[] = {{Status::kUnknown, "unknown"},
                                                        {Status::kSigned, "signed"},
                                                        {Status::kVerified, "signed/verified"},
                                                        {Status::kFailed, "signed/failed"}};
  for (const auto& [status, token] : tokens) {
    EXPECT_EQ(status_token(status), token);
    EXPECT_EQ(status_from_token(token), status);
  }
  EXPECT_FALSE(status_token(Status::kNone));
  EXPECT_FALSE(status_from_token("signed/Verified"));
  EXPECT_FALSE(status_from_token(""));
}

}  // namespace
}  // namespace waxseal::smime
