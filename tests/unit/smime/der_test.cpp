// TLV reading and the pre-scan under its limits (1.6, ATK-14).
#include "smime/der.h"

#include <gtest/gtest.h>

#include "smime/prescan.h"
#include "support/cms.h"
#include "support/der.h"
#include "support/facts.h"
#include "support/mail.h"

namespace waxseal::test {
namespace {

using namespace smime;
namespace read = smime::der;

std::string raw(std::initializer_list<int> octets) {
  std::string out;
  for (const int octet : octets) out += static_cast<char>(octet);
  return out;
}

TEST(DerHead, ReadsShortAndLongLengths) {
  const auto content = [](std::size_t size) {
    const std::string encoded = der::octet_string(std::string(size, 'x'));
    return read::read_head(encoded).value_or(read::Head{}).content;
  };
  for (const std::size_t size : {0u, 1u, 127u, 128u, 255u, 256u, 65535u, 65536u}) EXPECT_EQ(content(size), size);
}

TEST(DerHead, RefusesWhatIsCutOffOrTooLong) {
  EXPECT_TRUE(read::read_head(raw({0x04, 0x01, 0x00})));
  for (const auto& octets :
       {raw({}), raw({0x04}), raw({0x04, 0x02, 0x00}), raw({0x04, 0x81}), raw({0x04, 0x82, 0x01}),
        raw({0x04, 0x84, 0x80, 0, 0, 0}), raw({0x04, 0x85, 1, 0, 0, 0, 0}), raw({0x04, 0xff}), raw({0x04, 0x80, 0, 0}),
        raw({0x00, 0x01, 0x00}), raw({0x1f, 0x81, 0x82, 0x83, 0x84, 0x85, 0x00})})
    EXPECT_FALSE(read::read_head(octets)) << waxseal::test::base64_lines(octets);
}

TEST(DerReader, ReadsIndefiniteLengths) {
  const std::string inner = der::indefinite(0x30, der::integer(5) + der::octet_string(std::string(2, '\0')));
  const std::string outer = der::indefinite(0x30, inner) + der::null();
  read::Reader reader(outer);
  const auto element = reader.next(0x30);
  ASSERT_TRUE(element);
  EXPECT_TRUE(element->indefinite);
  EXPECT_EQ(element->content, inner);
  EXPECT_TRUE(reader.next_is(0x05));
  EXPECT_TRUE(reader.next());
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(read::Reader(Octets(outer).substr(0, inner.size() + 2)).next());
}

TEST(DerReader, AStrayEndOfContentsIsMalformed) {
  EXPECT_FALSE(read::Reader(raw({0, 0})).next());
  EXPECT_FALSE(read::whole_element(der::null() + der::null()));
}

TEST(DerLengths, OnlyDefiniteAndShortestOnesAreDer) {
  EXPECT_TRUE(read::has_der_lengths(der::sequence({der::integer(1), der::octet_string(std::string(200, 'x'))})));
  EXPECT_FALSE(read::has_der_lengths(der::indefinite(0x30, der::integer(1))));
  EXPECT_FALSE(read::has_der_lengths(raw({0x04, 0x81, 0x01, 0x00})));
  EXPECT_FALSE(read::has_der_lengths(raw({0x30, 0x04, 0x04, 0x81, 0x01, 0x00})));
}

TEST(DerText, OidsAndIntegers) {
  const auto text = [](std::string_view dotted) { return read::oid_text(Octets(der::oid(dotted)).substr(2)); };
  for (const std::string dotted :
       {"1.2.840.113549.1.7.2", "2.5.29.17", "2.16.840.1.101.3.4.2.1", "0.9.2342", "2.999.3"})
    EXPECT_EQ(text(dotted), dotted);
  EXPECT_EQ(read::oid_text(""), "?");
  EXPECT_EQ(read::oid_text("\x2a\x86"), "?");
  EXPECT_EQ(read::oid_text(std::string(30, '\xff') + "\x01"), "?");
  EXPECT_EQ(read::small_integer(raw({0x01, 0x00})), 256u);
  EXPECT_FALSE(read::small_integer(raw({0xff})));
  EXPECT_FALSE(read::small_integer(raw({1, 0, 0, 0, 0})));
  EXPECT_FALSE(read::small_integer(""));
}

ScanFault scan(std::string_view blob) {
  return prescan(blob, {}).fault;
}

TEST(Prescan, AcceptsWhatBuildersWriteAndFindsItsEnd) {
  const std::string cms = make_cms({.cert = alice()}, "x");
  const Scan found = prescan(cms + "trailing", {});
  EXPECT_EQ(found.fault, ScanFault::kNone);
  EXPECT_EQ(found.size, cms.size());
  const CmsSpec streamed{.signers = {{.cert = alice()}}, .detached = false, .ber = true, .segment = 1};
  EXPECT_EQ(scan(make_cms(streamed, std::string(60'000, 'x'))), ScanFault::kNone);  // segments are not elements
}

TEST(Prescan, RefusesEveryTruncation) {
  const CmsSpec streamed{.signers = {{.cert = alice()}}, .detached = false, .ber = true};
  for (const std::string& cms : {make_cms({.cert = alice()}, "x"), make_cms(streamed, "x")})
    for (std::size_t size = 0; size < cms.size(); ++size)
      EXPECT_EQ(scan(std::string_view(cms).substr(0, size)), ScanFault::kMalformed) << size;
}

TEST(Prescan, RefusesBrokenNesting) {
  EXPECT_EQ(scan(raw({0x30, 0x03, 0x04, 0x02, 0x00})), ScanFault::kMalformed);  // inner longer than outer
  EXPECT_EQ(scan(raw({0x30, 0x02, 0x00, 0x00})), ScanFault::kMalformed);        // stray end-of-contents
  EXPECT_EQ(scan(raw({0x30, 0x80, 0x05, 0x00})), ScanFault::kMalformed);        // unclosed
  EXPECT_EQ(scan(raw({0x30, 0x04, 0x30, 0x80, 0x05, 0x00, 0x00, 0x00})), ScanFault::kMalformed);  // closed outside
  EXPECT_EQ(scan(raw({0x30, 0x80, 0x00, 0x00})), ScanFault::kNone);
}

TEST(Prescan, LimitsDepthElementsAndOids) {
  std::string nested = der::null();
  for (int i = 0; i < 30; ++i) nested = der::sequence({nested});
  EXPECT_EQ(scan(nested), ScanFault::kNone);
  EXPECT_EQ(scan(der::sequence({nested})), ScanFault::kLimit);
  std::string many;
  for (int i = 0; i < 49'999; ++i) many += der::null();
  EXPECT_EQ(scan(der::tlv(0x30, many)), ScanFault::kNone);
  EXPECT_EQ(scan(der::tlv(0x30, many + der::null())), ScanFault::kLimit);
  EXPECT_EQ(scan(der::tlv(0x06, std::string(64, '\x01'))), ScanFault::kNone);
  EXPECT_EQ(scan(der::tlv(0x06, std::string(65, '\x01'))), ScanFault::kLimit);
  std::string bomb;
  for (int i = 0; i < 100'000; ++i) bomb += raw({0x30, 0x80});
  EXPECT_EQ(scan(bomb), ScanFault::kLimit);
}

TEST(Prescan, BombsFailTheMessageAndNothingElse) {  // ATK-14
  std::string nested = der::null();
  for (int i = 0; i < 40; ++i) nested = der::sequence({nested});
  const std::string bomb = content_info(oids::kSignedData, nested);
  EXPECT_EQ(outcome_of(message(pkcs7_mime(bomb))), "signed 1:limit_exceeded");
  EXPECT_EQ(outcome_of(message(multipart_signed(text_entity(), bomb))), "signed 2:limit_exceeded");
}

TEST(PeekContentType, NeedsOnlyTheFirstOctets) {
  const std::string cms = enveloped_data();
  const Octets type = peek_content_type(cms);
  EXPECT_EQ(read::oid_text(type), oids::kEnvelopedData);
  EXPECT_EQ(read::oid_text(peek_content_type(std::string_view(cms).substr(0, 20))), oids::kEnvelopedData);
  EXPECT_TRUE(peek_content_type("").empty());
  EXPECT_TRUE(peek_content_type("garbage").empty());
  EXPECT_TRUE(peek_content_type(der::octet_string("x")).empty());
}

}  // namespace
}  // namespace waxseal::test
