// Classification: every row of verification.md 1.2 as a message, and the attacks of 8.2 on the MIME structure.
#include "support/der.h"
#include "support/facts.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

std::string without_signers(bool with_content) {
  return make_cms(CmsSpec{.detached = !with_content, .certificates = {alice().der}}, text_entity());
}

struct Case {
  std::string rule;
  std::string mail;
  std::string expected;
};

void check_outcomes(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(outcome_of(one.mail), one.expected) << one.rule;
}

TEST(Envelope, MessagesThatAreNoLayerAreNone) {
  const std::string signed_part = multipart_signed(text_entity(), detached_cms());
  const std::string in_mixed = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + text_entity() +
                               "\r\n--m\r\n" + signed_part + "\r\n--m--\r\n";
  check_outcomes({
      {"C01 no Content-Type", message("\r\nHello\r\n"), "none"},
      {"C01 text", message(text_entity()), "none"},
      {"C01 multipart", with_type("multipart/mixed; boundary=m", "--m\r\n\r\nx\r\n--m--\r\n"), "none"},
      {"C02 ATK-30 text before a signed part", message(in_mixed), "none"},
      {"C02 ATK-32 related", message(replaced(in_mixed, "multipart/mixed", "multipart/related")), "none"},
      {"C03 one signed child",
       message("Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + signed_part + "\r\n--m--\r\n"), "none"},
      {"C04 ATK-42 forwarded", message("Content-Type: message/rfc822\r\n\r\n" + message(signed_part)), "none"},
      {"C47", with_type("application/pkcs10"), "none"},
      {"C47", with_type("application/pkix-cert"), "none"},
      {"C53", with_type("text plain"), "none"},
      {"ATK-41 nesting bomb",
       with_type("multipart/mixed; boundary=m",
                 [] {
                   std::string body;
                   for (int i = 0; i < 2000; ++i) body += "--m\r\nContent-Type: message/rfc822\r\n\r\n";
                   return body;
                 }()),
       "none"},
  });
}

TEST(Envelope, ErrantSignedPartsAreNotedButDecideNothing) {
  const std::string signed_part = multipart_signed(text_entity(), detached_cms());
  const std::string mail =
      message("Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + signed_part + "\r\n--m--\r\n");
  EXPECT_TRUE(extract(mail).facts.errant);
  EXPECT_EQ(extract(mail).facts.envelope, EnvelopeClass::kNone);
  EXPECT_FALSE(extract(message(text_entity("application/pkcs7-mime\r\n"))).facts.errant);
  Policy policy;
  policy.partial_signature_failed = true;
  EXPECT_EQ(outcome_of(mail, policy), "signed message:signature_partial");
  EXPECT_EQ(outcome_of(message(text_entity()), policy), "none");
}

TEST(Envelope, MultipartSigned) {
  const std::string p7s = "application/octet-stream; name=\"smime.p7s\"";
  check_outcomes({
      {"C05", clear({}), "signed"},
      {"C05 x- names",
       clear({.protocol = "\"application/x-pkcs7-signature\"", .signature_type = "application/x-pkcs7-signature"}),
       "signed"},
      {"CLS-5 case", clear({.protocol = "\"Application/PKCS7-Signature\""}), "signed"},
      {"C06", clear({.signature_type = p7s}), "signed"},
      {"C07", clear({.signature_type = "application/octet-stream; name=smime.dat"}),
       "signed 2:mime_signature_part_type"},
      {"C07", clear({.signature_type = "text/plain"}), "signed 2:mime_signature_part_type"},
      {"C08 ATK-34 three parts", clear({.more_parts = {text_entity("footer")}}), "signed 2:mime_part_count"},
      {"C08 one part",
       with_type("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b",
                 "--b\r\n" + text_entity() + "\r\n--b--\r\n"),
       "signed 2:mime_part_count"},
      {"C09", clear({.protocol = ""}), "signed"},
      {"C09 empty protocol", clear({.protocol = "\"\""}), "signed"},
      {"C10", clear({.protocol = "", .signature_type = "application/pgp-signature"}), "unknown"},
      {"C10", clear({.protocol = "", .signature_type = p7s}), "unknown"},
      {"C11 ATK-48", clear({.protocol = "\"application/pgp-signature\""}), "unknown"},
      {"C12", clear({.protocol = "\"application/x-future\""}), "unknown"},
      {"C13 no boundary", replaced(clear({}), "; boundary=\"" + std::string(kBoundary) + "\"", ""),
       "signed 2:mime_boundary"},
      {"C13 empty", replaced(clear({}), "\"" + std::string(kBoundary) + "\"", "\"\""), "signed 2:mime_boundary"},
      {"C13 too long", replaced(clear({}), "\"" + std::string(kBoundary) + "\"", "\"" + std::string(201, 'b') + "\""),
       "signed 2:mime_boundary"},
      {"C14 ATK-49", clear({.close = false}), "signed 2:mime_truncated"},
      {"C15", clear({.preamble = "Hidden text\r\n", .epilogue = "List footer\r\n"}), "signed"},
      {"C16",
       replaced(clear({}), "Content-Type: multipart", "Content-Transfer-Encoding: base64\r\nContent-Type: multipart"),
       "signed 2:mime_bad_cte"},
      {"C16 twin",
       replaced(clear({}), "Content-Type: multipart", "Content-Transfer-Encoding: 8bit\r\nContent-Type: multipart"),
       "signed"},
      {"C54 binary", clear({.signature_encoding = "binary"}), "signed"},
      {"C55", replaced(clear({}), "base64", "x-uuencode"), "signed 2:mime_bad_cte"},
      {"C55 duplicate",
       replaced(clear({}), "Content-Transfer-Encoding: base64",
                "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: base64"),
       "signed 2:mime_bad_cte"},
      {"C56", replaced(clear({}), "MIME-Version: 1.0\r\n", ""), "signed"},
      {"C57 ATK-35", clear({}, ""), "signed 2:signed_content_empty"},
      {"ATK-47", clear({}, "Just text\r\n"), "signed 2:signed_content_not_mime"},
      {"ATK-47 twin", clear({}, "\r\nJust text\r\n"), "signed"},
      {"two Content-Type fields of the signature part",
       clear({.signature_type = "application/pkcs7-signature\r\nContent-Type: application/pkcs7-signature"}),
       "signed 2:mime_duplicate_header"},
  });
}

TEST(Envelope, SwitchedOffTolerances) {
  Policy policy;
  policy.accept_octet_stream_p7s = false;
  const std::string mail = clear({.signature_type = "application/octet-stream; name=\"smime.p7s\""});
  EXPECT_EQ(outcome_of(mail, policy), "signed 2:mime_signature_part_type");
  policy.accept_octet_stream_p7m = false;
  const std::string p7m = opaque(opaque_cms(), {.type = "application/octet-stream", .parameters = "; name=smime.p7m"});
  EXPECT_EQ(outcome_of(p7m, policy), "none");
  policy.require_mime_content = false;
  EXPECT_EQ(outcome_of(clear({}, "Just text\r\n"), policy), "signed");
}

TEST(Envelope, MicalgIsInformation) {
  EXPECT_EQ(outcome_of(clear({}), {}, Infos::kShown), "signed");
  for (const std::string micalg : {"sha-256", "SHA-256", "sha256", "sha-1, sha-256"})
    EXPECT_EQ(outcome_of(clear({.micalg = "\"" + micalg + "\""}), {}, Infos::kShown), "signed") << micalg;
  for (const std::string micalg : {"md5", "sha-512", ""})
    EXPECT_EQ(outcome_of(clear({.micalg = micalg}), {}, Infos::kShown), "signed 2:micalg_mismatch") << micalg;
}

TEST(Envelope, TheCmsObjectOfMultipartSigned) {
  const std::string content = text_entity();
  const auto around = [&](std::string_view cms) { return message(multipart_signed(content, cms)); };
  const std::string embedded = make_cms(CmsSpec{.signers = {{.cert = alice()}}, .embedded = content}, content);
  check_outcomes({
      {"C18", around(embedded), "signed 2:cms_unexpected_econtent"},
      {"C18 ATK-01 the visible part is forged", replaced(around(embedded), "Hello", "Jello"),
       "signed 2:cms_unexpected_econtent 2/0:digest_mismatch"},
      {"C19 data", around(content_info(oids::kData, der::octet_string("x"))), "signed 2:cms_not_signed_data"},
      {"C19 enveloped", around(enveloped_data()), "signed 2:cms_not_signed_data"},
      {"C20 garbage", around("garbage"), "signed 2:cms_malformed"},
      {"C20 empty", around(""), "signed 2:cms_malformed"},
      {"C20 cut off", around(detached_cms().substr(0, 500)), "signed 2:cms_malformed"},
      {"C20 ATK-15 trailing", around(detached_cms() + "garbage"), "signed 2:cms_trailing_data"},
      {"C54 ATK-15 data after padding", replaced(around(detached_cms()), "\r\n\r\nMI", "\r\n\r\nAA==MI"),
       "signed 2:mime_bad_cte"},
      {"C21 ATK-05", around(without_signers(false)), "signed 2:cms_no_signers"},
      {"C41 detached",
       around(make_cms(CmsSpec{.signers = {{.cert = alice()}}, .econtent_type = std::string(oids::kTstInfo)}, content)),
       "signed 2:cms_content_type_unsupported"},
  });
}

TEST(Envelope, Pkcs7Mime) {
  const std::string none = "; name=smime.p7m";
  const auto declared = [](std::string_view type) {
    return Pkcs7Mime{.parameters = "; smime-type=" + std::string(type)};
  };
  const std::string tst = make_cms(
      CmsSpec{.signers = {{.cert = alice()}}, .detached = false, .econtent_type = std::string(oids::kTstInfo)}, "x");
  check_outcomes({
      {"C22", opaque(opaque_cms()), "signed"},
      {"C22 no smime-type", opaque(opaque_cms(), {.parameters = none}), "signed"},
      {"C22 other smime-type", opaque(opaque_cms(), declared("signed-receipt")), "signed"},
      {"C22 x- name", opaque(opaque_cms(), {.type = "application/x-pkcs7-mime"}), "signed"},
      {"C23 ATK-20", opaque(opaque_cms(), declared("enveloped-data")), "signed 1:smime_type_mismatch"},
      {"C23", opaque(opaque_cms(), declared("authEnveloped-data")), "signed 1:smime_type_mismatch"},
      {"C23", opaque(opaque_cms(), declared("compressed-data")), "signed 1:smime_type_mismatch"},
      {"C23", opaque(opaque_cms(), declared("certs-only")), "signed 1:smime_type_mismatch"},
      {"C24", opaque(detached_cms()), "signed 1:cms_missing_econtent"},
      {"C25 ATK-22", opaque(without_signers(false), declared("certs-only")), "unknown"},
      {"C26", opaque(without_signers(false), {.parameters = none}), "unknown"},
      {"C27", opaque(without_signers(false)), "signed 1:cms_no_signers"},
      {"C27 ATK-05", opaque(without_signers(true)), "signed 1:cms_no_signers"},
      {"C28", opaque(without_signers(true), {.parameters = none}), "unknown"},
      {"C29", opaque(enveloped_data(), declared("enveloped-data")), "none"},
      {"C29 no smime-type", opaque(enveloped_data(), {.parameters = none}), "none"},
      {"C30", opaque(enveloped_data(oids::kAuthEnvelopedData), declared("authEnveloped-data")), "none"},
      {"C39", opaque(opaque_cms().substr(0, 300)), "signed 1:cms_malformed"},
      {"C39 no smime-type", opaque(opaque_cms().substr(0, 300), {.parameters = none}), "signed 1:cms_malformed"},
      {"C39 declared signed", opaque("garbage"), "signed 1:cms_malformed"},
      {"declared signed, other type", opaque(content_info(oids::kData, der::octet_string("x"))),
       "signed 1:cms_not_signed_data"},
      {"C40", opaque("garbage", {.parameters = none}), "unknown"},
      {"C40", opaque("garbage", declared("enveloped-data")), "unknown"},
      {"C41 ATK-08", opaque(tst), "signed 1:cms_content_type_unsupported"},
      {"C20", opaque(opaque_cms() + "x"), "signed 1:cms_trailing_data"},
      {"C54 quoted-printable of base64", opaque(opaque_cms(), {.encoding = "binary"}), "signed"},
      {"C55", opaque(opaque_cms(), {.encoding = "x-uuencode"}), "signed 1:mime_bad_cte"},
      {"C57 ATK-35", opaque(opaque_cms("")), "signed 1:signed_content_empty"},
      {"ATK-47", opaque(opaque_cms("Just text\r\n")), "signed 1:signed_content_not_mime"},
      {"ATK-43 EFAIL",
       with_type("multipart/mixed; boundary=m", "--m\r\nContent-Type: text/html\r\n\r\n<img src=\"\r\n--m\r\n" +
                                                    pkcs7_mime(enveloped_data()) + "\r\n--m--\r\n"),
       "none"},
  });
}

TEST(Envelope, CompressedLayersAreTransparent) {
  const Pkcs7Mime z{.parameters = "; smime-type=compressed-data"};
  const std::string inner_signed = multipart_signed(text_entity(), detached_cms());
  const std::string compressed = pkcs7_mime(compressed_data(text_entity()), z);
  std::string damaged = compressed_data(text_entity());
  damaged[damaged.size() - 3] = static_cast<char>(damaged[damaged.size() - 3] ^ 1);
  const auto signing = [](std::string_view content) { return opaque(opaque_cms(content)); };
  check_outcomes({
      {"C31", message(compressed), "unknown"},
      {"C32", opaque(compressed_data(inner_signed), z), "signed"},
      {"C32 opaque inside", opaque(compressed_data(pkcs7_mime(opaque_cms())), z), "signed"},
      {"C33", signing(compressed), "signed"},
      {"C33 damaged", signing(pkcs7_mime(damaged, z)), "signed 1:compressed_malformed"},
      {"C34", opaque(damaged, z), "unknown"},
      {"C34 inner type", opaque(compressed_data(inner_signed, oids::kSignedData), z), "unknown"},
      {"ATK-21 bomb", opaque(compressed_data(std::string(20'000'000, 'a')), z), "unknown"},
      {"ATK-21 signed bomb", signing(pkcs7_mime(compressed_data(std::string(20'000'000, 'a')), z)),
       "signed 1:compressed_malformed"},
      {"C35", opaque(compressed_data(pkcs7_mime(enveloped_data())), z), "none"},
  });
  EXPECT_EQ(extract(opaque(compressed_data(inner_signed), z)).facts.layers.at(0).section, "1/2");
}

TEST(Envelope, NestedLayers) {
  const std::string inner = multipart_signed(text_entity(), detached_cms(), {.boundary = "inner"});
  const std::string twice = message(multipart_signed(inner, detached_cms(inner)));
  check_outcomes({
      {"C37 encrypted", opaque(enveloped_data()), "none"},
      {"C38", twice, "signed"},
      {"C36", opaque(opaque_cms(pkcs7_mime(enveloped_data()))), "signed"},
  });
  const auto layers = extract(twice).facts.layers;
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].section, "2");
  EXPECT_EQ(layers[1].section, "1.2");
  const auto opaque_first = extract(opaque(opaque_cms(inner))).facts.layers;
  ASSERT_EQ(opaque_first.size(), 2u);
  EXPECT_EQ(opaque_first[0].section, "1");
  EXPECT_EQ(opaque_first[1].section, "1/2");
  Policy policy;
  policy.signed_over_encrypted_failed = true;
  EXPECT_EQ(outcome_of(opaque(opaque_cms(pkcs7_mime(enveloped_data()))), policy),
            "signed 1:cms_content_type_unsupported");
}

TEST(Envelope, NothingBehindAMalformedLayerIsLookedAt) {
  const std::string inner = multipart_signed(text_entity(), detached_cms(), {.boundary = "inner"});
  const std::string mail = message(multipart_signed(inner, detached_cms(inner), {.more_parts = {text_entity()}}));
  EXPECT_EQ(extract(mail).facts.layers.size(), 1u);
  EXPECT_TRUE(extract(mail).facts.layers[0].malformed);
}

TEST(Envelope, LayersAreLimited) {
  std::string entity = text_entity();
  for (int i = 0; i < 8; ++i) entity = pkcs7_mime(opaque_cms(entity), {.encoding = "binary"});
  EXPECT_EQ(outcome_of(message(entity)), "signed");
  EXPECT_EQ(extract(message(entity)).facts.layers.size(), 8u);
  entity = pkcs7_mime(opaque_cms(entity), {.encoding = "binary"});
  EXPECT_NE(outcome_of(message(entity)).find("limit_exceeded"), std::string::npos);
  std::string compressed = text_entity();
  for (int i = 0; i < 12; ++i) compressed = pkcs7_mime(compressed_data(compressed), {.encoding = "binary"});
  EXPECT_EQ(outcome_of(message(compressed)), "unknown");
}

TEST(Envelope, OctetStreamNeedsExtensionAndContentType) {
  const auto named = [](std::string_view cms, std::string_view name) {
    return opaque(cms, {.type = "application/octet-stream", .parameters = "; name=" + std::string(name)});
  };
  check_outcomes({
      {"C42", named(opaque_cms(), "smime.p7m"), "signed"},
      {"C42 case", named(opaque_cms(), "SMIME.P7M"), "signed"},
      {"C42 by disposition",
       replaced(named(opaque_cms(), "x"), "; name=x", "\r\nContent-Disposition: attachment; filename=\"smime.p7m\""),
       "signed"},
      {"C42 other name", named(opaque_cms(), "smime.bin"), "none"},
      {"C42 ATK-50", named("unrelated", "smime.p7m"), "none"},
      {"C39", named(opaque_cms().substr(0, 300), "smime.p7m"), "signed 1:cms_malformed"},
      {"C43", named(without_signers(false), "certs.p7c"), "unknown"},
      {"C43", named(compressed_data(text_entity()), "smime.p7z"), "unknown"},
      {"C43 twin", named("unrelated", "certs.p7c"), "none"},
      {"C44", named(detached_cms(), "smime.p7s"), "unknown"},
      {"C45", named(enveloped_data(), "smime.p7m"), "none"},
      {"C46", opaque(detached_cms(), {.type = "application/pkcs7-signature"}), "unknown"},
  });
}

TEST(Envelope, AmbiguousHeaders) {
  const std::string mail = clear({});
  const std::string boundary = "boundary=\"" + std::string(kBoundary) + "\"";
  const auto with = [&](std::string_view from, std::string_view to) { return replaced(mail, from, to); };
  const std::string ambiguous = "signed message:mime_ambiguous_content_type";
  check_outcomes({
      {"C48 ATK-38", with("Content-Type: multipart", "Content-Type: text/html\r\nContent-Type: multipart"),
       "signed message:mime_duplicate_header"},
      {"C49", message("Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\nx\r\n"), "none"},
      {"C50 ATK-37 boundary", with(boundary, boundary + "; boundary=evil"), ambiguous},
      {"C50 boundary*0", with(boundary, boundary + "; boundary*0=evil"), ambiguous},
      {"C50 protocol", with("; protocol=", "; protocol=\"application/pgp-signature\"; protocol="), ambiguous},
      {"C50 smime-type", opaque(opaque_cms(), {.parameters = "; smime-type=signed-data; smime-type=certs-only"}),
       ambiguous},
      {"C50 name twice decides nothing", opaque(opaque_cms(), {.parameters = "; name=a.p7m; name=b.p7m"}), "signed"},
      {"C51 comments", with("multipart/signed; protocol=", "multipart/signed (c; boundary=evil); protocol (x)="),
       "signed"},
      {"C51 quoted semicolon", with("; protocol=", "; x=\"a;boundary=evil\"; protocol="), "signed"},
      {"C52", with("multipart/signed; protocol", "multipart/signed protocol"), ambiguous},
      {"C52 pkcs7-mime", with_type("application pkcs7-mime"), ambiguous},
      {"C58 ATK-39 NUL", with("Subject: Test", std::string("Subject: Te\0st", 14)), "signed message:message_malformed"},
      {"C58 ATK-39 bare CR", with("Subject: Test", "Subject: Te\rst"), "signed message:message_malformed"},
      {"C58 twin without markers", replaced(message(text_entity()), "Subject: Test", "Subject: Te\rst"), "none"},
      {"C58 not terminated", "From: a@b.c\r\nContent-Type: application/pkcs7-mime\r\n",
       "signed message:message_malformed"},
      {"C59 ATK-40", with("Subject: Test", "Subject: " + std::string(70'000, 's')), "signed message:limit_exceeded"},
      {"C59 twin", replaced(message(text_entity()), "Subject: Test", "Subject: " + std::string(70'000, 's')), "none"},
  });
  Policy small;
  small.limits.message_octets = 100;
  EXPECT_EQ(outcome_of(mail, small), "signed message:limit_exceeded");
  EXPECT_EQ(outcome_of(message(text_entity()), small), "none");
}

TEST(Envelope, BoundaryLines) {
  const auto containing = [](std::string_view line) {
    return clear({.boundary = "abc"}, text_entity("Hello\r\n" + std::string(line) + "\r\nBob\r\n"));
  };
  check_outcomes({
      {"BYT-4 ATK-36", containing("--abcdef"), "signed 2:mime_ambiguous_boundary"},
      {"BYT-4 trailing text", containing("--abc x"), "signed 2:mime_ambiguous_boundary"},
      {"BYT-3 twin: not at the start", containing(" --abcdef"), "signed"},
      {"BYT-3 twin: shorter", containing("--ab"), "signed"},
      {"BYT-3 white space",
       replaced(clear({}), "\r\n--" + std::string(kBoundary) + "\r\n", "\r\n--" + std::string(kBoundary) + " \t\r\n"),
       "signed"},
      {"BYT-4 only up to the close-delimiter", clear({.boundary = "abc", .epilogue = "--abcdef\r\n"}), "signed"},
  });
}

}  // namespace
}  // namespace waxseal::test
