// Every rule of revocation (verification.md 3.5 to 3.7) and of time that the verifier knows (section 5), with the
// attacks of 8.5 that need no network: from octets and evidence at hand to the verdict, each beside one that differs in
// one thing.
#include "smime/ocsp.h"
#include "smime/revocation_sources.h"
#include "support/crl.h"
#include "support/ocsp.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

const std::string kUrl = "http://crl.example.org/ca.crl";

// Alice's certificate, which names a list; whatever else the test says.
CertSpec alices_spec() {
  return {.emails = {std::string(kAlice)}, .crl_urls = {kUrl}};
}
const Cert& signer() {
  static const Cert cert = pki().leaf(alices_spec());
  return cert;
}
std::string signed_with(const Cert& leaf, std::vector<std::string> crls = {}, std::vector<std::string> bag = {}) {
  bag.push_back(pki().intermediate.der);
  SignerSpec signer = signed_by(leaf);
  signer.signing_time.reset();  // would be in the future of mail that was received in spring
  CmsSpec spec{.signers = {signer}, .certificates = std::move(bag)};
  spec.crls = std::move(crls);
  return mail_with(spec);
}

// What is at hand, and when it is asked.
struct Evidence {
  std::vector<std::string> lists;
  Policy policy = {};
  Time at = default_now();
  Epoch epoch = Epoch::kNow;
  std::vector<Cert> anchors = {pki().root};
};

std::string judged_with(const std::string& mail, const Evidence& how) {
  const TrustStore trust = trusting(how.anchors);
  Verifier verifier(how.policy);
  CrlsAtHand lists(how.policy, trust, std::max(how.at, default_now()));
  for (const std::string& list : how.lists) static_cast<void>(lists.add(list));
  const Extracted extracted = verifier.extract(mail, trust);
  for (const std::string& list : extracted.crls) static_cast<void>(lists.add(list));
  for (const auto& [id, certificate] : extracted.certificates) lists.add_signer(certificate);
  return text_of(verifier.verify(mail, trust, how.at, how.epoch, &lists).verdict);
}

std::string list_of(const CrlSpec& spec) {
  return make_crl(spec, pki().intermediate);
}
Revoked entry(const Cert& cert, std::string_view date = "2026-06-01T00:00:00Z", std::optional<int> reason = {},
              std::optional<Time> invalid = {}) {
  return {cert.serial, at(date), reason, invalid};
}
const std::string& clean() {
  static const std::string list = list_of({});
  return list;
}
const std::string& revoking() {
  static const std::string list = list_of({.revoked = {entry(signer())}, .number = 2});
  return list;
}
Policy with_mode(RevocationMode mode) {
  Policy policy;
  policy.revocation.mode = mode;
  return policy;
}

TEST(RulesRevocation, StatesAndSources) {
  const std::string mail = signed_with(signer());
  const std::string silent = signed_with(alice());
  const Evidence good{.lists = {clean()}}, bad{.lists = {revoking()}}, none{};
  // REV-01: GOOD, REVOKED, ONHOLD, UNDETERMINED, NO_POINTER.
  EXPECT_EQ(judged_with(mail, good), kVerified);
  EXPECT_EQ(judged_with(mail, bad), failed("cert_revoked"));
  EXPECT_EQ(judged_with(mail, {.lists = {list_of({.revoked = {entry(signer(), "2026-06-01T00:00:00Z", 6)}})}}),
            failed("cert_on_hold"));
  EXPECT_EQ(judged_with(mail, none), failed("crl_unavailable"));
  EXPECT_EQ(judged_with(silent, none), kVerified);
  // no_pointer = fail
  EXPECT_EQ(judged_with(silent, {.policy = with_knob("revocation.no_pointer", "fail")}),
            failed("revocation_no_pointer"));
  // REV-02 c: the message may bring its list, and that one may revoke.
  EXPECT_EQ(judged_with(signed_with(signer(), {clean()}), none), kVerified);
  EXPECT_EQ(judged_with(signed_with(signer(), {revoking()}), none), failed("cert_revoked"));
}

TEST(RulesRevocation, AnIssuerThatIsRevoked) {  // REV-01, PTH-35
  CertSpec spec = ca_spec("Revocable CA", -400);
  spec.crl_urls = {kUrl};
  const Cert issuer = issue(spec, pki().root);
  CertSpec leaf = alices_spec();
  leaf.crl_urls = {};
  const std::string mail = mail_with({.signers = {signed_by(issue(leaf, issuer))}, .certificates = {issuer.der}});
  EXPECT_EQ(judged_with(mail, {.lists = {make_crl({}, pki().root)}}), kVerified);
  EXPECT_EQ(judged_with(mail, {.lists = {make_crl({.revoked = {entry(issuer)}}, pki().root)}}),
            failed("issuer_revoked"));
}

TEST(RulesRevocation, WhichListsMayBeUsed) {  // REV-03, REV-08, ATK-26
  const std::string mail = signed_with(signer());
  const Pki stranger("Rules List Stranger");
  CertSpec rekeyed = ca_spec("Waxseal Test Intermediate", -401);
  rekeyed.key_usage = std::vector<int>{kKeyCertSign};
  Cert other_key = issue(rekeyed, pki().root);  // REV-08: the same name, another key, and no cRLSign
  other_key.subject = pki().intermediate.subject;
  const std::vector<std::pair<std::string, std::string>> lists = {
      {clean(), kVerified},
      {list_of({.break_signature = true}), failed("crl_invalid")},
      {list_of({.digest = "SHA1"}), failed("crl_invalid")},
      {list_of({.this_update = default_now() + Seconds(301)}), failed("crl_invalid")},
      {make_crl({}, stranger.intermediate), failed("crl_unavailable")},
      {make_crl({}, other_key), failed("crl_invalid")},
      {list_of({.this_update = at("2026-05-01T00:00:00Z"), .next_update = at("2026-05-08T00:00:00Z")}),
       failed("crl_expired")},
  };
  for (const auto& [list, expected] : lists) EXPECT_EQ(judged_with(mail, {.lists = {list}}), expected);
}

// ATK-25, ATK-91: an older clean list, brought by the message or replayed, hides nothing.
TEST(RulesRevocation, AnOlderListNeverReplacesANewerOne) {
  const std::string older = list_of({.this_update = at("2026-06-28T00:00:00Z")});
  const std::string mail = signed_with(signer(), {older});
  EXPECT_EQ(judged_with(mail, {.lists = {revoking()}}), failed("cert_revoked"));
  EXPECT_EQ(judged_with(mail, {}), kVerified);  // Twin: nobody knows of the revocation
  const std::string plain = signed_with(signer());
  EXPECT_EQ(judged_with(plain, {.lists = {revoking(), older}}), failed("cert_revoked"));
  EXPECT_EQ(judged_with(plain, {.lists = {older, revoking()}}), failed("cert_revoked"));
  EXPECT_EQ(judged_with(plain, {.lists = {older}}), kVerified);
}

// --- scopes (REV-04) ---

std::string scoped(const std::vector<std::string>& fields, std::vector<Revoked> revoked = {}) {
  return list_of({.revoked = std::move(revoked), .extensions = {scope(fields)}});
}
TEST(RulesRevocation, ListsCoverWhatTheirScopeSays) {  // REV-04
  const std::string mail = signed_with(signer());
  const auto with = [&](const std::vector<std::string>& lists) { return judged_with(mail, {.lists = lists}); };
  EXPECT_EQ(with({scoped({point_name(kUrl)})}), kVerified);
  EXPECT_EQ(with({scoped({point_name(kUrl + "2")})}), failed("crl_unavailable"));
  EXPECT_EQ(with({scoped({only_user_certificates()})}), kVerified);
  EXPECT_EQ(with({scoped({only_ca_certificates()})}), failed("crl_unavailable"));
  EXPECT_EQ(with({scoped({only_attribute_certificates()})}), failed("crl_unavailable"));
  // Partitions by reason: all of them together, and an entry of any.
  EXPECT_EQ(with({scoped({only_key_compromise()})}), failed("crl_unavailable"));
  EXPECT_EQ(with({scoped({only_key_compromise()}), scoped({every_other_reason()})}), kVerified);
  EXPECT_EQ(with({scoped({only_key_compromise()}), scoped({every_other_reason()}, {entry(signer())})}),
            failed("cert_revoked"));
}

// --- indirect lists (REV-05) ---

struct Indirect {
  Indirect() {
    publisher = issue(ca_spec("Waxseal List Service", -402), pki().root);
    CertSpec spec = alices_spec();
    spec.crl_urls = {};
    spec.extensions = {point_of_publisher(kUrl, publisher)};
    leaf = pki().leaf(spec);
    mail = signed_with(leaf, {}, {publisher.der});
  }
  Cert publisher, leaf;
  std::string mail;
};

TEST(RulesRevocation, IndirectListsBehindTheirKnob) {  // REV-05
  const Indirect one;
  const Policy on = with_knob("revocation.indirect_crl", "on");
  const std::string empty = indirect_list(one.publisher, "");
  EXPECT_EQ(judged_with(one.mail, {.lists = {empty}}), failed("crl_indirect_unsupported"));
  EXPECT_EQ(judged_with(one.mail, {.lists = {empty}, .policy = on}), kVerified);
  const std::string about_ours = indirect_list(one.publisher, indirect_entry(one.leaf, pki().intermediate.subject));
  const std::string about_another = indirect_list(one.publisher, indirect_entry(one.leaf, pki().root.subject));
  EXPECT_EQ(judged_with(one.mail, {.lists = {about_ours}, .policy = on}), failed("cert_revoked"));
  EXPECT_EQ(judged_with(one.mail, {.lists = {about_another}, .policy = on}), kVerified);
  // The publisher must lead to the same anchor (5280 section 6.3.3 f).
  Cert impostor = self_signed(ca_spec("Waxseal List Service", -403));
  EXPECT_EQ(
      judged_with(signed_with(one.leaf, {}, {impostor.der}), {.lists = {indirect_list(impostor, "")}, .policy = on}),
      failed("crl_invalid"));
}

// --- deltas (REV-06) ---

std::string base_list(std::vector<Revoked> revoked, std::int64_t number = 5) {
  return list_of({.revoked = std::move(revoked),
                  .this_update = at("2026-06-01T00:00:00Z"),
                  .next_update = at("2026-06-08T00:00:00Z"),
                  .number = number});
}
std::string delta_list(std::vector<Revoked> revoked, std::int64_t base = 5, std::int64_t number = 6) {
  return list_of({.revoked = std::move(revoked), .number = number, .extensions = {delta_of(base)}});
}

TEST(RulesRevocation, DeltasBehindTheirKnob) {  // REV-06
  const std::string mail = signed_with(signer());
  const Policy on = with_knob("revocation.deltas", "on");
  const auto with = [&](const std::string& base, const std::string& delta) {
    return judged_with(mail, {.lists = {base, delta}, .policy = on});
  };
  EXPECT_EQ(with(base_list({}), delta_list({})), kVerified);
  EXPECT_EQ(judged_with(mail, {.lists = {base_list({}), delta_list({})}}), failed("crl_invalid"));
  EXPECT_EQ(with(base_list({}), delta_list({entry(signer())})), failed("cert_revoked"));
  EXPECT_EQ(with(base_list({entry(signer())}), delta_list({})), failed("cert_revoked"));
  // BaseCRLNumber <= number of the base < number of the delta.
  EXPECT_EQ(with(base_list({}, 4), delta_list({})), failed("crl_expired"));
  EXPECT_EQ(with(base_list({}, 6), delta_list({})), failed("crl_expired"));
  EXPECT_EQ(judged_with(mail, {.lists = {delta_list({})}, .policy = on}), failed("crl_unavailable"));
  // removeFromCRL ends a hold, and nothing else does.
  const std::string held = base_list({entry(signer(), "2026-05-01T00:00:00Z", kCertificateHold)});
  EXPECT_EQ(with(held, delta_list({})), failed("cert_on_hold"));
  EXPECT_EQ(with(held, delta_list({entry(signer(), "2026-06-20T00:00:00Z", kRemoveFromCrl)})), kVerified);
}

// --- the ledger and T (REV-07, REV-10, REV-11) ---

TEST(RulesRevocation, NowAnyEntryCounts) {  // REV-10, REV-07
  const std::string mail = signed_with(signer());
  EXPECT_EQ(judged_with(mail, {.lists = {list_of({.revoked = {entry(signer(), "2026-12-01T00:00:00Z")}})}}),
            failed("cert_revoked"));
  EXPECT_EQ(judged_with(mail, {.lists = {list_of({.revoked = {entry(alice())}})}}), kVerified);
  // An expired list revokes and vouches for nobody; a newer one does not take a revocation back.
  EXPECT_EQ(judged_with(mail, {.lists = {base_list({entry(signer())})}}), failed("cert_revoked"));
  EXPECT_EQ(judged_with(mail, {.lists = {base_list({})}}), failed("crl_expired"));
  EXPECT_EQ(judged_with(mail, {.lists = {base_list({entry(signer())}), clean()}}), failed("cert_revoked"));
  // stale_grace
  EXPECT_EQ(
      judged_with(mail, {.lists = {base_list({})}, .policy = with_knob("revocation.stale_grace_seconds", "2592000")}),
      kVerified);
}

TEST(RulesRevocation, AtDeliveryOnlyWhatWasTrueThen) {  // REV-11, TIM-06, ATK-95
  const std::string mail = signed_with(signer());
  const auto then = [&](std::string_view when, const std::string& list, const Policy& policy = {}) {
    return judged_with(mail, {.lists = {list}, .policy = policy, .at = at(when), .epoch = Epoch::kAtDelivery});
  };
  const std::string june = list_of({.revoked = {entry(signer(), "2026-06-01T00:00:00Z", kKeyCompromise)}});
  EXPECT_EQ(then("2026-05-31T23:59:59Z", june), kVerified);
  EXPECT_EQ(then("2026-06-01T00:00:00Z", june), failed("cert_revoked"));
  const std::string since_may =
      list_of({.revoked = {entry(signer(), "2026-06-01T00:00:00Z", kKeyCompromise, at("2026-05-01T00:00:00Z"))}});
  EXPECT_EQ(then("2026-05-31T23:59:59Z", since_may), failed("cert_revoked"));
  EXPECT_EQ(then("2026-05-31T23:59:59Z", june, with_knob("revocation.late_key_compromise", "always")),
            failed("cert_revoked"));
  EXPECT_EQ(then("2026-05-31T23:59:59Z", clean()), kVerified);
}

// --- modes (3.7) ---

// REV-30: what is unknown is told where something else failed, and only there.  REV-31: hard is the default.
TEST(RulesRevocation, ModesDecideWhatUnknownMeans) {  // ATK-89
  const std::string mail = signed_with(signer()), forged = replaced(mail, "Hello", "Hallo");
  const Policy soft = with_mode(RevocationMode::kSoft), off = with_mode(RevocationMode::kOff);
  EXPECT_EQ(judged_with(mail, {}), failed("crl_unavailable"));
  EXPECT_EQ(judged_with(mail, {.policy = soft}), kVerified + " crl_unavailable");
  EXPECT_EQ(judged_with(mail, {.policy = off}), kVerified);
  EXPECT_EQ(judged_with(forged, {.policy = soft}), failed("digest_mismatch crl_unavailable"));
  EXPECT_EQ(judged_with(forged, {.policy = off}), failed("digest_mismatch"));
  for (const Policy& policy : {Policy{}, soft, off})
    EXPECT_EQ(judged_with(mail, {.lists = {revoking()}, .policy = policy}), failed("cert_revoked"));
}

TEST(RulesRevocation, FaultsAreToldApart) {  // REV-32
  const CertificatePtr leaf = parsed(signer()), issuer = parsed(pki().intermediate), root = parsed(pki().root);
  const RevocationQuestion question = make_question(leaf, issuer, root, 0, {});
  for (const Code fault : {Code::crl_too_large, Code::crl_invalid, Code::crl_url_not_allowed}) {
    CertificateEvidence evidence;
    evidence.faults = {fault};
    EXPECT_EQ(evaluate_revocation(question, evidence, {}, default_now(), Epoch::kNow).codes, std::vector{fault});
  }
  EXPECT_EQ(evaluate_revocation(question, {}, {}, default_now(), Epoch::kNow).codes,
            std::vector{Code::crl_unavailable});
}

// --- OCSP (3.6) ---

struct Asked {
  Asked() {
    CertSpec spec = alices_spec();
    spec.ocsp_urls = {"http://ocsp.example.org/"};
    leaf = pki().leaf(spec);
    question = make_question(parsed(leaf), parsed(pki().intermediate), parsed(pki().root), 0, {});
    honest = {.certificate = leaf, .issuer = pki().intermediate};
  }
  // "good", "revoked", "unknown", or the code of the refusal.
  std::string answer(const OcspSpec& spec, Time now = default_now()) const {
    const auto accepted = accept_ocsp(ocsp_response(spec), question, {}, now);
    if (!accepted) return std::string(row(accepted.error()).name);
    return accepted->status == OcspStatus::kGood      ? "good"
           : accepted->status == OcspStatus::kRevoked ? "revoked"
                                                      : "unknown";
  }
  // State of the certificate with this answer at hand.
  std::vector<std::string> codes(const OcspSpec& spec, const Policy& policy = {}) const {
    CertificateEvidence evidence;
    if (const auto accepted = accept_ocsp(ocsp_response(spec), question, policy, default_now())) {
      evidence.answers = {*accepted};
      if (accepted->entry) evidence.entries = {*accepted->entry};
    } else {
      evidence.faults = {accepted.error()};
    }
    return names(evaluate_revocation(question, evidence, policy, default_now(), Epoch::kNow).codes);
  }

  Cert leaf;
  RevocationQuestion question;
  OcspSpec honest;
};

TEST(RulesRevocation, OcspAnswersWhatTheListDoesNot) {  // REV-20, REV-25
  const Asked ask;
  EXPECT_EQ(ask.codes(ask.honest), Codes{});
  OcspSpec revoked = ask.honest;
  revoked.revoked = entry(ask.leaf);
  EXPECT_EQ(ask.codes(revoked), Codes{"cert_revoked"});
  OcspSpec unknown = ask.honest;
  unknown.unknown = true;
  EXPECT_EQ(ask.codes(unknown), (Codes{"crl_unavailable", "ocsp_unknown"}));
}

TEST(RulesRevocation, ResponsesOfTheResponder) {  // REV-21, REV-22
  const Asked ask;
  const auto with = [&](const auto& change) {
    OcspSpec spec = ask.honest;
    change(spec);
    return ask.answer(spec);
  };
  EXPECT_EQ(with([](OcspSpec&) {}), "good");
  for (const int status : {1, 2, 3, 5, 6})
    EXPECT_EQ(with([&](OcspSpec& s) { s.status = status; }), "ocsp_unavailable") << status;
  EXPECT_EQ(with([](OcspSpec& s) { s.serial = "\x01"; }), "ocsp_invalid");
  // The same signer, and another authority's key in the CertID.
  const auto by_the_issuer = [](OcspSpec& s) {
    s.responder = pki().intermediate;
    s.include_responder = false;
  };
  EXPECT_EQ(with(by_the_issuer), "good");
  EXPECT_EQ(with([&](OcspSpec& s) {
              by_the_issuer(s);
              s.issuer = pki().root;
            }),
            "ocsp_invalid");
  EXPECT_EQ(with([](OcspSpec& s) { s.break_signature = true; }), "ocsp_invalid");
  EXPECT_EQ(accept_ocsp("garbage", ask.question, {}, default_now()).error(), Code::ocsp_invalid);
}

CertSpec responder_spec() {
  CertSpec spec{.common_name = "Responder", .key_index = 7};
  spec.ext_key_usage = {"1.3.6.1.5.5.7.3.9"};
  spec.extensions = {extension("1.3.6.1.5.5.7.48.1.5", false, der::null())};  // id-pkix-ocsp-nocheck
  return spec;
}

TEST(RulesRevocation, WhoMaySignAnAnswer) {  // REV-23, ATK-90
  const Asked ask;
  const auto signed_by_delegate = [&](const Cert& delegate, bool include = true) {
    OcspSpec spec = ask.honest;
    spec.responder = delegate;
    spec.include_responder = include;
    return ask.answer(spec);
  };
  const Cert good = pki().leaf(responder_spec());
  EXPECT_EQ(signed_by_delegate(good), "good");
  EXPECT_EQ(signed_by_delegate(good, false), "ocsp_invalid");
  CertSpec without_usage = responder_spec();
  without_usage.ext_key_usage = {std::string(kEmailProtection)};
  EXPECT_EQ(signed_by_delegate(pki().leaf(without_usage)), "ocsp_invalid");
  const Pki stranger("Rules Responder Stranger");
  EXPECT_EQ(signed_by_delegate(stranger.leaf(responder_spec())), "ocsp_invalid");
  EXPECT_EQ(signed_by_delegate(issue(responder_spec(), pki().root)), "ocsp_invalid");  // not directly by the issuer
  CertSpec ended = responder_spec();
  ended.not_after = at("2026-06-30T23:59:59Z");  // before producedAt
  EXPECT_EQ(signed_by_delegate(pki().leaf(ended)), "ocsp_invalid");
  CertSpec checked = responder_spec();  // without nocheck, and with a list that nobody has
  checked.extensions = {};
  checked.crl_urls = {kUrl};
  EXPECT_EQ(signed_by_delegate(pki().leaf(checked)), "ocsp_invalid");
}

TEST(RulesRevocation, AnswersHaveATime) {  // REV-24, ATK-91
  const Asked ask;
  const auto answered = [&](std::string_view now) { return ask.answer(ask.honest, at(now)); };
  EXPECT_EQ(answered("2026-06-30T23:55:00Z"), "good");  // the skew of 300 s
  EXPECT_EQ(answered("2026-06-30T23:54:59Z"), "ocsp_invalid");
  EXPECT_EQ(answered("2026-07-02T23:59:59Z"), "good");
  EXPECT_EQ(answered("2026-07-03T00:00:00Z"), "ocsp_invalid");
  OcspSpec endless = ask.honest;
  endless.next_update.reset();
  EXPECT_EQ(ask.answer(endless, at("2026-07-01T00:59:59Z")), "good");
  EXPECT_EQ(ask.answer(endless, at("2026-07-01T01:00:00Z")), "ocsp_invalid");
  OcspSpec old = ask.honest;
  old.next_update = at("2026-09-01T00:00:00Z");
  EXPECT_EQ(ask.answer(old, at("2026-07-11T00:00:00Z")), "good");
  EXPECT_EQ(ask.answer(old, at("2026-07-11T00:00:01Z")), "ocsp_invalid");
}

TEST(RulesRevocation, WhichOfTheTwoIsAskedFirst) {  // REV-20
  const Asked ask;
  OcspSpec unknown = ask.honest;
  unknown.unknown = true;
  const auto answer = accept_ocsp(ocsp_response(unknown), ask.question, {}, default_now());
  ASSERT_TRUE(answer);
  const auto accepted = accept_crl(*Crl::parse(clean()), ask.question, {trusting({pki().root}), {}}, {}, default_now());
  ASSERT_TRUE(accepted);
  const CertificateEvidence both{.lists = {accepted->head}, .entries = {}, .answers = {*answer}, .faults = {}};
  const auto codes = [&](const Policy& policy) {
    return names(evaluate_revocation(ask.question, both, policy, default_now(), Epoch::kNow).codes);
  };
  EXPECT_EQ(codes({}), Codes{});
  EXPECT_EQ(codes(with_knob("revocation.prefer", "ocsp")), (Codes{"crl_unavailable", "ocsp_unknown"}));
}

// --- time (section 5) ---

TEST(RulesRevocation, TimesOfTheTwoVerdicts) {
  const std::string mail = signed_with(signer());
  const Evidence now{.lists = {clean()}};
  Evidence after = now, delivered = now;
  after.at = at("2027-06-01T00:00:00Z");
  delivered.epoch = Epoch::kAtDelivery;
  EXPECT_EQ(judged_with(mail, now), kVerified);
  EXPECT_EQ(judged_with(mail, after), failed("cert_expired"));  // TIM-01
  EXPECT_EQ(judged_with(mail, delivered), kVerified);
}

TEST(RulesRevocation, AtDeliveryWhatIsUndeterminedIsAwaited) {  // TIM-05
  const TrustStore trust = trusting({pki().root});
  Verifier verifier{Policy{}};
  const auto awaits = [&](const std::string& mail, const std::vector<std::string>& lists) {
    CrlsAtHand at_hand({}, trust, default_now());
    for (const std::string& list : lists) EXPECT_TRUE(at_hand.add(list));
    return awaits_evidence(verifier.verify(mail, trust, default_now(), Epoch::kAtDelivery, &at_hand).verdict);
  };
  const std::string mail = signed_with(signer());
  EXPECT_TRUE(awaits(mail, {}));
  EXPECT_FALSE(awaits(mail, {clean()}));
  EXPECT_FALSE(awaits(mail, {revoking()}));
  EXPECT_FALSE(awaits(replaced(mail, "Hello", "Hallo"), {}));  // another fatal error is final at once
}

}  // namespace
}  // namespace waxseal::test
