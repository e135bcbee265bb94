#include <gtest/gtest.h>

#include <algorithm>

#include "mime/message.h"
#include "mime/multipart.h"
#include "tests/unit/mime/message_dump.h"

namespace waxseal::mime {
namespace {

constexpr std::string_view kMixed = "Content-Type: multipart/mixed; boundary=b\n\n";

TEST(PartTree, EveryMessageHasARoot) {
  EXPECT_EQ(dump_tree(""), "text/plain#1[]");
  EXPECT_EQ(dump_tree("\n"), "text/plain#1[]");
  EXPECT_EQ(dump_tree("Subject: x"), "text/plain#1[]");
  EXPECT_EQ(dump_tree("Subject: x\n\nbody\n"), "text/plain#1[body\n]");
  EXPECT_EQ(dump_tree("no header at all"), "text/plain#1[no header at all]");
  EXPECT_EQ(dump_tree("From a@b Mon\nSubject: x\n\nbody"), "text/plain#1[body]");
  EXPECT_EQ(dump_tree("Content-Type: text/html\r\n\r\n<p>"), "text/html#1[<p>]");
}

TEST(PartTree, ChildrenInDocumentOrder) {
  EXPECT_EQ(dump_tree(std::string(kMixed) + "pre\n--b\n\n1\n--b\nContent-Type: image/png\n\n2\n--b--\nepi"),
            "multipart/mixed{text/plain#1[1] image/png#2[2]}");
  EXPECT_EQ(
      dump_tree(std::string(kMixed) + "--b\nContent-Type: multipart/alternative; boundary=\"c d\"\n\n"
                                      "--c d\n\n1\n--c d\nContent-Type: text/html\n\n2\n--c d--\n--b\n\n3\n--b--\n"),
      "multipart/mixed{multipart/alternative{text/plain#1[1] text/html#2[2]} text/plain#3[3]}");
}

TEST(PartTree, TheOuterBoundaryEndsAnUnclosedInnerMultipart) {
  EXPECT_EQ(
      dump_tree(std::string(kMixed) + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--b\n\n2\n--b--\n"),
      "multipart/mixed{multipart/mixed{text/plain#1[1]} text/plain#2[2]}");
}

TEST(PartTree, AMultipartThatDelimitsNothingIsShownAsText) {
  EXPECT_EQ(dump_tree(std::string(kMixed) + "x\n"), "text/plain#1[x\n]");
  EXPECT_EQ(dump_tree(std::string(kMixed) + "x\n--b--\n"), "text/plain#1[x\n--b--\n]");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed\n\n--\n\nx\n----\n"), "text/plain#1[--\n\nx\n----\n]");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nx\n----\n"),
            "text/plain#1[--\n\nx\n----\n]");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed; boundary=\"b \"\n\n--b \n\nx\n"), "text/plain#1[--b \n\nx\n]");
}

TEST(PartTree, BoundariesThatOtherReadersGetWrong) {
  // mimetic's own search would split in the middle of a line, at a prefix, and at a boundary within quotes.
  EXPECT_EQ(dump_tree(std::string(kMixed) + "--b\n\nx --b\n--bc\n--b--\n"),
            "multipart/mixed{text/plain#1[x --b\n--bc]}");
  EXPECT_EQ(dump_tree(std::string(kMixed) + "--b  \n\nx\n--b--  \n"), "multipart/mixed{text/plain#1[x]}");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed; x=\"a;boundary=evil\"; "
                      "boundary=good\n\n--good\n\n1\n--evil\n\n2\n--good--\n"),
            "multipart/mixed{text/plain#1[1\n--evil\n\n2]}");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed (c); boundary (d) = \"a;b\"\n\n--a;b\n\n1\n--a;b--\n"),
            "multipart/mixed{text/plain#1[1]}");
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n\n1\n--ab--\n"),
            "multipart/mixed{text/plain#1[1]}");
}

TEST(PartTree, ABoundaryTooLongForTheVerifierIsStillShown) {
  const std::string boundary(1000, 'x');
  EXPECT_FALSE(valid_boundary(boundary));
  EXPECT_EQ(dump_tree("Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n\n1\n--" +
                      boundary + "--"),
            "multipart/mixed{text/plain#1[1]}");
}

TEST(PartTree, DefaultsOfTheType) {
  EXPECT_EQ(dump_tree("Content-Type: nonsense\n\nx"), "text/plain#1[x]");
  EXPECT_EQ(dump_tree("Content-Type:\n\nx"), "text/plain#1[x]");
  EXPECT_EQ(dump_tree("Content-Type: TEXT/HTML; charset=a b\n\nx"), "text/html#1[x]");
  EXPECT_EQ(dump_tree("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b\nContent-Type: "
                      "text/plain\n\nz\n--b--"),
            "multipart/digest{message/rfc822#1[Subject: x\n\ny] text/plain#2[z]}");
}

TEST(PartTree, MessagesInsideAreNotEntered) {
  EXPECT_EQ(dump_tree("Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"),
            "message/rfc822#1[Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n]");
}

TEST(PartTree, LimitsLeaveTheRestOpaque) {
  const MessageLimits few{.parts = 4};
  EXPECT_EQ(dump_tree(std::string(kMixed) + "--b\n\n1\n--b\n\n2\n--b--\n", few),
            "multipart/mixed{text/plain#1[1] text/plain#2[2]}");
  EXPECT_EQ(dump_tree(std::string(kMixed) + "--b\n\n1\n--b\n\n2\n--b\n\n3\n--b--\n", few),
            "multipart/mixed{text/plain#1[1] text/plain#2[2] application/octet-stream#3[\n3\n--b--\n]} truncated");
  const std::string nested =
      std::string(kMixed) + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--c--\n--b--\n";
  EXPECT_EQ(dump_tree(nested, {.depth = 2}), "multipart/mixed{application/octet-stream#1[--c\n\n1\n--c--]} truncated");
  EXPECT_EQ(dump_tree(nested, {.depth = 3}), "multipart/mixed{multipart/mixed{text/plain#1[1]}}");
}

std::string nested_multiparts(std::size_t levels) {
  std::string out;
  for (std::size_t i = 0; i < levels; ++i) {
    const std::string b = std::to_string(i);
    out += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
  }
  return out;
}

TEST(PartTree, HostileMessagesAreBounded) {
  EXPECT_LE(parse_message(nested_multiparts(100'000)).parts.size(), 1000u);
  EXPECT_EQ(parse_message("Subject: " + std::string(5'000'000, 'x') + "\n\nbody").parts.size(), 1u);
  std::string lines = std::string(kMixed);
  for (int i = 0; i < 1'000'000; ++i) lines += "--b\n";
  const Message many = parse_message(lines);
  EXPECT_TRUE(many.truncated);
  EXPECT_EQ(many.parts.size(), 1000u);
  std::string rfc822;
  for (int i = 0; i < 100'000; ++i) rfc822 += "Content-Type: message/rfc822\n\n";
  EXPECT_EQ(parse_message(rfc822).parts.size(), 1u);
  std::string tiny = "A: 1\n\n";
  for (int i = 0; i < 1'000'000; ++i) tiny += "\n";
  EXPECT_EQ(parse_message(tiny).parts.size(), 1u);
}

TEST(PartTree, TheSearchForBoundariesHasABudget) {
  std::string octets = nested_multiparts(20) + "\n" + std::string(4'000'000, 'x');
  EXPECT_FALSE(parse_message(octets, {.passes = 20}).truncated);
  EXPECT_TRUE(parse_message(octets, {.passes = 8}).truncated);
}

TEST(PartTree, FieldsOfAPart) {
  const std::string octets =
      "Content-Type: text/html; charset=\"ISO-8859-1\"; name=\"=?utf-8?q?a=C3=A4?=\"\r\n"
      "Content-Transfer-Encoding: Quoted-Printable\r\nContent-Disposition: INLINE (c)\r\n"
      "Content-ID: (c) <a@b>\r\nContent-Language: de (c), en-GB\r\nContent-Location: http://x/\r\n "
      "y(1)\r\n\r\n=41=\r\nB";
  const Part part = parse_message(octets).parts[0];
  EXPECT_EQ(part.charset, "ISO-8859-1");
  EXPECT_EQ(part.name, "a\xC3\xA4");
  EXPECT_EQ(part.encoding, "quoted-printable");
  EXPECT_EQ(part.disposition, "inline");
  EXPECT_EQ(part.cid, "a@b");
  EXPECT_EQ(part.language, (std::vector<std::string>{"de", "en-GB"}));
  EXPECT_EQ(part.location, "http://x/y(1)");
  EXPECT_EQ(part.size, 2u);
  EXPECT_EQ(decoded_body(octets, part), "AB");
}

TEST(PartTree, FieldsThatAreAbsentAreNull) {
  const Part part = parse_message("Content-Type: image/png\n\nx").parts[0];
  EXPECT_EQ(part.charset, "");
  EXPECT_EQ(part.encoding, "7bit");
  EXPECT_FALSE(part.name || part.disposition || part.cid || part.language || part.location);
  EXPECT_EQ(parse_message("A: b\n\nx").parts[0].charset, "us-ascii");
}

TEST(PartTree, TheFileNameOfTheDispositionWins) {
  const auto name = [](std::string_view fields) {
    return parse_message(std::string(fields) + "\n\n").parts[0].name.value_or("-");
  };
  EXPECT_EQ(name("Content-Type: a/b; name=x\nContent-Disposition: attachment; filename=y"), "y");
  EXPECT_EQ(name("Content-Type: a/b; name=x\nContent-Disposition: attachment"), "x");
  EXPECT_EQ(name("Content-Type: a/b; name=\"=?utf-8?q?a?=.png\""), "a.png");
  EXPECT_EQ(name("Content-Type: a/b; name=\"1==?utf-8?q?a?= =?utf-8?q?b?==?x\""), "1=ab=?x");
  EXPECT_EQ(name("Content-Disposition: attachment; filename=y; filename*=utf-8''%e2%82%ac"), "\xE2\x82\xAC");
  EXPECT_EQ(name("Content-Disposition: attachment; filename*0*=iso-8859-1'de'%e4; filename*1=\"b.txt\""),
            "\xC3\xA4"
            "b.txt");
  EXPECT_EQ(name("Content-Disposition: attachment; filename*=utf-8''a%0d%0ab%00"), "ab\xEF\xBF\xBD");  // R24
}

TEST(PartTree, TheVerifiersSplitAndTheTreeAgree) {
  const std::string bodies[] = {
      "--b\n1\n--b\n2\n--b--\n", "--b\r\n--b\r\n\r\n--b--", "pre\n--b",
      "--b\n1\n--bx\n--b \n2\n", "--b\n1\n--b--\n--b\n2\n",
  };
  for (const std::string& body : bodies) {
    const std::string octets = std::string(kMixed) + body;
    const Message message = parse_message(octets);
    const Multipart split = split_multipart(body, "b");
    ASSERT_EQ(message.parts[0].children.size(), split.parts.size()) << body;
    for (std::size_t i = 0; i < split.parts.size(); ++i) {
      const Part& child = message.parts[message.parts[0].children[i]];
      EXPECT_EQ(child.header.begin, split.parts[i].begin + kMixed.size()) << body;
      EXPECT_EQ(child.body.end, split.parts[i].end + kMixed.size()) << body;
    }
  }
}

}  // namespace
}  // namespace waxseal::mime
