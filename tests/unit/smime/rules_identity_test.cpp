// Every rule of identity (verification.md section 4) and every attack of 8.3, from octets to verdict, each beside a
// message that differs in one thing and is judged otherwise.
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

// From as written, signed by a certificate of these names.
std::string mail(std::string_view from, const CertSpec& names = {.emails = {std::string(kAlice)}},
                 std::string_view content = text_entity()) {
  return mail_with({.signers = {signed_by(pki().leaf(names))}, .certificates = {pki().intermediate.der}}, content,
                   from);
}
std::string with_name(std::string_view certificate_name, std::string_view from = kAlice) {
  return mail(from, {.emails = {std::string(certificate_name)}});
}
const std::string& good() {
  static const std::string made = mail(kAlice);
  return made;
}
const std::string kMismatch = failed("from_mismatch"), kUnparsable = failed("from_unparsable");
const std::string kNoEmail = failed("cert_no_email"), kBadEmail = failed("cert_no_email cert_bad_email");

TEST(RulesIdentity, OneFromField) {
  const std::string no_from = replaced(good(), "From: alice@example.org\r\n", "");
  const std::string boss = "From: boss@example.org\r\n";
  check({
      {"IDN-01 ATK-63 none", no_from, failed("from_missing"), good(), kVerified},
      {"IDN-01 ATK-65 two, the signer's last", boss + good(), failed("from_multiple_fields"),
       "Sender: a@b\r\n" + good(), kVerified},
      {"IDN-01 ATK-65 two, the signer's first", replaced(good(), "To: ", boss + "To: "), failed("from_multiple_fields"),
       good(), kVerified},
      {"IDN-01 the same twice", "From: alice@example.org\r\n" + good(), failed("from_multiple_fields"), good(),
       kVerified},
      {"IDN-09 Resent-From alone", "Resent-From: alice@example.org\r\n" + no_from, failed("from_missing"),
       "Resent-From: boss@example.org\r\n" + good(), kVerified},
  });
}

TEST(RulesIdentity, SyntaxOfFrom) {
  struct Pair {
    std::string rule, refused, accepted;
  };
  const std::vector<Pair> pairs = {
      {"IDN-02 ATK-63 empty", "", "alice@example.org"},
      {"IDN-02 ATK-63 a name alone", "The Manager", "The Manager <alice@example.org>"},
      {"IDN-02 no @", "alice", "alice@example.org"},
      {"IDN-02 ATK-76 route", "<@relay.example:alice@example.org>", "<alice@example.org>"},
      {"IDN-02 ATK-76 comment in the address", "alice@(c)example.org", "alice@example.org (c)"},
      {"IDN-02 white space in the address", "alice @example.org", "alice@example.org "},
      {"IDN-02 empty element", "alice@example.org, , alice@example.org", "alice@example.org, Alice@example.org"},
      {"IDN-02 open quote", "\"Alice <alice@example.org>", "\"Alice\" <alice@example.org>"},
      {"IDN-02 open bracket", "Alice <alice@example.org", "Alice <alice@example.org>"},
      {"IDN-02 open comment", "alice@example.org (c", "alice@example.org (c)"},
      {"IDN-02 text after the address", "<alice@example.org> Alice", "Alice <alice@example.org>"},
      {"IDN-02 control character", "Al\x01ice <alice@example.org>", "Al\tice <alice@example.org>"},
      {"IDN-02 not UTF-8", "Al\xFFice <alice@example.org>", "Al\xC3\xADice <alice@example.org>"},
      {"IDN-02 two addresses in one", "alice@example.org@example.net", "alice@example.org"},
      {"IDN-02 comments nest up to a bound", std::string(9, '(') + std::string(9, ')') + " alice@example.org",
       std::string(8, '(') + std::string(8, ')') + " alice@example.org"},
  };
  std::vector<RuleCase> cases;
  for (const Pair& pair : pairs)
    cases.push_back({pair.rule, mail(pair.refused), kUnparsable, mail(pair.accepted), kVerified});
  cases.push_back({"IDN-02 ATK-40 folded", mail("Alice\r\n <alice\r\n @example.org>"), kUnparsable,
                   mail("Alice\r\n\t<alice@example.org>"), kVerified});
  cases.push_back({"IDN-03 ATK-67 group", mail("us: alice@example.org;"), failed("from_group"),
                   mail("us <alice@example.org>"), kVerified});
  cases.push_back({"IDN-03 empty group", mail("undisclosed:;"), failed("from_group"), good(), kVerified});
  check(cases);
}

TEST(RulesIdentity, WhoseAddressCounts) {
  const std::string both = "alice@example.org, boss@example.org";
  const Circumstances strict{.policy = with_knob("display_name_policy", "fail")};
  const std::string shown = mail("\"boss@example.org\" <alice@example.org>");
  check({
      {"IDN-04 ATK-64 two mailboxes", mail(both), failed("from_multiple_unmatched"),
       mail(both, {.emails = {"alice@example.org", "boss@example.org"}}), kVerified},
      {"IDN-04 ATK-64 the other way round", mail("boss@example.org, alice@example.org"),
       failed("from_multiple_unmatched"), mail("alice@example.org, Alice@example.org"), kVerified},
      {"IDN-05 ATK-75 encoded-word as address", mail("=?utf-8?q?alice?=@example.org"), kMismatch,
       mail("=?utf-8?q?alice?= <alice@example.org>"), kVerified},
      {"IDN-06 ATK-61 display name", shown, kVerified, shown, failed("from_display_name"), {}, strict},
      {"IDN-06 ATK-62", mail("\"alice@example.org\" <boss@example.org>"), kMismatch, shown, kVerified},
      {"IDN-07 comment", mail("alice@example.org (boss@example.org)"), kVerified,
       mail("boss@example.org (alice@example.org)"), kMismatch},
      {"IDN-08 ATK-66 Sender and others",
       "Sender: alice@example.org\r\nReply-To: alice@example.org\r\nX-Apparently-To: alice@example.org\r\n" +
           mail("boss@example.org"),
       kMismatch, "Sender: boss@example.org\r\nReply-To: boss@example.org\r\n" + good(), kVerified},
      {"IDN-25 ATK-60", mail("eve@example.net"), kMismatch, good(), kVerified},
  });
}

TEST(RulesIdentity, NamesOfTheCertificate) {
  const std::string utf8 = "\xC3\xA4lice@example.org";
  const auto other_name = [](std::string_view type, std::string_view text) {
    return der::explicit_tag(0, der::oid(type) + der::explicit_tag(0, der::utf8_string(text)));
  };
  const auto san = [](std::string general_name) {
    CertSpec spec;
    spec.san_names = {std::move(general_name)};
    return mail(kAlice, spec);
  };
  CertSpec many;
  for (int i = 0; i < 256; ++i) many.emails.push_back("n" + std::to_string(i) + "@example.org");
  CertSpec too_many = many;
  too_many.emails.push_back(std::string(kAlice));
  CertSpec just_enough = many;
  just_enough.emails.back() = std::string(kAlice);
  const std::string subject = mail(kAlice, {.subject_emails = {std::string(kAlice)}});
  check({
      {"IDN-10 SmtpUTF8Mailbox", mail(utf8, {.utf8_mailboxes = {utf8}}), kVerified, mail(utf8), kMismatch},
      {"IDN-10 subject without a SAN",
       subject,
       kVerified,
       subject,
       kNoEmail,
       {},
       {.policy = with_knob("allow_subject_email", "off")}},
      {"IDN-10 ATK-71 subject beside a SAN",
       mail(kAlice, {.subject_emails = {std::string(kAlice)}, .emails = {"eve@example.net"}}), kMismatch, subject,
       kVerified},
      {"IDN-10 ATK-70 common name", mail(kAlice, {.common_name = std::string(kAlice)}), kNoEmail, good(), kVerified},
      {"IDN-10 ATK-70 UPN", san(other_name("1.3.6.1.4.1.311.20.2.3", kAlice)), kNoEmail,
       san(der::implicit_tag(1, kAlice)), kVerified},
      {"IDN-10 ATK-70 directoryName", san(der::explicit_tag(4, name("x", {std::string(kAlice)}))), kNoEmail,
       san(der::implicit_tag(1, kAlice)), kVerified},
      {"IDN-11 ATK-68 NUL", with_name(std::string("alice@example.org\0.evil.example", 31)), kBadEmail, good(),
       kVerified},
      {"IDN-11 ATK-69 white space", with_name("alice@example.org "), kBadEmail, good(), kVerified},
      {"IDN-11 ATK-69 tab", with_name("ali\tce@example.org", "alice@example.org"), kBadEmail, good(), kVerified},
      {"IDN-11 a bad name beside a good one", mail(kAlice, {.emails = {"alice@example.org ", std::string(kAlice)}}),
       kVerified + " cert_bad_email", mail("bob@example.org", {.emails = {"bob@example.org ", std::string(kAlice)}}),
       failed("from_mismatch cert_bad_email")},
      {"IDN-11 wildcard", with_name("*@example.org"), kMismatch, good(), kVerified},
      {"IDN-12 ASCII in SmtpUTF8Mailbox", mail(kAlice, {.utf8_mailboxes = {std::string(kAlice)}}), kBadEmail, good(),
       kVerified},
      {"IDN-13 more than 256 names", mail(kAlice, too_many), failed("from_mismatch cert_bad_email"),
       mail(kAlice, just_enough), kVerified},
  });
}

TEST(RulesIdentity, Comparison) {
  const std::string utf8 = "\xC3\xA4lice@example.org", utf8_upper = "\xC3\x84lice@example.org";
  const CertSpec utf8_name{.utf8_mailboxes = {utf8}};
  const std::string upper = mail("ALICE@example.org");
  const std::string idn = with_name("alice@xn--bcher-kva.example",
                                    "alice@b\xC3\xBC"
                                    "cher.example");
  const std::string kelvin = "\xE2\x84\xAA@example.org";  // U+212A folds to k in Unicode
  check({
      {"IDN-20 pairs, not texts", with_name("alice@example.org", "\"alice@example.org\"@example.org"), kMismatch,
       with_name("alice@example.org", "\"alice\"@example.org"), kVerified},
      {"IDN-21 whole domain", with_name("alice@example.org", "alice@mail.example.org"), kMismatch,
       with_name("alice@EXAMPLE.org", "alice@example.ORG"), kVerified},
      {"IDN-21 suffix", with_name("alice@ample.org"), kMismatch, good(), kVerified},
      {"IDN-21 ATK-72 U-label and A-label", idn, kVerified,
       with_name("alice@xn--bcher-kva.example", "alice@bucher.example"), kMismatch},
      {"IDN-21 ATK-72 homograph", with_name("alice@example.org", "alice@ex\xD0\xB0mple.org"), kMismatch, good(),
       kVerified},
      {"IDN-22 case of the local part",
       upper,
       kVerified,
       upper,
       kMismatch,
       {},
       {.policy = with_knob("local_part_case", "sensitive")}},
      {"IDN-22 ATK-73 Kelvin sign", with_name("k@example.org", kelvin), kMismatch,
       with_name("k@example.org", "K@example.org"), kVerified},
      {"IDN-22 ATK-73 long s and dotless i", with_name("is@example.org", "\xC4\xB1\xC5\xBF@example.org"), kMismatch,
       with_name("is@example.org", "IS@example.org"), kVerified},
      {"IDN-23 octet for octet", mail(utf8_upper, utf8_name), kMismatch, mail(utf8, utf8_name), kVerified},
      {"IDN-23 not normalised", mail("a\xCC\x88lice@example.org", utf8_name), kMismatch, mail(utf8, utf8_name),
       kVerified},
      {"IDN-24 ATK-74 quoted", mail("\"alice\"@example.org"), kVerified, mail("\"alice \"@example.org"), kMismatch},
      {"IDN-24 ATK-74 quoted pair", mail("\"al\\ice\"@example.org"), kVerified, mail("\"al\\\\ice\"@example.org"),
       kMismatch},
      {"IDN-24 sub-address", mail("alice+list@example.org"), kMismatch,
       with_name("alice+list@example.org", "alice+list@example.org"), kVerified},
      {"IDN-24 dots", mail("al.ice@example.org"), kMismatch, good(), kVerified},
  });
}

// RFC 9788 and what came before it; the structures are those of its appendix C.
TEST(RulesIdentity, HeaderProtection) {
  const auto protecting = [](std::string_view from, std::string_view parameter, std::string_view more = "") {
    return "From: " + std::string(from) + "\r\nSubject: The signed subject\r\n" + std::string(more) +
           "Content-Type: text/plain; charset=us-ascii" + std::string(parameter) + "\r\n\r\nHello\r\n";
  };
  const auto wrapped = [](std::string_view from, std::string_view inner = "Content-Type: text/plain\r\n\r\nHello\r\n",
                          std::string_view outer = "") {
    return std::string(outer) + "Content-Type: message/rfc822\r\n\r\n" + "From: " + std::string(from) + "\r\n" +
           std::string(inner);
  };
  const auto shown = [](std::string_view from, const std::string& content) {
    return mail(from, {.emails = {std::string(kAlice)}}, content);
  };
  const std::string protected_mismatch = failed("from_protected_mismatch");
  const std::string alternative = "; hp=\"clear\"\r\n\r\n";
  const auto in_multipart = [](std::string_view from) {
    return "From: " + std::string(from) + "\r\nContent-Type: multipart/mixed; boundary=m; hp=\"clear\"\r\n\r\n--m\r\n" +
           text_entity() + "\r\n--m--\r\n";
  };
  check({
      {"IDN-30a hp=clear", shown(kAlice, protecting(kAlice, "; hp=\"clear\"")), kVerified,
       shown(kAlice, protecting("boss@example.org", "; hp=\"clear\"")), protected_mismatch},
      {"IDN-30a hp=cipher", shown(kAlice, protecting("boss@example.org", "; hp=\"cipher\"")), protected_mismatch,
       shown(kAlice, protecting("boss@example.org", "; hp=\"unknown\"")), kVerified},
      {"IDN-30a on a multipart", shown(kAlice, in_multipart("boss@example.org")), protected_mismatch,
       shown(kAlice, in_multipart("Alice <alice@example.org>")), kVerified},
      {"IDN-30a hp below the payload means nothing",
       shown(kAlice, multipart("mixed", {protecting("boss@example.org", "; hp=\"clear\"")})), kVerified,
       shown(kAlice, protecting("boss@example.org", "; hp=\"clear\"")), protected_mismatch},
      {"IDN-30b RFC8551HP", shown(kAlice, wrapped(kAlice)), kVerified, shown(kAlice, wrapped("boss@example.org")),
       protected_mismatch},
      {"IDN-30b a wrapped cryptographic layer is none",
       shown(kAlice, wrapped("boss@example.org", "Content-Type: application/pkcs7-mime\r\n\r\nx\r\n")), kVerified,
       shown(kAlice, wrapped("boss@example.org")), protected_mismatch},
      {"IDN-30b a wrapped message with hp is none",
       shown(kAlice, wrapped("boss@example.org", "Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n")), kVerified,
       shown(kAlice, wrapped("boss@example.org", "Content-Type: text/plain; hx=\"clear\"\r\n\r\nHello\r\n")),
       protected_mismatch},
      {"IDN-30b forwarded in multipart/mixed is none", shown(kAlice, multipart("mixed", {wrapped("boss@example.org")})),
       kVerified, shown(kAlice, wrapped("boss@example.org")), protected_mismatch},
      {"IDN-30c protected-headers=v1", shown(kAlice, protecting("boss@example.org", "; protected-headers=\"v1\"")),
       protected_mismatch, shown(kAlice, protecting("boss@example.org", "; protected-headers=\"v2\"")), kVerified},
      {"IDN-30 inside a compressed layer",
       shown(kAlice, pkcs7_mime(compressed_data(protecting("boss@example.org", "; hp=\"clear\"")),
                                {.parameters = "; smime-type=compressed-data"})),
       protected_mismatch,
       shown(kAlice, pkcs7_mime(compressed_data(protecting(kAlice, "; hp=\"clear\"")),
                                {.parameters = "; smime-type=compressed-data"})),
       kVerified},
      {"IDN-31 ATK-77 outer is the victim", shown("boss@example.org", protecting(kAlice, "; hp=\"clear\"")),
       failed("from_mismatch from_protected_mismatch"), shown(kAlice, protecting(kAlice, "; hp=\"clear\"")), kVerified},
      {"IDN-31 compared as IDN-21..24 do",
       shown("Alice <ALICE@example.org>", protecting("\"alice\"@EXAMPLE.org", "; hp=\"clear\"")), kVerified,
       shown(kAlice, protecting("alice@example.net", "; hp=\"clear\"")), protected_mismatch},
      {"IDN-31 two protected From fields",
       shown(kAlice, protecting(kAlice, "; hp=\"clear\"", "From: alice@example.org\r\n")), protected_mismatch,
       shown(kAlice, protecting(kAlice, "; hp=\"clear\"", "Sender: alice@example.org\r\n")), kVerified},
      {"IDN-31 no protected From", shown(kAlice, "Subject: x\r\nContent-Type: text/plain" + alternative + "Hello\r\n"),
       kVerified, shown(kAlice, "From: The Manager\r\nContent-Type: text/plain" + alternative + "Hello\r\n"),
       protected_mismatch},
      {"IDN-32 no alternative", shown("eve@example.net", protecting(kAlice, "; hp=\"clear\"")),
       failed("from_mismatch from_protected_mismatch"), shown(kAlice, protecting(kAlice, "; hp=\"clear\"")), kVerified},
      {"IDN-33 ATK-78 other protected fields have no effect",
       shown(kAlice, protecting(kAlice, "; hp=\"clear\"",
                                "Authentication-Results: mail.example.org; smime=pass\r\nHP-Outer: Subject: x\r\n")),
       kVerified,
       shown(kAlice, protecting("boss@example.org", "; hp=\"clear\"",
                                "Authentication-Results: mail.example.org; smime=pass\r\n")),
       protected_mismatch},
  });
}

TEST(RulesIdentity, WhatIsNotSignedMayChange) {  // ATK-79, ATK-46
  const std::string external =
      "Content-Type: message/external-body; access-type=URL; URL=\"http://example.org/x\"\r\n\r\n"
      "Content-Type: text/plain\r\n\r\n";
  check({
      {"ATK-79 another Date, Subject and To",
       replaced(replaced(good(), "Subject: Test", "Subject: Pay Eve"), "To: bob", "To: eve"), kVerified,
       replaced(good(), "From: alice", "From: eve"), kMismatch},
      {"ATK-46 external-body", mail(kAlice, {.emails = {std::string(kAlice)}}, external), kVerified,
       replaced(mail(kAlice, {.emails = {std::string(kAlice)}}, external), "example.org/x", "example.org/y"),
       failed("digest_mismatch")},
  });
}

}  // namespace
}  // namespace waxseal::test
