// IDN-10..13, ATK-68..71, ATK-86: which addresses a certificate has.
#include <gtest/gtest.h>

#include "support/der.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

CertNames names_of(const CertSpec& spec) {
  return parsed(pki().leaf(spec))->names();
}

std::vector<std::string> addresses(const std::vector<CertAddress>& list) {
  std::vector<std::string> out;
  for (const CertAddress& address : list) out.push_back(address.address());
  return out;
}

using Strings = std::vector<std::string>;

TEST(CertificateNames, Rfc822NamesOfTheSanAreTakenInOrder) {
  const CertNames names = names_of({.emails = {"b@example.org", "A@Example.ORG", "b@example.org"}});
  EXPECT_EQ(addresses(names.san), (Strings{"b@example.org", "A@example.org"}));
  EXPECT_FALSE(names.refused_some);
  EXPECT_TRUE(names.san_has_mailbox_names);
}

TEST(CertificateNames, SubjectEmailCountsOnlyWithoutMailboxesInTheSan) {  // IDN-10, ATK-71
  CertSpec spec{.subject_emails = {"victim@example.org", "second@example.org"}};
  EXPECT_EQ(addresses(names_of(spec).subject), (Strings{"victim@example.org", "second@example.org"}));
  spec.emails = {"eve@example.net"};
  EXPECT_TRUE(names_of(spec).subject.empty());
  spec.emails = {"not an address"};  // refused, but it is there
  EXPECT_TRUE(names_of(spec).subject.empty());
  EXPECT_TRUE(names_of(spec).san.empty());
  EXPECT_TRUE(names_of(spec).san_has_mailbox_names);
  spec.emails = {};
  spec.san_names = {der::implicit_tag(2, "example.org")};  // a SAN with a dNSName alone
  EXPECT_EQ(names_of(spec).subject.size(), 2U);
}

TEST(CertificateNames, UnreadableSanHidesTheSubject) {
  CertSpec spec{.subject_emails = {"victim@example.org"}};
  spec.extensions = {extension("2.5.29.17", false, "\x30\x05garbage")};
  EXPECT_TRUE(names_of(spec).subject.empty());
  EXPECT_TRUE(names_of(spec).refused_some);
}

TEST(CertificateNames, TwoSansHideEverything) {
  CertSpec spec{.emails = {"eve@example.net"}};
  spec.extensions = {extension("2.5.29.17", false, der::sequence({der::implicit_tag(1, "victim@example.org")}))};
  EXPECT_TRUE(names_of(spec).san.empty());
  EXPECT_TRUE(names_of(spec).refused_some);
}

TEST(CertificateNames, CommonNameDirectoryNameAndUpnAreNoAddresses) {  // ATK-70
  CertSpec spec;
  spec.common_name = "victim@example.org";
  const std::string upn =
      der::tlv(0xa0, der::oid("1.3.6.1.4.1.311.20.2.3") + der::explicit_tag(0, der::utf8_string("victim@example.org")));
  const std::string directory = der::explicit_tag(4, name("victim", {"victim@example.org"}));
  spec.san_names = {upn, directory, der::implicit_tag(6, "mailto:victim@example.org")};
  const CertNames names = names_of(spec);
  EXPECT_TRUE(names.san.empty());
  EXPECT_TRUE(names.subject.empty());
  EXPECT_FALSE(names.refused_some);
}

TEST(CertificateNames, SuspiciousNamesAreDroppedAndRecorded) {  // IDN-11, ATK-68, ATK-69, ATK-86
  const Strings suspicious = {
      std::string("victim@example.org\0.evil.example", 32),  // ATK-68
      std::string("victim\0@example.org", 19),
      " victim@example.org",  // ATK-69
      "victim@example.org ",
      "vic tim@example.org",
      "victim@example.org\r\n",
      "victim@exam\tple.org",
      "victim\x7f@example.org",
      "victim",
      "@example.org",
      "victim@",
      "a@b@example.org",
      "\"victim@example.org",
      "\"victim\"x@example.org",
      "\"vic tim\"@example.org",
      "\"\"@example.org",
      "vic\"tim@example.org",
      "vic\\tim@example.org",
      "<victim@example.org>",
      "victim@example.org,eve@example.net",
      "victim(comment)@example.org",
      "victim@example.org.",  // ATK-86: trailing dot
      "victim@.example.org",
      "victim@example..org",
      "victim@[192.0.2.1",
      "m\xc3\xbcller@example.org",  // not IA5
      "victim@b\xc3\xbc"
      "cher.example",
      "\xef\xbb\xbfvictim@example.org",
      std::string(330, 'a') + "@example.org",
  };
  for (const std::string& name : suspicious) {
    const CertNames names = names_of({.emails = {name, "good@example.org"}});
    EXPECT_EQ(addresses(names.san), (Strings{"good@example.org"})) << name;
    EXPECT_TRUE(names.refused_some) << name;
  }
}

TEST(CertificateNames, OrdinaryAndUnusualButCleanNamesAreKept) {
  const Strings clean = {
      "a@b.example",      "o'brien+tag@example.org",    "first.last@sub.example.org",   "x_y@under_score.example",
      "user@[192.0.2.1]", "user@xn--bcher-kva.example", "_=~!#$%&*-/?^`{|}@example.org"};
  for (const std::string& name : clean) {
    const CertNames names = names_of({.emails = {name}});
    EXPECT_EQ(addresses(names.san), Strings{name});
    EXPECT_FALSE(names.refused_some) << name;
  }
}

TEST(CertificateNames, QuotedLocalPartIsUnquoted) {  // IDN-24
  const CertNames names = names_of({.emails = {"\"john.doe\"@example.org", "\"a\\@b\"@example.org"}});
  ASSERT_EQ(names.san.size(), 2U);
  EXPECT_EQ(names.san[0].local, "john.doe");
  EXPECT_EQ(names.san[1].local, "a@b");
}

TEST(CertificateNames, SmtpUtf8MailboxNeedsANonAsciiLocalPart) {  // IDN-12
  CertNames names = names_of({.utf8_mailboxes = {"m\xc3\xbcller@example.org"}});
  ASSERT_EQ(names.san.size(), 1U);
  EXPECT_TRUE(names.san[0].utf8_local);
  EXPECT_EQ(names.san[0].domain, "example.org");
  names = names_of({.utf8_mailboxes = {"mueller@example.org"}});
  EXPECT_TRUE(names.san.empty());
  EXPECT_TRUE(names.refused_some);
}

TEST(CertificateNames, DomainOfSmtpUtf8MailboxMayHaveEitherKindOfLabel) {  // 9598, 8398
  const std::string a_label = "xn--bcher-kva.example";
  for (const std::string domain : {"b\xc3\xbc"
                                   "cher.example",
                                   "XN--BCHER-KVA.example"}) {
    const CertNames names = names_of({.utf8_mailboxes = {"m\xc3\xbcller@" + domain}});
    ASSERT_EQ(names.san.size(), 1U) << domain;
    EXPECT_EQ(names.san[0].domain, a_label);
  }
}

TEST(CertificateNames, SuspiciousSmtpUtf8MailboxesAreDropped) {
  const Strings suspicious = {
      "m\xc3\xbcller\xc2\xa0@example.org",      // no-break space
      "m\xc3\xbcller\xe2\x80\x8b@example.org",  // zero width space
      "m\xc3\xbcller\xc2\x85@example.org",      // C1 control
      "m\xc3@example.org",                      // not UTF-8
      "\xef\xbb\xbfm\xc3\xbcller@example.org",  // BOM
      "m\xc3\xbcller@B\xc3\x9c"
      "CHER.example",  // not a U-label
  };
  for (const std::string& mailbox : suspicious) {
    const CertNames names = names_of({.utf8_mailboxes = {mailbox}});
    EXPECT_TRUE(names.san.empty()) << mailbox;
    EXPECT_TRUE(names.refused_some) << mailbox;
  }
}

TEST(CertificateNames, OnlySoManyAreExamined) {  // IDN-13
  CertSpec spec;
  for (std::size_t i = 0; i < kMaxCertificateNames; ++i)
    spec.emails.push_back("u" + std::to_string(i) + "@example.org");
  EXPECT_EQ(names_of(spec).san.size(), kMaxCertificateNames);
  EXPECT_FALSE(names_of(spec).too_many);
  spec.emails.push_back("victim@example.org");
  EXPECT_EQ(names_of(spec).san.size(), kMaxCertificateNames);
  EXPECT_TRUE(names_of(spec).too_many);
}

}  // namespace
}  // namespace waxseal::smime
