// IDN-01..33 and the attacks of verification.md 8.3.
#include "smime/identity.h"

#include <gtest/gtest.h>

#include "smime/domain.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

IdentityFacts facts_of(const std::string& header, const std::string& payload = {}, const Policy& policy = {}) {
  return identity_facts(mime::read_header(header), payload, policy);
}

IdentityFacts from(const std::string& value, const Policy& policy = {}) {
  return facts_of("From: " + value + "\r\nTo: bob@example.org\r\n\r\n", {}, policy);
}

std::vector<std::string> addresses(const std::vector<mime::Mailbox>& mailboxes) {
  std::vector<std::string> out;
  for (const mime::Mailbox& mailbox : mailboxes) out.push_back(mailbox.address());
  return out;
}

// --- From (4.1) ---

TEST(Identity, OneFromIsReadAndAnythingElseHasItsCode) {
  struct Case {
    std::string header;
    Codes expected;
  };
  const Case cases[] = {
      {"From: alice@example.org\r\n", {}},
      {"from:alice@example.org\r\n", {}},
      {"To: bob@example.org\r\n", {"from_missing"}},                                       // IDN-01, ATK-63
      {"Resent-From: alice@example.org\r\n", {"from_missing"}},                            // IDN-09
      {"Sender: alice@example.org\r\nReply-To: alice@example.org\r\n", {"from_missing"}},  // IDN-08
      {"From: a@example.org\r\nFrom: b@example.org\r\n", {"from_multiple_fields"}},        // ATK-65
      {"From: a@example.org\r\nFrom: a@example.org\r\n", {"from_multiple_fields"}},
      {"From:\r\n", {"from_unparsable"}},  // ATK-63
      {"From: The Manager\r\n", {"from_unparsable"}},
      {"From: friends: a@example.org, b@example.org;\r\n", {"from_group"}},  // ATK-67
      {"From: undisclosed:;\r\n", {"from_group"}},
      {"From: <@relay.example:alice@example.org>\r\n", {"from_unparsable"}},  // ATK-76
      {"From: alice(comment)@example.org\r\n", {"from_unparsable"}},
      {"From: alice@example.org,\r\n", {"from_unparsable"}},
      {"From: Alice <alice@example.org> x\r\n", {"from_unparsable"}},
  };
  for (const Case& c : cases) {
    const IdentityFacts facts = facts_of(c.header + "\r\n");
    EXPECT_EQ(names(facts.codes), c.expected) << c.header;
    EXPECT_EQ(facts.from.empty(), !c.expected.empty()) << c.header;
  }
}

TEST(Identity, DisplayNamesAndCommentsAreNoAddresses) {  // IDN-06, IDN-07, ATK-61
  EXPECT_EQ(addresses(from("\"boss@example.org\" <eve@example.net>").from), Codes{"eve@example.net"});
  EXPECT_EQ(addresses(from("eve@example.net (boss@example.org)").from), Codes{"eve@example.net"});
  EXPECT_TRUE(from("\"boss@example.org\" <eve@example.net>").codes.empty());
}

TEST(Identity, DisplayNameWithAnotherAddressFailsIfTheKnobSaysSo) {  // IDN-06
  const Policy strict{.display_name_fail = true};
  EXPECT_EQ(names(from("\"boss@example.org\" <eve@example.net>", strict).codes), Codes{"from_display_name"});
  EXPECT_EQ(names(from("\"The Boss (boss@example.org)\" <eve@example.net>", strict).codes), Codes{"from_display_name"});
  EXPECT_EQ(names(from("=?utf-8?q?boss=40example=2Eorg?= <eve@example.net>", strict).codes),
            Codes{"from_display_name"});
  EXPECT_TRUE(from("\"eve@example.net\" <eve@example.net>", strict).codes.empty());
  EXPECT_TRUE(from("\"EVE@Example.NET.\" <eve@example.net>", strict).codes.empty());
  EXPECT_TRUE(from("\"Eve @ Work\" <eve@example.net>", strict).codes.empty());
}

// --- certificate side (4.2) ---

Candidate candidate_of(const CertSpec& spec, const Policy& policy = {}) {
  Candidate candidate;
  choose_addresses(*parsed(pki().leaf(spec)), policy, candidate);
  return candidate;
}

TEST(Identity, SubjectEmailIsAFallbackThatAKnobSwitchesOff) {  // IDN-10
  const CertSpec legacy{.subject_emails = {"alice@example.org"}};
  EXPECT_EQ(candidate_of(legacy).addresses.size(), 1U);
  EXPECT_FALSE(candidate_of(legacy).no_email);
  EXPECT_TRUE(candidate_of(legacy, {.allow_subject_email = false}).addresses.empty());
  EXPECT_TRUE(candidate_of(legacy, {.allow_subject_email = false}).no_email);
  const Candidate both = candidate_of({.subject_emails = {"victim@example.org"}, .emails = {"eve@example.net"}});
  ASSERT_EQ(both.addresses.size(), 1U);  // ATK-71
  EXPECT_EQ(both.addresses[0].address(), "eve@example.net");
}

TEST(Identity, CertificateWithoutUsableNameIsRecordedAsSuch) {
  EXPECT_TRUE(candidate_of({}).no_email);
  EXPECT_FALSE(candidate_of({}).bad_email);
  const Candidate nul = candidate_of({.emails = {std::string("victim@example.org\0.evil.example", 32)}});  // ATK-68
  EXPECT_TRUE(nul.no_email);
  EXPECT_TRUE(nul.bad_email);
  const Candidate one_good = candidate_of({.emails = {"a b@example.org", "alice@example.org"}});
  EXPECT_FALSE(one_good.no_email);
  EXPECT_TRUE(one_good.bad_email);
}

// --- comparison (4.3) ---

bool certificate_matches(const CertSpec& spec, const std::string& from_value, const Policy& policy = {}) {
  const Candidate candidate = candidate_of(spec);
  const IdentityFacts facts = from(from_value);
  if (candidate.addresses.size() != 1 || facts.from.size() != 1) return false;
  return ComparableFrom(facts.from, policy).find(candidate.addresses[0], policy) != nullptr;
}

bool san_matches(const std::string& san, const std::string& from_value, const Policy& policy = {}) {
  return certificate_matches({.emails = {san}}, from_value, policy);
}

TEST(Identity, AddressesAreComparedAsPairs) {  // IDN-20..22, IDN-24
  struct Case {
    std::string san, from_value;
    bool expected;
  };
  const Case cases[] = {
      {"alice@example.org", "alice@example.org", true},
      {"alice@example.org", "Alice <ALICE@Example.Org>", true},
      {"Alice@example.org", "alice@example.org", true},
      {"alice@example.org", "alic@example.org", false},
      {"alice@example.org", "alice@example.com", false},
      {"alice@example.org", "alice@sub.example.org", false},  // no parent domain
      {"alice@sub.example.org", "alice@example.org", false},
      {"alice@example.org", "alice+tag@example.org", false},       // no sub-addressing
      {"alice@example.org", "a.lice@example.org", false},          // no provider rules
      {"john.doe@example.org", "\"john.doe\"@example.org", true},  // ATK-74
      {"\"john.doe\"@example.org", "john.doe@example.org", true},
      {"victim@example.org", "\"vic\\tim\"@example.org", true},
      {"\"a@b\"@example.org", "\"a@b\"@example.org", true},
      {"a@example.org", "\"a@b\"@example.org", false},
      {"alice@[192.0.2.1]", "alice@[192.0.2.1]", true},
      {"alice@[192.0.2.1]", "alice@[192.0.2.2]", false},
      {"=?utf-8?q?alice?=@example.org", "=?utf-8?q?alice?=@example.org", true},  // IDN-05: literal characters
      {"alice@example.org", "=?utf-8?q?alice?=@example.org", false},             // ATK-75
      {"manager@example.org", "eve@example.net <manager@example.org>", false},   // ATK-62: not even From's grammar
  };
  for (const Case& c : cases) EXPECT_EQ(san_matches(c.san, c.from_value), c.expected) << c.san << " " << c.from_value;
}

TEST(Identity, LocalPartCaseIsAKnobAndDomainCaseIsNot) {  // IDN-22
  const Policy sensitive{.local_part_case_sensitive = true};
  EXPECT_TRUE(san_matches("alice@example.org", "alice@EXAMPLE.org", sensitive));
  EXPECT_FALSE(san_matches("alice@example.org", "Alice@example.org", sensitive));
}

TEST(Identity, InternationalDomainsMatchByALabelAlone) {  // IDN-21, ATK-72
  const std::string san = "alice@xn--bcher-kva.example";
  EXPECT_TRUE(san_matches(san,
                          "alice@b\xc3\xbc"
                          "cher.example"));
  EXPECT_TRUE(san_matches(san, "alice@XN--BCHER-KVA.example"));
  EXPECT_FALSE(san_matches(san, "alice@bucher.example"));
  EXPECT_FALSE(san_matches(san,
                           "alice@b\xc3\xbb"
                           "cher.example"));
  EXPECT_FALSE(san_matches("alice@example.org", "alice@ex\xd0\xb0mple.org"));      // Cyrillic a
  EXPECT_FALSE(san_matches("alice@example.org", "alice@\xef\xbd\x85xample.org"));  // fullwidth e: never mapped
  EXPECT_FALSE(san_matches("alice@example.org", "alice@example\xe3\x80\x82org"));  // ideographic full stop
  EXPECT_FALSE(san_matches("alice@strasse.example",
                           "alice@stra\xc3\x9f"
                           "e.example"));  // no transitional mapping
}

TEST(Identity, UnicodeIsNeverFolded) {  // IDN-22, IDN-23, ATK-73
  EXPECT_FALSE(san_matches("kate@example.org",
                           "\xe2\x84\xaa"
                           "ate@example.org"));                                // KELVIN SIGN
  EXPECT_FALSE(san_matches("irene@example.org", "\xc4\xb1rene@example.org"));  // dotless i
  EXPECT_FALSE(san_matches("sam@example.org",
                           "\xc5\xbf"
                           "am@example.org"));  // long s
}

TEST(Identity, Utf8LocalPartMatchesOnlySmtpUtf8MailboxOctetForOctet) {  // IDN-23
  const CertSpec spec{.utf8_mailboxes = {"m\xc3\xbcller@example.org"}};
  EXPECT_TRUE(certificate_matches(spec, "m\xc3\xbcller@example.org"));
  EXPECT_TRUE(certificate_matches(spec, "m\xc3\xbcller@EXAMPLE.org"));
  EXPECT_FALSE(certificate_matches(spec, "M\xc3\xbcller@example.org"));
  EXPECT_FALSE(certificate_matches(spec, "m\xc3\x9cller@example.org"));
  EXPECT_FALSE(certificate_matches(spec, "mu\xcc\x88ller@example.org"));  // decomposed
  EXPECT_FALSE(certificate_matches(spec, "muller@example.org"));
  const CertAddress forged{"m\xc3\xbcller", "example.org", false};  // as if an rfc822Name had said it
  const std::vector<mime::Mailbox> mailboxes = {{"m\xc3\xbcller", "example.org", {}}};
  EXPECT_EQ(ComparableFrom(mailboxes, {}).find(forged, {}), nullptr);
}

TEST(Domain, ComparableFormFailsClosed) {
  EXPECT_EQ(comparable_domain("Example.ORG"), "example.org");
  EXPECT_EQ(comparable_domain("b\xc3\xbc"
                              "cher.Example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(comparable_domain("[IPv6:2001:db8::1]"), "[IPv6:2001:db8::1]");
  for (const std::string bad : {"", ".", "example.org.", ".example.org", "a..b", "exam ple.org", "exa\tmple.org", "[1",
                                "[a]b", "[a\\]", "ex!ample.org",
                                "B\xc3\x9c"
                                "CHER.example",
                                "\xff.example",
                                "\xe2\x80\xae"
                                "a.example"})
    EXPECT_FALSE(comparable_domain(bad)) << bad;
  EXPECT_FALSE(comparable_domain(std::string("a\0b.example", 11)));
  EXPECT_FALSE(comparable_domain(std::string(64, 'a') + ".example"));
  EXPECT_TRUE(comparable_domain(std::string(63, 'a') + ".example"));
  EXPECT_FALSE(comparable_domain(std::string(200, '.')));
}

// --- header protection (4.4) ---

const std::string kOuter = "From: alice@example.org\r\n\r\n";

Codes with_payload(const std::string& payload) {
  return names(facts_of(kOuter, payload).codes);
}

TEST(Identity, ProtectedFromMustSayTheSame) {  // IDN-30 (a), (c); IDN-31, ATK-77
  for (const std::string parameter :
       {"; hp=\"clear\"", "; hp=\"cipher\"", "; hp=CLEAR", "; protected-headers=\"v1\""}) {
    const std::string type = "Content-Type: text/plain" + parameter + "\r\n";
    EXPECT_EQ(with_payload("From: Alice <Alice@Example.org>\r\n" + type + "\r\nhi"), Codes{}) << parameter;
    EXPECT_EQ(with_payload("From: eve@example.net\r\n" + type + "\r\nhi"), Codes{"from_protected_mismatch"});
    EXPECT_EQ(with_payload("From: alice@example.org, eve@example.net\r\n" + type + "\r\nhi"),
              Codes{"from_protected_mismatch"});
    EXPECT_EQ(with_payload("From: alice@example.org\r\nFrom: alice@example.org\r\n" + type + "\r\nhi"),
              Codes{"from_protected_mismatch"});
    EXPECT_EQ(with_payload("From: a: alice@example.org;\r\n" + type + "\r\nhi"), Codes{"from_protected_mismatch"});
    EXPECT_EQ(with_payload(type + "Subject: no From\r\n\r\nhi"), Codes{});
  }
}

TEST(Identity, FromOfAPartThatIsNotProtectedMeansNothing) {
  EXPECT_EQ(with_payload("From: eve@example.net\r\nContent-Type: text/plain\r\n\r\nhi"), Codes{});
  EXPECT_EQ(with_payload("From: eve@example.net\r\nContent-Type: text/plain; hp=other\r\n\r\nhi"), Codes{});
  EXPECT_EQ(with_payload("From: eve@example.net\r\nContent-Type: text/plain; protected-headers=v2\r\n\r\nhi"), Codes{});
  EXPECT_EQ(with_payload(""), Codes{});
}

TEST(Identity, WrappedMessageProtectsItsHeader) {  // IDN-30 (b)
  const std::string wrapper = "Content-Type: message/rfc822\r\n";
  const auto inner = [](const std::string& from_value, const std::string& more = {}) {
    return "\r\nFrom: " + from_value + "\r\n" + more + "\r\nhi";
  };
  EXPECT_EQ(with_payload(wrapper + inner("alice@example.org")), Codes{});
  EXPECT_EQ(with_payload(wrapper + inner("eve@example.net")), Codes{"from_protected_mismatch"});
  EXPECT_EQ(with_payload(wrapper + "\r\nSubject: no From\r\n\r\nhi"), Codes{});
  const std::string signed_type = "Content-Type: multipart/signed; boundary=b\r\n";
  EXPECT_EQ(with_payload(wrapper + inner("eve@example.net", signed_type)), Codes{});  // a forwarded signed message
  EXPECT_EQ(with_payload(wrapper + inner("eve@example.net", "Content-Type: text/plain; hp=clear\r\n")), Codes{});
  EXPECT_EQ(with_payload("Content-Type: multipart/mixed; boundary=b\r\n" + inner("eve@example.net")), Codes{});
}

TEST(Identity, WrappedMessageInATransferEncodingCannotBeTrusted) {
  const std::string wrapper = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  EXPECT_EQ(with_payload(wrapper + "RnJvbTogYQ=="), Codes{"from_protected_mismatch"});
}

TEST(Identity, ProtectedFromIsNoAlternative) {  // IDN-32: From stays the outer one
  const IdentityFacts facts = facts_of(kOuter, "From: eve@example.net\r\nContent-Type: text/plain; hp=clear\r\n\r\nhi");
  EXPECT_EQ(addresses(facts.from), Codes{"alice@example.org"});
}

TEST(Identity, SeveralMailboxesAreComparedAsSets) {
  const std::string outer = "From: a@example.org, b@example.org\r\n\r\n";
  const std::string type = "Content-Type: text/plain; hp=clear\r\n\r\nhi";
  EXPECT_TRUE(facts_of(outer, "From: b@example.org, a@example.org\r\n" + type).codes.empty());
  EXPECT_EQ(names(facts_of(outer, "From: a@example.org\r\n" + type).codes), Codes{"from_protected_mismatch"});
}

}  // namespace
}  // namespace waxseal::smime
