#include "mime/message.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/unit/mime/message_dump.h"

namespace waxseal::mime {
namespace {

// A part given as "type;disposition;name"; nested multiparts as lists.
struct Spec {
  std::string type;
  std::string extra;
  std::vector<Spec> children;
};

std::string render(const Spec& spec, int& serial) {
  if (spec.children.empty()) return "Content-Type: " + spec.type + "\n" + spec.extra + "\nx\n";
  const std::string boundary = "b" + std::to_string(++serial) + "e";
  std::string out = "Content-Type: " + spec.type + "; boundary=" + boundary + "\n" + spec.extra + "\n";
  for (const Spec& child : spec.children) out += "--" + boundary + "\n" + render(child, serial);
  return out + "--" + boundary + "--\n";
}

std::string lists(const Spec& spec) {
  int serial = 0;
  const Message message = parse_message(render(spec, serial));
  return dump_lists(message) + (message.has_attachment ? " +" : "");
}

const std::string kInline = "Content-Disposition: inline\n";
const std::string kAttached = "Content-Disposition: attachment\n";

TEST(BodyLists, TheExampleOfRfc8621) {
  const Spec message = {
      "multipart/mixed",
      "",
      {{"text/plain", kInline, {}},  // A 1
       {"multipart/mixed",
        "",
        {{"multipart/alternative",
          "",
          {{"multipart/mixed",
            "",
            {{"text/plain", kInline, {}}, {"image/jpeg", kInline, {}}, {"text/plain", kInline, {}}}},  // B C D 2 3 4
           {"multipart/related", "", {{"text/html", "", {}}, {"image/jpeg", "", {}}}}}},               // E F 5 6
         {"image/jpeg", kAttached, {}},                                                                // G 7
         {"application/x-excel", "", {}},                                                              // H 8
         {"message/rfc822", "", {}}}},                                                                 // J 9
       {"text/plain", kInline, {}}}};                                                                  // K 10
  EXPECT_EQ(lists(message), "text 1 2 3 4 10 html 1 5 10 attachments 3 6 7 8 9 +");
}

TEST(BodyLists, CommonMessages) {
  EXPECT_EQ(lists({"text/plain", "", {}}), "text 1 html 1 attachments");
  EXPECT_EQ(lists({"text/html", "", {}}), "text 1 html 1 attachments");
  EXPECT_EQ(lists({"application/pdf", "", {}}), "text html attachments 1 +");
  EXPECT_EQ(lists({"image/png", "", {}}), "text 1 html 1 attachments");
  EXPECT_EQ(lists({"text/plain", kAttached, {}}), "text html attachments 1 +");
  EXPECT_EQ(lists({"multipart/alternative", "", {{"text/plain", "", {}}, {"text/html", "", {}}}}),
            "text 1 html 2 attachments");
  EXPECT_EQ(lists({"multipart/alternative", "", {{"text/html", "", {}}}}), "text 1 html 1 attachments");
  EXPECT_EQ(lists({"multipart/alternative", "", {{"text/plain", "", {}}}}), "text 1 html 1 attachments");
  EXPECT_EQ(
      lists({"multipart/alternative", "", {{"text/plain", "", {}}, {"text/html", "", {}}, {"text/calendar", "", {}}}}),
      "text 1 html 2 attachments 3 +");
  EXPECT_EQ(lists({"multipart/mixed", "", {{"text/plain", "", {}}, {"text/plain; name=x", "", {}}}}),
            "text 1 html 1 attachments 2 +");
  EXPECT_EQ(lists({"multipart/mixed", "", {{"text/plain; name=x", "", {}}, {"text/plain", "", {}}}}),
            "text 1 2 html 1 2 attachments");
  EXPECT_EQ(lists({"multipart/related", "", {{"text/html", "", {}}, {"image/png", kInline, {}}}}),
            "text 1 html 1 attachments 2");
}

TEST(BodyLists, ADetachedSignatureIsNoAttachmentForTheUser) {
  EXPECT_EQ(lists({"multipart/signed", "", {{"text/plain", "", {}}, {"application/pkcs7-signature", kAttached, {}}}}),
            "text 1 html 1 attachments 2");
  EXPECT_EQ(lists({"multipart/signed", "", {{"text/plain", "", {}}, {"application/pkcs7-mime", kAttached, {}}}}),
            "text 1 html 1 attachments 2 +");
}

std::string text_of(std::string_view octets) {
  const Message message = parse_message(octets);
  const BodyText text = body_text(octets, message.parts[0]);
  return (text.encoding_problem ? "!" : "") + text.value;
}

TEST(BodyText, CharsetsEncodingsAndLineEnds) {
  EXPECT_EQ(text_of("A: b\r\n\r\na\r\nb\nc\rd"), "a\nb\nc\rd");
  EXPECT_EQ(text_of("Content-Type: text/plain; charset=utf-8\n\n\xC3\xA4"), "\xC3\xA4");
  EXPECT_EQ(text_of("Content-Type: text/plain; charset=iso-8859-1\n\n\xE4"), "\xC3\xA4");
  EXPECT_EQ(text_of("Content-Type: text/plain; charset=nope\n\n\xE4"), "!\xC3\xA4");
  EXPECT_EQ(text_of("Content-Transfer-Encoding: base64\n\nQQ0KQg=="), "A\nB");
  EXPECT_EQ(text_of("Content-Transfer-Encoding: x-foo\n\nQQ0KQg=="), "!QQ0KQg==");
  EXPECT_EQ(
      text_of("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A4=\nb"),
      "\xC3\xA4"
      "b");
}

std::string preview_of(std::string_view octets) {
  return preview(octets, parse_message(octets));
}

TEST(Preview, FirstWordsOfTheText) {
  EXPECT_EQ(preview_of("A: b\n\n  Hello,\n\n> quoted\n\tworld \n-- \nsignature"), "Hello, world");
  EXPECT_EQ(preview_of("Content-Type: text/html\n\n<style>x</style><p>Hello&nbsp;<b>w</b>orld"), "Hello world");
  EXPECT_EQ(preview_of("Content-Type: application/pdf\n\nx"), "");
  EXPECT_EQ(preview_of("A: b\n\n"), "");
  EXPECT_EQ(preview_of("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\n\nsecond\n--b--"), "second");
}

TEST(Preview, AnEmptyPlainAlternativeGivesWayToTheHtml) {
  EXPECT_EQ(preview_of("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\n--b\nContent-Type: "
                       "text/html\n\n<p>x</p>\n--b--"),
            "x");
}

TEST(Preview, AtMost256Characters) {
  EXPECT_EQ(preview_of("A: b\n\n" + std::string(1000, 'x')), std::string(256, 'x'));
  std::string umlauts, emoji;
  for (int i = 0; i < 500; ++i) umlauts += "\xC3\xA4", emoji += "\xF0\x9F\x98\x80";
  const std::string utf8 = "Content-Type: text/plain; charset=utf-8\n\n";
  EXPECT_EQ(preview_of(utf8 + umlauts), umlauts.substr(0, 512));
  EXPECT_EQ(preview_of(utf8 + emoji), emoji.substr(0, 512));  // 128 characters of two UTF-16 units
}

TEST(Summary, WhatTheStoreIndexes) {
  const std::string octets =
      "Subject: =?utf-8?q?H=C3=A9?=\r\nMessage-ID: <a@b>\r\nReferences: <c@d>\r\n <e@f>\r\nFrom: x@y\r\nTo: a@b\r\n"
      "To: c@d, e@f\r\nDate: Thu, 1 Jan 1970 00:00:10 +0000\r\n\r\nbody";
  const Summary summary = summarise(octets, parse_message(octets));
  EXPECT_EQ(summary.subject, "H\xC3\xA9");
  EXPECT_EQ(summary.message_id, std::vector<std::string>{"a@b"});
  EXPECT_EQ(summary.references, (std::vector<std::string>{"c@d", "e@f"}));
  EXPECT_TRUE(summary.in_reply_to.empty());
  EXPECT_EQ(summary.from.at(0).addresses.at(0).email, "x@y");
  EXPECT_EQ(summary.to.at(0).addresses.at(1).email, "e@f");  // the last instance
  EXPECT_TRUE(summary.cc.empty());
  EXPECT_EQ(to_epoch(summary.sent_at.value()), 10);
  EXPECT_EQ(summary.preview, "body");
  EXPECT_EQ(summary.size, octets.size());
}

TEST(MessageIds, AListOrNothing) {
  const auto ids = [](std::string_view value) {
    const auto parsed = parse_message_ids(value);
    if (!parsed) return std::string("null");
    std::string out;
    for (const std::string& id : *parsed) out += "[" + id + "]";
    return out;
  };
  EXPECT_EQ(ids(" <a@b>"), "[a@b]");
  EXPECT_EQ(ids("<a@b> (c)\r\n <c@d><e@f>"), "[a@b][c@d][e@f]");
  EXPECT_EQ(ids("< a@b >"), "[a@b]");
  EXPECT_EQ(ids("<\"a b\"@c>"), "[\"a b\"@c]");
  EXPECT_EQ(ids("<a@[1.2.3.4]>"), "[a@[1.2.3.4]]");
  for (const std::string_view bad : {"", "a@b", "<a@b", "a@b>", "<>", "<a@b> x", "<a@b>, <c@d>", "<<a@b>>", "<a@b> (c"})
    EXPECT_EQ(ids(bad), "null") << bad;
}

TEST(Date, Rfc5322AndWhatRealMailHas) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"},
      {"21 Nov 1997 09:55 +0000", "1997-11-21T09:55:00Z"},
      {"Fri, 21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"},
      {"21 Nov 49 09:55:06 Z", "2049-11-21T09:55:06Z"},
      {"21 Nov 101 09:55:06 UT", "2001-11-21T09:55:06Z"},
      {"Fri 21 Nov 1997 09(comment):   55  :  06 EST", "1997-11-21T09:55:06-05:00"},
      {"21 November 1997 09:55:06 PDT (PDT)", "1997-11-21T09:55:06-07:00"},
      {"21-Nov-1997 09:55:06 A", "1997-11-21T09:55:06Z"},
      {"1 Jan 2026 00:00:00 +0530", "2026-01-01T00:00:00+05:30"},
      {"1 Jan 2026 00:00:00 +05:30", "2026-01-01T00:00:00+05:30"},
      {"1 Jan 2026 00:00:00 GMT+0100", "2026-01-01T00:00:00+01:00"},
      {"1 Jan 2026 00:00:00 -0000", "2026-01-01T00:00:00Z"},
      {"1 Jan 2026 00:00:00", "2026-01-01T00:00:00Z"},
      {"31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z"},
      {"29 Feb 2024 1:02:03 +0000", "2024-02-29T01:02:03Z"},
      {"29 Feb 2023 1:02:03 +0000", "null"},
      {"32 Jan 2026 00:00:00 +0000", "null"},
      {"1 Foo 2026 00:00:00 +0000", "null"},
      {"1 Jan 2026 24:00:00 +0000", "null"},
      {"1 Jan 2026 00:60:00 +0000", "null"},
      {"1 Jan 2026 00:00:61 +0000", "null"},
      {"1 Jan 2026 00:00:00 +9999", "null"},
      {"1 Jan 2026 00:00:00 +", "null"},
      {"1 Jan 1026 00:00:00 +0000", "null"},
      {"1 Jan 20260 00:00:00 +0000", "null"},
      {"1 Jan 2026", "null"},
      {"", "null"},
      {"Mon,", "null"},
      {"2026-01-01T00:00:00Z", "null"},
  };
  for (const auto& [value, expected] : cases) {
    EXPECT_EQ(parse_date_with_zone(value).value_or("null"), expected) << value;
    EXPECT_EQ(parse_date(value).has_value(), expected != "null") << value;
  }
  EXPECT_EQ(format_utc_date(parse_date("Fri, 21 Nov 1997 09:55:06 -0600").value()), "1997-11-21T15:55:06Z");
}

TEST(BaseSubject, Rfc5256) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"hello", "hello"},
      {"Re: hello", "hello"},
      {"RE : re: Fwd: FW: hello", "hello"},
      {"[list] Re: hello (fwd) ", "hello"},
      {"Re: [list] hello", "hello"},
      {"Re[2]: hello", "hello"},
      {"[Fwd: Re: hello]", "hello"},
      {"[fwd: [fwd: a]]", "a"},
      {"[list]", "[list]"},
      {"[a][b]", "[b]"},
      {"a\t b", "a b"},
      {"Re:", ""},
      {"real", "real"},
      {"", ""},
  };
  for (const auto& [subject, expected] : cases) EXPECT_EQ(base_subject(subject), expected) << subject;
}

TEST(BaseSubject, HostileSizesAreLinear) {
  for (const std::string_view piece : {"[", "[]", "re:", "[a]re:", "(fwd)", "[fwd:", " ", "re [x"}) {
    std::string subject;
    while (subject.size() < 2'000'000) subject += piece;
    EXPECT_LE(base_subject(subject).size(), subject.size()) << piece;
  }
}

}  // namespace
}  // namespace waxseal::mime
