// Every rule of certificate paths (verification.md section 3 without revocation) and the attacks of 8.4 that need no
// network, from octets to verdict, each beside a message or a configuration that differs in one thing.
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

using Change = std::function<void(CertSpec&)>;

CertSpec alices_spec() {
  return {.emails = {std::string(kAlice)}};
}
std::string signed_with(const Cert& leaf, const std::vector<std::string>& bag = {pki().intermediate.der}) {
  return mail_with({.signers = {signed_by(leaf)}, .certificates = bag});
}
// Alice's certificate but for one change, under the default intermediate.
std::string leaf_with(const Change& change) {
  CertSpec spec = alices_spec();
  change(spec);
  return signed_with(pki().leaf(spec));
}
// The issuing CA but for one change.
std::string issuer_with(const Change& change) {
  CertSpec spec = ca_spec("Waxseal Rules Issuer", -300);
  change(spec);
  const Cert issuer = issue(spec, pki().root);
  return signed_with(issue(alices_spec(), issuer), {issuer.der});
}
const auto kUnchanged = [](CertSpec&) {};

const std::string& good() {
  static const std::string mail = leaf_with(kUnchanged);
  return mail;
}

TEST(RulesPath, Anchors) {
  const Cert pinned = self_signed({.common_name = "Pinned", .emails = {std::string(kAlice)}, .key_index = 41});
  const std::string self = mail_with({.signers = {signed_by(pinned)}});
  const Cert intermediate_anchor = pki().intermediate;
  const std::string leaf_alone = signed_with(alice(), {});
  const Pki stranger("Rules Stranger");
  const std::string strange = signed_with(stranger.leaf(std::string(kAlice)), {stranger.intermediate.der});
  const std::string with_root =
      signed_with(stranger.leaf(std::string(kAlice)), {stranger.intermediate.der, stranger.root.der});
  check({
      {"PTH-01 an anchor need not be self-signed",
       good(),
       kVerified,
       good(),
       failed("chain_incomplete"),
       {.anchors = {intermediate_anchor}},
       {.anchors = {stranger.root}}},
      {"PTH-01 PTH-13 a pinned signer", self, kVerified, self, failed("chain_self_signed"), {.anchors = {pinned}}, {}},
      {"PTH-02 a configured intermediate",
       leaf_alone,
       kVerified,
       leaf_alone,
       failed("chain_incomplete"),
       {.intermediates = {pki().intermediate}},
       {}},
      {"PTH-03 ATK-06 self-signed", self, failed("chain_self_signed"), good(), kVerified},
      {"PTH-03 ATK-06 a root of the message is no anchor",
       with_root,
       failed("chain_untrusted"),
       with_root,
       kVerified,
       {},
       {.anchors = {stranger.root}}},
      {"PTH-12 an issuer is missing",
       strange,
       failed("chain_incomplete"),
       strange,
       kVerified,
       {},
       {.anchors = {stranger.root}}},
  });
}

TEST(RulesPath, PinnedSignersAreStillChecked) {  // PTH-13
  CertSpec spec{.common_name = "Pinned", .emails = {std::string(kAlice)}, .key_index = 41};
  spec.ext_key_usage = {std::string(kServerAuth)};
  const Cert tls = self_signed(spec);
  const std::string mail = mail_with({.signers = {signed_by(tls)}});
  const Cert ca = self_signed(ca_spec("Waxseal Pinned CA", -301));
  CertSpec with_mail = ca_spec("Waxseal Pinned CA", -302);
  with_mail.emails = {std::string(kAlice)};
  with_mail.key_usage->push_back(kDigitalSignature);
  const Cert pinned_ca = self_signed(with_mail);
  const std::string by_ca = mail_with({.signers = {signed_by(pinned_ca)}});
  check({
      {"PTH-13 PTH-26",
       mail,
       failed("cert_ext_key_usage"),
       mail,
       failed("cert_ext_key_usage chain_self_signed"),
       {.anchors = {tls}},
       {}},
      {"PTH-13 PTH-23 a CA that is pinned",
       by_ca,
       kVerified,
       by_ca,
       failed("cert_is_ca chain_self_signed"),
       {.anchors = {pinned_ca}},
       {.anchors = {ca}}},
  });
}

TEST(RulesPath, Building) {
  const Cert rogue_root = self_signed(ca_spec("Waxseal Test Root", -310));
  const Cert evil = issue(alices_spec(), rogue_root);
  // Cross-sign: the same CA under two roots, one certificate of it expired.
  CertSpec ca = ca_spec("Waxseal Rules Cross", -311);
  const Pki second("Rules Second");
  CertSpec expired_ca = ca;
  expired_ca.not_after = default_now() - Seconds(1);
  const Cert expired = issue(expired_ca, pki().root), fresh = issue(ca, second.root);
  const std::string leaf_of_both = signed_with(issue(alices_spec(), fresh), {expired.der, fresh.der});
  const std::string only_expired = signed_with(issue(alices_spec(), fresh), {expired.der});
  const std::string reversed = signed_with(issue(alices_spec(), fresh), {fresh.der, expired.der});
  const Circumstances both_roots{.anchors = {pki().root, second.root}};
  // A chain of seven intermediates is as deep as it may be.
  const auto chain_of = [](int length) {
    std::vector<std::string> bag;
    Cert issuer = pki().root;
    for (int i = 0; i < length; ++i) {
      issuer = issue(ca_spec("Waxseal Deep " + std::to_string(i), -320 - i), issuer);
      bag.push_back(issuer.der);
    }
    return signed_with(issue(alices_spec(), issuer), bag);
  };
  check({
      {"PTH-10 ATK-80 rogue root of the same name", signed_with(evil, {rogue_root.der}), failed("chain_untrusted"),
       signed_with(alice(), {rogue_root.der, pki().intermediate.der}), kVerified},
      {"PTH-04 PTH-11 ATK-81 expired cross-sign first", leaf_of_both, kVerified, only_expired, failed("issuer_expired"),
       both_roots, both_roots},
      {"PTH-11 ATK-81 and last", reversed, kVerified, only_expired, failed("issuer_expired"), both_roots, both_roots},
      {"PTH-10 depth", chain_of(7), kVerified, chain_of(8), failed("chain_path_length")},
      {"PTH-10 the edge is a signature", leaf_with([](CertSpec& s) { s.break_signature = true; }),
       failed("chain_signature"), good(), kVerified},
      {"PTH-12 the signer's own problems are named all the same",
       signed_with(evil, {rogue_root.der}),
       failed("cert_expired chain_untrusted"),
       signed_with(alice()),
       failed("cert_expired"),
       {.at = default_not_after() + Seconds(1)},
       {.at = default_not_after() + Seconds(1)}},
  });
}

TEST(RulesPath, Validity) {
  const auto issuer_until = [](Time time) { return issuer_with([=](CertSpec& s) { s.not_after = time; }); };
  const auto issuer_from = [](Time time) { return issuer_with([=](CertSpec& s) { s.not_before = time; }); };
  CertSpec old_root = ca_spec("Waxseal Rules Old Root", -330);
  old_root.not_after = default_now() - Seconds(1);
  const Cert expired_root = self_signed(old_root);
  const std::string under_old = signed_with(issue(alices_spec(), expired_root), {});
  SignerSpec no_time = signed_by(alice());
  no_time.signing_time.reset();
  const std::string timeless = clear_signed_mail(no_time);
  const Circumstances old{.anchors = {expired_root}};
  Circumstances ignoring = old;
  ignoring.policy = with_knob("ignore_anchor_validity", "on");
  check({
      {"PTH-20 ATK-88 expired",
       good(),
       failed("cert_expired"),
       good(),
       kVerified,
       {.at = default_not_after() + Seconds(1)},
       {.at = default_not_after()}},
      {"PTH-20 not yet valid",
       timeless,
       failed("cert_not_yet_valid"),
       timeless,
       kVerified,
       {.at = default_not_before() - Seconds(1)},
       {.at = default_not_before()}},
      {"PTH-21 issuer expired", issuer_until(default_now() - Seconds(1)), failed("issuer_expired"),
       issuer_until(default_now()), kVerified},
      {"PTH-21 issuer not yet valid", issuer_from(default_now() + Seconds(1)), failed("issuer_not_yet_valid"),
       issuer_from(default_now()), kVerified},
      {"3.3 anchor expired", under_old, failed("anchor_expired"), under_old, kVerified, old, ignoring},
  });
}

TEST(RulesPath, Issuers) {
  const Cert other_leaf = pki().leaf({.common_name = "Leaf", .emails = {"x@example.org"}, .key_index = 42});
  const std::string by_leaf = signed_with(issue(alices_spec(), other_leaf), {other_leaf.der, pki().intermediate.der});
  const auto limited = [](std::optional<int> length) {
    CertSpec outer = ca_spec("Waxseal Rules Outer", -340);
    outer.path_length = length;
    const Cert first = issue(outer, pki().root);
    const Cert second = issue(ca_spec("Waxseal Rules Inner", -341), first);
    return signed_with(issue(alices_spec(), second), {first.der, second.der});
  };
  check({
      {"PTH-22 ATK-82 a leaf as issuer", by_leaf, failed("chain_invalid_ca"), issuer_with(kUnchanged), kVerified},
      {"PTH-22 ATK-82 cA absent", issuer_with([](CertSpec& s) { s.basic_constraints = false; }),
       failed("chain_invalid_ca"), issuer_with(kUnchanged), kVerified},
      {"PTH-22 no keyCertSign", issuer_with([](CertSpec& s) { s.key_usage = {kCrlSign}; }), failed("chain_invalid_ca"),
       issuer_with(kUnchanged), kVerified},
      {"PTH-22 ATK-83 path length", limited(0), failed("chain_path_length"), limited(1), kVerified},
      {"PTH-27 ATK-85 TLS only", issuer_with([](CertSpec& s) { s.ext_key_usage = {std::string(kServerAuth)}; }),
       failed("issuer_ext_key_usage"),
       issuer_with([](CertSpec& s) { s.ext_key_usage = {std::string(kEmailProtection)}; }), kVerified},
      {"PTH-27 eku_nesting",
       issuer_with([](CertSpec& s) { s.ext_key_usage = {std::string(kServerAuth)}; }),
       kVerified,
       issuer_with([](CertSpec& s) { s.ext_key_usage = {std::string(kServerAuth)}; }),
       failed("issuer_ext_key_usage"),
       {.policy = with_knob("eku_nesting", "off")},
       {}},
      {"PTH-32 2.4 weak issuer key", issuer_with([](CertSpec& s) { s.key = KeyType::kRsa1024; }), failed("weak_key"),
       issuer_with([](CertSpec& s) { s.key = KeyType::kRsa2048; }), kVerified},
  });
}

TEST(RulesPath, SignerCertificate) {
  const auto usage = [](std::optional<std::vector<int>> bits) {
    return leaf_with([=](CertSpec& s) { s.key_usage = bits; });
  };
  const auto eku = [](std::vector<std::string> purposes) {
    return leaf_with([=](CertSpec& s) { s.ext_key_usage = purposes; });
  };
  const std::string any(kAnyExtendedKeyUsage), tls(kServerAuth), mail(kEmailProtection);
  const auto by_rsa = [](std::string digest) {
    CertSpec issuer_spec = ca_spec("Waxseal Rules RSA", -370), leaf = alices_spec();
    issuer_spec.key = KeyType::kRsa2048;
    leaf.digest = std::move(digest);
    const Cert issuer = issue(issuer_spec, pki().root);
    return signed_with(issue(leaf, issuer), {issuer.der});
  };
  const std::string ca = leaf_with([](CertSpec& s) {
    s.ca = true;
    s.key_usage = {kDigitalSignature, kKeyCertSign};
  });
  check({
      {"PTH-23 a CA signs no mail",
       ca,
       failed("cert_is_ca"),
       ca,
       kVerified,
       {},
       {.policy = with_knob("allow_ca_signer", "on")}},
      {"PTH-25 keyEncipherment alone", usage({{kKeyEncipherment}}), failed("cert_key_usage"),
       usage({{kKeyEncipherment, kNonRepudiation}}), kVerified},
      {"PTH-25 absent", usage(std::nullopt), kVerified, usage({{kKeyCertSign}}), failed("cert_key_usage")},
      {"PTH-26 ATK-84 TLS", eku({tls}), failed("cert_ext_key_usage"), eku({tls, mail}), kVerified},
      {"PTH-26 ATK-84 code signing", eku({"1.3.6.1.5.5.7.3.3"}), failed("cert_ext_key_usage"), eku({mail}), kVerified},
      {"PTH-26 allow_any_eku",
       eku({any}),
       kVerified,
       eku({any}),
       failed("cert_ext_key_usage"),
       {},
       {.policy = with_knob("allow_any_eku", "off")}},
      {"PTH-26 require_eku",
       eku({}),
       kVerified,
       eku({}),
       failed("cert_ext_key_usage"),
       {},
       {.policy = with_knob("require_eku", "on")}},
      {"PTH-29 unknown critical extension",
       leaf_with([](CertSpec& s) { s.extensions = {extension("1.2.3.4", true, der::null())}; }),
       failed("critical_extension"),
       leaf_with([](CertSpec& s) { s.extensions = {extension("1.2.3.4", false, der::null())}; }), kVerified},
      {"PTH-34 Netscape certificate type", leaf_with([](CertSpec& s) {
         s.extensions = {extension("2.16.840.1.113730.1.1", false, der::bit_string("\x40", 6))};
       }),
       kVerified,
       leaf_with([](CertSpec& s) { s.extensions = {extension("2.16.840.1.113730.1.99", true, der::null())}; }),
       failed("critical_extension")},
      {"PTH-36 an extension twice", leaf_with([](CertSpec& s) {
         s.extensions = {extension("1.2.3.4", false, der::null()), extension("1.2.3.4", false, der::null())};
       }),
       failed("cert_malformed"), leaf_with([](CertSpec& s) {
         s.extensions = {extension("1.2.3.4", false, der::null()), extension("1.2.3.5", false, der::null())};
       }),
       kVerified},
      {"PTH-32 SHA-1", leaf_with([](CertSpec& s) { s.digest = "SHA1"; }), failed("weak_chain_signature"), good(),
       kVerified},
      {"PTH-32 MD5", by_rsa("MD5"), failed("chain_signature weak_chain_signature"), by_rsa("SHA256"), kVerified},
  });
}

TEST(RulesPath, ProxiesAndPolicies) {
  const std::string proxy =
      extension("1.3.6.1.5.5.7.1.14", true, der::sequence({der::sequence({der::oid("1.3.6.1.5.5.7.21.1")})}));
  const auto subject_alone = [](std::vector<std::string> extensions) {  // a proxy has no alternative name (3820)
    CertSpec issuer_spec = ca_spec("Waxseal Rules Proxied", -351), spec{.subject_emails = {std::string(kAlice)}};
    issuer_spec.key_usage->push_back(kDigitalSignature);
    const Cert issuer = issue(issuer_spec, pki().root);
    spec.basic_constraints = false;
    spec.extensions = std::move(extensions);
    return signed_with(issue(spec, issuer), {issuer.der});
  };
  const auto policy = [](std::vector<std::string> policies) {
    return mail_with({.signers = {signed_by([&] {
                        CertSpec issuer = ca_spec("Waxseal Rules Policy", -350);
                        issuer.policies = {"2.5.29.32.0"};
                        CertSpec leaf = alices_spec();
                        leaf.policies = policies;
                        return issue(leaf, issue(issuer, pki().root));
                      }())},
                      .certificates = {[] {
                        CertSpec issuer = ca_spec("Waxseal Rules Policy", -350);
                        issuer.policies = {"2.5.29.32.0"};
                        return issue(issuer, pki().root).der;
                      }()}});
  };
  const Circumstances required{.policy = with_knob("required_policies", "2.23.140.1.5.1.1")};
  const std::string constraints = issuer_with([](CertSpec& s) {
    s.extensions = {extension("2.5.29.36", true, der::sequence({der::implicit_tag(0, std::string(1, '\0'))}))};
  });
  check({
      {"PTH-30 a proxy certificate", subject_alone({proxy}), failed("chain_invalid"), subject_alone({}), kVerified},
      {"PTH-31 required policy", policy({"2.23.140.1.5.1.1"}), kVerified, policy({"1.2.3"}), failed("cert_policy"),
       required, required},
      {"PTH-31 off", policy({"1.2.3"}), kVerified, policy({"1.2.3"}), failed("cert_policy"), {}, required},
      {"PTH-31 critical policyConstraints", constraints, failed("cert_policy"), issuer_with(kUnchanged), kVerified},
  });
}

TEST(RulesPath, NameConstraints) {  // PTH-28, ATK-86
  const auto under = [](NameConstraints constraints, CertSpec leaf, std::string_view from) {
    CertSpec spec = ca_spec("Waxseal Rules Constrained", -360);
    spec.name_constraints = std::move(constraints);
    const Cert issuer = issue(spec, pki().root);
    return mail_with({.signers = {signed_by(issue(leaf, issuer))}, .certificates = {issuer.der}}, text_entity(), from);
  };
  const NameConstraints ours{.permitted_emails = {"example.org"}};
  const NameConstraints not_them{.excluded_emails = {"example.com"}};
  const std::string violated = failed("name_constraints");
  const auto mail = [](std::string address) { return CertSpec{.emails = {std::move(address)}}; };
  check({
      {"PTH-28 permitted", under(ours, mail("alice@example.org"), kAlice), kVerified,
       under(ours, mail("alice@example.com"), "alice@example.com"), violated},
      {"PTH-28 ATK-86 subject emailAddress", under(ours, {.subject_emails = {"a@example.com"}}, "a@example.com"),
       violated, under(ours, {.subject_emails = {"a@example.org"}}, "a@example.org"), kVerified},
      {"PTH-28 ATK-86 upper case", under(not_them, mail("a@EXAMPLE.COM"), "a@example.com"), violated,
       under(not_them, mail("a@EXAMPLE.ORG"), "a@example.org"), kVerified},
      {"PTH-28 ATK-86 SmtpUTF8Mailbox",
       under(ours, {.utf8_mailboxes = {"\xC3\xA4@example.com"}}, "\xC3\xA4@example.com"), violated,
       under(ours, {.utf8_mailboxes = {"\xC3\xA4@example.org"}}, "\xC3\xA4@example.org"), kVerified},
      {"PTH-28 a subdomain needs the dot",
       under({.permitted_emails = {".example.org"}}, mail("a@sub.example.org"), "a@sub.example.org"), kVerified,
       under({.permitted_emails = {"example.org"}}, mail("a@sub.example.org"), "a@sub.example.org"), violated},
      {"PTH-28 ATK-86 trailing dot", under(not_them, mail("a@example.com."), "a@example.com"),
       failed("cert_no_email cert_bad_email"), under(not_them, mail("a@example.net"), "a@example.net"), kVerified},
  });
}

}  // namespace
}  // namespace waxseal::test
