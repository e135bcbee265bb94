#include "mime/content_type.h"

#include <gtest/gtest.h>

namespace waxseal::mime {
namespace {

std::string name_of(Syntax syntax) {
  switch (syntax) {
    case Syntax::kAbsent:
      return "absent";
    case Syntax::kValid:
      return "valid";
    case Syntax::kInvalid:
      return "invalid";
    case Syntax::kAmbiguous:
      return "ambiguous";
  }
  return "?";
}

// valid a/b x=1 y=2
std::string dump(std::string_view value) {
  const ContentType type = parse_content_type(value);
  std::string out = name_of(type.syntax) + " " + type.type + "/" + type.subtype;
  for (const Parameter& p : type.parameters) out += " " + p.name + "=" + p.value;
  return out;
}

struct Case {
  std::string_view value;
  std::string_view expected;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(dump(c.value), c.expected) << c.value;
}

TEST(ContentType, TypeSubtypeAndParameters) {
  check({
      {" text/plain", "valid text/plain"},
      {"Text/PLAIN; CharSet=UTF-8", "valid text/plain charset=UTF-8"},
      {"a/b;x=1;y=\"2;3\"", "valid a/b x=1 y=2;3"},
      {"a/b; x=\"q\\\"\\\\\"", "valid a/b x=q\"\\"},
      {"a/b;\r\n\tx=1", "valid a/b x=1"},
      {"a / b ; x = 1 ", "valid a/b x=1"},
      {"a/b;", "valid a/b"},
      {"a/b;; x=1;", "valid a/b x=1"},
      {"a/b; x=", "valid a/b x="},
      {"a/b; boundary=----=_Part", "valid a/b boundary=----=_Part"},
      {"multipart/signed; protocol=application/pkcs7-signature; micalg=sha-256",
       "valid multipart/signed protocol=application/pkcs7-signature micalg=sha-256"},
  });
}

TEST(ContentType, CommentsAreSkipped) {  // C51
  check({
      {"multipart/signed (c); protocol (x)= \"application/pkcs7-signature\"",
       "valid multipart/signed protocol=application/pkcs7-signature"},
      {"(a) multipart (b) / (c) signed (d);(e) x (f) = (g) 1 (h)", "valid multipart/signed x=1"},
      {"a/b (\\) ; x=2); y=3", "valid a/b y=3"},
      {"a/b ((((((((8))))))))", "valid a/b"},
      {"a/b (((((((((9)))))))))", "invalid /"},
      {"a/b (open; x=1", "invalid /"},
      {"a/b; x=\"(no comment)\"", "valid a/b x=(no comment)"},
  });
}

TEST(ContentType, WhatIsNotTheGrammarIsInvalid) {
  check({
      {"", "invalid /"},
      {"text", "invalid /"},
      {"text/", "invalid /"},
      {"/plain", "invalid /"},
      {"text plain", "invalid /"},
      {"text/plain charset=x", "invalid text/plain charset=x"},
      {"text/plain; charset", "invalid text/plain"},
      {"text/plain; =x", "invalid text/plain"},
      {"text/plain; charset=a b; x=1", "invalid text/plain charset=a x=1"},
      {"text/plain; charset=\"a", "invalid text/plain"},
      {"text/plain, text/html", "invalid text/plain"},
      {"text/plain; x=\"a\"b; y=1", "invalid text/plain x=a y=1"},
      {"text/plain; x=\"a\rb\"", "invalid text/plain"},
  });
}

TEST(ContentType, WhatTwoReadersSeeDifferentlyIsAmbiguous) {  // C50
  check({
      {"a/b; x=1; x=2", "ambiguous a/b x=1 x=2"},
      {"a/b; x=1; X=1", "ambiguous a/b x=1 x=1"},
      {"a/b; boundary=1; boundary*=us-ascii''2", "ambiguous a/b boundary=2 boundary=1"},
      {"a/b; boundary=1; boundary*0=2", "ambiguous a/b boundary=2 boundary=1"},
      {"a/b; x*0=1; x*0=2", "ambiguous a/b x=1"},
      {"a/b; x*=1; x*=2", "ambiguous a/b x=1 x=2"},
      {"a/b; x*=1; x*0=2", "ambiguous a/b x=1 x=2"},
      {"a/b; name=1; name*=utf-8''2", "valid a/b name=2 name=1"},
      {"a/b; name=1; name=2", "ambiguous a/b name=1 name=2"},
  });
}

TEST(ContentType, Rfc2231) {
  check({
      {"a/b; x*=utf-8'de'%C3%A4", "valid a/b x=\xC3\xA4"},
      {"a/b; x*=iso-8859-1''%e4", "valid a/b x=\xC3\xA4"},
      {"a/b; x*0=a; x*1=b; x*2=\"c d\"", "valid a/b x=abc d"},
      {"a/b; x*1=b; x*0=a", "valid a/b x=ab"},
      {"a/b; x*0*=utf-8''%C3; x*1*=%A4; x*2=%41", "valid a/b x=\xC3\xA4%41"},
      {"a/b; x*0=a; x*2=c", "invalid a/b x=a"},
      {"a/b; x*1=b", "invalid a/b"},
      {"a/b; x*01=b", "invalid a/b"},
      {"a/b; x**=b", "invalid a/b"},
      {"a/b; x*a=b", "invalid a/b"},
      {"a/b; *=b", "invalid a/b"},
      {"a/b; x*=utf-8''a%0D%0Ab", "invalid a/b x=ab"},
      {"a/b; x*=utf-8''%ff", "invalid a/b x=\xEF\xBF\xBD"},
      {"a/b; x*=utf-9''a", "invalid a/b x=a"},
      {"a/b; x*=a%4", "valid a/b x=a%4"},
  });
}

TEST(ContentType, HostileSizesAreLinear) {
  for (const std::string_view piece : {";", "; x=1", "; x*0=1", "(", "\"", "; x=\"", " ", "'", "; a*=''"}) {
    std::string value = "a/b";
    while (value.size() < 4'000'000) value += piece;
    EXPECT_LE(parse_content_type(value).parameters.size(), 100u) << piece;
  }
}

TEST(ContentType, IsComparesBothHalves) {
  const ContentType type = parse_content_type("Multipart/Signed");
  EXPECT_TRUE(type.is("multipart/signed"));
  EXPECT_FALSE(type.is("multipart/signe"));
  EXPECT_FALSE(type.is("multipart-signed"));
  EXPECT_FALSE(ContentType{}.is(""));
}

TEST(Disposition, TypeAndFileName) {
  const Disposition d = parse_disposition(" Attachment (c); filename=\"a b.txt\"");
  EXPECT_EQ(d.type, "attachment");
  EXPECT_EQ(d.parameter("filename")->value, "a b.txt");
  EXPECT_EQ(parse_disposition("; filename=x").syntax, Syntax::kInvalid);
}

TEST(TransferEncoding, OneTokenOrNothing) {
  const auto encoding = [](std::string_view fields) {
    return transfer_encoding(read_header(std::string(fields) + "\n"));
  };
  EXPECT_EQ(encoding(""), "7bit");
  EXPECT_EQ(encoding("Content-Transfer-Encoding: BASE64\n"), "base64");
  EXPECT_EQ(encoding("Content-Transfer-Encoding: (c) base64 (d)\n"), "base64");
  EXPECT_EQ(encoding("Content-Transfer-Encoding: base64; x\n"), "");
  EXPECT_EQ(encoding("Content-Transfer-Encoding:\n"), "");
  EXPECT_EQ(encoding("Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: base64\n"), "");
}

}  // namespace
}  // namespace waxseal::mime
