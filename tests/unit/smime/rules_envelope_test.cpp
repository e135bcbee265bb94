// Every row of the classification table (verification.md 1.2) from octets to verdict, each beside a message that
// differs in one thing and is judged otherwise.
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

using namespace smime;

const std::string kNull = "null", kUnknown = "unknown";

std::string signed_part(std::string_view content = text_entity()) {
  return multipart_signed(content, detached_cms(content), {.boundary = "inner"});
}
std::string without_signers(bool with_content) {
  return make_cms(CmsSpec{.detached = !with_content, .certificates = {alice().der}}, text_entity());
}
Pkcs7Mime declared(std::string_view type) {
  return {.parameters = "; smime-type=" + std::string(type) + "; name=smime.p7m"};
}
const Pkcs7Mime kUndeclared{.parameters = "; name=smime.p7m"};
std::string octet_stream(std::string_view cms, std::string_view name) {
  return opaque(cms, {.type = "application/octet-stream", .parameters = "; name=" + std::string(name)});
}
std::string changed(const std::string& mail) {
  return replaced(mail, "Hello Bob", "Hello Rob");
}

TEST(RulesEnvelope, WhatIsNotSignedAsAWhole) {  // CLS-1
  check({
      {"C01 no layer", message(text_entity()), kNull, message(signed_part()), kVerified},
      {"C02 ATK-30 a signed part beside another", message(multipart("mixed", {text_entity(), signed_part()})), kNull,
       message(signed_part()), kVerified},
      {"C02 as a knob wants it",
       message(multipart("mixed", {text_entity(), signed_part()})),
       failed("signature_partial"),
       message(multipart("mixed", {text_entity(), text_entity()})),
       kNull,
       {.policy = with_knob("partial_signature_status", "signed/failed")},
       {.policy = with_knob("partial_signature_status", "signed/failed")}},
      {"C02 ATK-31 hidden behind HTML",
       message(multipart("mixed", {"Content-Type: text/html\r\n\r\n<p>Pay</p><plaintext>\r\n", signed_part()})), kNull,
       message(signed_part()), kVerified},
      {"C02 ATK-32 referred to by cid:",
       message(multipart("related", {"Content-Type: text/html\r\n\r\n<img src=\"cid:x\">\r\n",
                                     "Content-ID: <x>\r\n" + signed_part()})),
       kNull, message("Content-ID: <x>\r\n" + signed_part()), kVerified},
      {"C02 ATK-33 as an attachment",
       message(multipart("mixed", {text_entity(), "Content-Disposition: attachment\r\n" + signed_part()})), kNull,
       message("Content-Disposition: attachment\r\n" + signed_part()), kVerified},
      {"C03 one signed child", message(multipart("mixed", {signed_part()})), kNull, message(signed_part()), kVerified},
      {"C04 ATK-42 a forward", message("Content-Type: message/rfc822\r\n\r\n" + message(signed_part())), kNull,
       message(signed_part()), kVerified},
      {"C47 a certificate request", with_type("application/pkcs10"), kNull, with_type("application/pkcs7-mime"),
       kUnknown},
      {"C47 a certificate", opaque(alice().der, {.type = "application/pkix-cert", .parameters = ""}), kNull,
       opaque(alice().der, {.parameters = ""}), kUnknown},
  });
}

TEST(RulesEnvelope, MultipartSigned) {
  const std::string p7s = "application/octet-stream; name=\"smime.p7s\"";
  const std::string bad_type = failed("mime_signature_part_type");
  check({
      {"C05", clear(), kVerified, changed(clear()), failed("digest_mismatch")},
      {"C06 octet-stream by name", clear({.signature_type = p7s}), kVerified,
       clear({.signature_type = "application/octet-stream; name=\"smime.dat\""}), bad_type},
      {"C06 knob",
       clear({.signature_type = p7s}),
       kVerified,
       clear({.signature_type = p7s}),
       bad_type,
       {},
       {.policy = with_knob("accept_octet_stream_p7s", "off")}},
      {"C07 another type", clear({.signature_type = "text/plain"}), bad_type, clear(), kVerified},
      {"C08 ATK-34 three parts", clear({.more_parts = {text_entity("footer")}}), failed("mime_part_count"), clear(),
       kVerified},
      {"C08 one part",
       with_type("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b",
                 "--b\r\n" + text_entity() + "\r\n--b--\r\n"),
       failed("mime_part_count"), clear({.boundary = "b"}), kVerified},
      {"C09 protocol from the second part", clear({.protocol = ""}), kVerified,
       clear({.protocol = "", .signature_type = "application/pgp-signature"}), kUnknown},
      {"C10 no protocol, foreign part", clear({.protocol = "\"\"", .signature_type = "text/plain"}), kUnknown,
       clear({.protocol = "\"application/pkcs7-signature\"", .signature_type = "text/plain"}), bad_type},
      {"C11 ATK-48 OpenPGP", clear({.protocol = "\"application/pgp-signature\""}), kUnknown, clear(), kVerified},
      {"C12 unknown protocol", clear({.protocol = "\"application/x-future\""}), kUnknown,
       clear({.protocol = "\"application/x-pkcs7-signature\""}), kVerified},
      {"C13 no boundary", replaced(clear(), "; boundary=\"" + std::string(kBoundary) + "\"", ""),
       failed("mime_boundary"), clear(), kVerified},
      {"C13 BYT-5 too long", clear({.boundary = std::string(201, 'b')}), failed("mime_boundary"),
       clear({.boundary = std::string(200, 'b')}), kVerified},
      {"C13 BYT-5 control character", clear({.boundary = "a\tb"}), failed("mime_boundary"), clear({.boundary = "a b"}),
       kVerified},
      {"C14 ATK-49 truncated", clear({.close = false}), failed("mime_truncated"), clear(), kVerified},
      {"C15 preamble and epilogue", clear({.preamble = "Pay Eve\r\n", .epilogue = "List footer\r\n"}), kVerified,
       replaced(clear(), "this is signed.", "this is signed.\r\nList footer"), failed("digest_mismatch")},
      {"C16 transfer encoding of a composite",
       replaced(clear(), "Content-Type: multi", "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: multi"),
       failed("mime_bad_cte"),
       replaced(clear(), "Content-Type: multi", "Content-Transfer-Encoding: binary\r\nContent-Type: multi"), kVerified},
      {"C17 ATK-45 micalg",
       clear({.micalg = "md5"}),
       kVerified,
       clear({.micalg = "md5"}),
       failed("micalg_mismatch"),
       {},
       {.policy = with_knob("strict_micalg", "on")}},
      {"C56 no MIME-Version", replaced(clear(), "MIME-Version: 1.0\r\n", ""), kVerified,
       changed(replaced(clear(), "MIME-Version: 1.0\r\n", "")), failed("digest_mismatch")},
      {"C57 ATK-35 nothing signed", clear({}, ""), failed("signed_content_empty"), clear({}, "\r\n"), kVerified},
  });
}

TEST(RulesEnvelope, TheCmsObjectOfMultipartSigned) {
  const auto around = [](std::string_view cms) { return message(multipart_signed(text_entity(), cms)); };
  CmsSpec embedding = cms_spec();
  embedding.embedded = text_entity();
  const std::string embedded = around(make_cms(embedding, text_entity()));
  check({
      {"C18 eContent", embedded, failed("cms_unexpected_econtent"), clear(), kVerified},
      {"C18 ATK-01 genuine eContent, forged part", changed(embedded), failed("cms_unexpected_econtent digest_mismatch"),
       embedded, failed("cms_unexpected_econtent")},
      {"C19 data", around(content_info(oids::kData, der::octet_string("x"))), failed("cms_not_signed_data"), clear(),
       kVerified},
      {"C19 enveloped", around(enveloped_data()), failed("cms_not_signed_data"), clear(), kVerified},
      {"C20 cut off", around(detached_cms().substr(0, 400)), failed("cms_malformed"), clear(), kVerified},
      {"C20 garbage", replaced(clear(), "\r\n\r\nMI", "\r\n\r\nAA"), failed("cms_malformed"), clear(), kVerified},
      {"C20 ATK-15 trailing data", around(detached_cms() + "x"), failed("cms_trailing_data"), clear(), kVerified},
      {"C21 ATK-05 no signers", around(without_signers(false)), failed("cms_no_signers"), clear(), kVerified},
      {"C54 ATK-15 data after the padding", replaced(clear(), "\r\n\r\nMI", "\r\n\r\nAA==MI"), failed("mime_bad_cte"),
       clear(), kVerified},
      {"C54 octets outside the alphabet are skipped", replaced(clear(), "\r\n\r\nMI", "\r\n\r\nM!-I"), kVerified,
       replaced(clear(), "\r\n\r\nMI", "\r\n\r\nM="), failed("mime_bad_cte")},
      {"C55 unknown encoding", replaced(clear(), "base64", "x-uuencode"), failed("mime_bad_cte"), clear(), kVerified},
      {"C55 encoding given twice",
       replaced(clear(), "Encoding: base64", "Encoding: base64\r\nContent-Transfer-Encoding: base64"),
       failed("mime_bad_cte"), clear(), kVerified},
  });
}

TEST(RulesEnvelope, Pkcs7Mime) {
  CmsSpec tst_spec = cms_spec(false);
  tst_spec.econtent_type = tst_spec.signers[0].econtent_type = std::string(oids::kTstInfo);
  const std::string tst = make_cms(tst_spec, text_entity());
  const std::string good = opaque(opaque_cms());
  check({
      {"C22", good, kVerified, replaced(good, "\r\n\r\nMI", "\r\n\r\nAA"), failed("cms_malformed")},
      {"C22 smime-type absent", opaque(opaque_cms(), kUndeclared), kVerified,
       opaque(opaque_cms(), declared("certs-only")), failed("smime_type_mismatch")},
      {"C23 ATK-20", opaque(opaque_cms(), declared("enveloped-data")), failed("smime_type_mismatch"),
       opaque(opaque_cms(), declared("signed-data")), kVerified},
      {"C23 authEnveloped", opaque(opaque_cms(), declared("authEnveloped-data")), failed("smime_type_mismatch"), good,
       kVerified},
      {"C23 compressed", opaque(opaque_cms(), declared("compressed-data")), failed("smime_type_mismatch"), good,
       kVerified},
      {"C24", opaque(detached_cms()), failed("cms_missing_econtent"), good, kVerified},
      {"C25 ATK-22", opaque(without_signers(false), declared("certs-only")), kUnknown,
       opaque(without_signers(false), declared("signed-data")), failed("cms_no_signers")},
      {"C26", opaque(without_signers(false), kUndeclared), kUnknown, opaque(opaque_cms(), kUndeclared), kVerified},
      {"C27 ATK-05", opaque(without_signers(true)), failed("cms_no_signers"), good, kVerified},
      {"C28", opaque(without_signers(true), kUndeclared), kUnknown, opaque(without_signers(true)),
       failed("cms_no_signers")},
      {"C29", opaque(enveloped_data(), declared("enveloped-data")), kNull,
       opaque(content_info(oids::kData, der::octet_string("x")), declared("enveloped-data")), kUnknown},
      {"C30", opaque(enveloped_data(oids::kAuthEnvelopedData), declared("authEnveloped-data")), kNull,
       opaque("x", declared("authEnveloped-data")), kUnknown},
      {"C39 declared signed", opaque(opaque_cms().substr(0, 300)), failed("cms_malformed"), good, kVerified},
      {"C39 the content type says so", opaque(opaque_cms().substr(0, 300), kUndeclared), failed("cms_malformed"),
       opaque("\x30\x82", kUndeclared), kUnknown},
      {"C40", opaque("unrelated", kUndeclared), kUnknown, opaque("unrelated"), failed("cms_malformed")},
      {"C41 ATK-08", opaque(tst), failed("cms_content_type_unsupported"), good, kVerified},
      {"C46", opaque(detached_cms(), {.type = "application/pkcs7-signature"}), kUnknown, opaque(detached_cms()),
       failed("cms_missing_econtent")},
      {"C54 binary", opaque(opaque_cms(), {.encoding = "binary"}), kVerified,
       opaque(opaque_cms(), {.encoding = "x-unknown"}), failed("mime_bad_cte")},
      {"C57 ATK-35", opaque(opaque_cms("")), failed("signed_content_empty"), opaque(opaque_cms("\r\n")), kVerified},
  });
}

TEST(RulesEnvelope, OtherContentTypesAsAKnobNamesThem) {  // C41
  CmsSpec spec = cms_spec(false);
  spec.econtent_type = spec.signers[0].econtent_type = "1.3.6.1.4.1.99999.7";
  const Policy naming = with_knob("accepted_econtent_types", "1.2.840.113549.1.7.1 1.3.6.1.4.1.99999.7");
  CmsSpec detached = spec;
  detached.detached = true;
  const Policy others = with_knob("accepted_econtent_types", "1.3.6.1.4.1.99999.7");
  const std::string refused = failed("cms_content_type_unsupported");
  check({
      {"C41 SIG-02 named", mail_with(spec), kVerified, mail_with(spec), refused, {.policy = naming}, {}},
      {"C41 SIG-02 detached", mail_with(detached), kVerified, mail_with(detached), refused, {.policy = others}, {}},
      {"C41 SIG-02 id-data", clear(), kVerified, clear(), refused, {.policy = naming}, {.policy = others}},
  });
}

TEST(RulesEnvelope, CompressedAndNestedLayers) {  // CLS-2
  const Pkcs7Mime z = declared("compressed-data");
  const std::string compressed = pkcs7_mime(compressed_data(text_entity()), z);
  std::string damaged = compressed_data(text_entity());
  damaged[damaged.size() - 3] = static_cast<char>(damaged[damaged.size() - 3] ^ 1);
  const auto signing = [](std::string_view content) { return opaque(opaque_cms(content)); };
  const std::string encrypted = pkcs7_mime(enveloped_data(), declared("enveloped-data"));
  const std::string bomb = compressed_data(std::string(20'000'000, 'a'));
  const Policy over_encrypted = with_knob("signed_over_encrypted", "signed/failed");
  check({
      {"C31", message(compressed), kUnknown, opaque(compressed_data(signed_part()), z), kVerified},
      {"C32 clear-signed inside", opaque(compressed_data(signed_part()), z), kVerified,
       opaque(compressed_data(changed(signed_part())), z), failed("digest_mismatch")},
      {"C32 opaque inside", opaque(compressed_data(pkcs7_mime(opaque_cms())), z), kVerified,
       opaque(compressed_data(text_entity()), z), kUnknown},
      {"C33", signing(compressed), kVerified, signing(pkcs7_mime(damaged, z)), failed("compressed_malformed")},
      {"C34", opaque(damaged, z), kUnknown, opaque(compressed_data(signed_part()), z), kVerified},
      {"C34 ATK-21 bomb", opaque(bomb, z), kUnknown, signing(pkcs7_mime(bomb, z)), failed("compressed_malformed")},
      {"C35", opaque(compressed_data(encrypted), z), kNull, opaque(compressed_data(text_entity()), z), kUnknown},
      {"C36",
       signing(encrypted),
       kVerified,
       signing(encrypted),
       failed("cms_content_type_unsupported"),
       {},
       {.policy = over_encrypted}},
      {"C37", message(encrypted), kNull, signing(encrypted), kVerified},
      {"C38", message(multipart_signed(signed_part(), detached_cms(signed_part()))), kVerified,
       changed(message(multipart_signed(signed_part(), detached_cms(signed_part())))), failed("digest_mismatch")},
  });
}

TEST(RulesEnvelope, OctetStream) {
  const Circumstances off{.policy = with_knob("accept_octet_stream_p7m", "off")};
  check({
      {"C42", octet_stream(opaque_cms(), "smime.p7m"), kVerified, octet_stream(opaque_cms(), "smime.bin"), kNull},
      {"C42 knob",
       octet_stream(opaque_cms(), "smime.p7m"),
       kVerified,
       octet_stream(opaque_cms(), "smime.p7m"),
       kNull,
       {},
       off},
      {"C42 ATK-50 unrelated content", octet_stream("unrelated", "smime.p7m"), kNull,
       octet_stream(opaque_cms(), "smime.p7m"), kVerified},
      {"C42 without content", octet_stream(detached_cms(), "smime.p7m"), kUnknown,
       octet_stream(opaque_cms(), "smime.p7m"), kVerified},
      {"C43 *.p7c", octet_stream(without_signers(false), "certs.p7c"), kUnknown, octet_stream("unrelated", "certs.p7c"),
       kNull},
      {"C43 *.p7z", octet_stream(compressed_data(text_entity()), "x.p7z"), kUnknown, octet_stream("unrelated", "x.p7z"),
       kNull},
      {"C44", octet_stream(detached_cms(), "smime.p7s"), kUnknown, octet_stream("unrelated", "smime.p7s"), kNull},
      {"C45", octet_stream(enveloped_data(), "smime.p7m"), kNull, octet_stream(opaque_cms(), "smime.p7m"), kVerified},
  });
}

TEST(RulesEnvelope, HeadersThatTwoReadersMayReadDifferently) {
  const std::string mail = clear();
  const auto with = [&](std::string_view from, std::string_view to) { return replaced(mail, from, to); };
  const std::string ambiguous = failed("mime_ambiguous_content_type"), malformed = failed("message_malformed");
  const std::string boundary = "boundary=\"" + std::string(kBoundary) + "\"";
  const std::string plain = message(text_entity());
  const std::string html_first = "Content-Type: text/html\r\nContent-Type: multipart/signed";
  check({
      {"C48 ATK-38", with("Content-Type: multipart/signed", html_first), failed("mime_duplicate_header"), mail,
       kVerified},
      {"C49", "Content-Type: text/html\r\n" + plain, kNull, "Content-Type: application/pkcs7-mime\r\n" + plain,
       failed("mime_duplicate_header")},
      {"C50 ATK-37 two boundaries", with(boundary, boundary + "; boundary=evil"), ambiguous, mail, kVerified},
      {"C50 ATK-37 boundary*0", with(boundary, boundary + "; boundary*0=evil"), ambiguous, mail, kVerified},
      {"C50 two protocols", with("; protocol=", "; protocol=x; protocol="), ambiguous, mail, kVerified},
      {"C51 comments", with("signed; protocol=", "signed (c (d); boundary=evil); protocol (x)="), kVerified,
       with("signed; protocol=", "signed; boundary=evil; protocol="), ambiguous},
      {"C51 ATK-37 semicolon in a quoted string", with("; protocol=", "; x=\"a;boundary=evil\"; protocol="), kVerified,
       with("; protocol=", "; x=\"a\";boundary=evil; protocol="), ambiguous},
      {"C52", with("signed; protocol", "signed protocol"), ambiguous, mail, kVerified},
      {"C53", with_type("text plain"), kNull, with_type("text pkcs7-mime"), ambiguous},
      {"C58 ATK-39 NUL", with("Subject: Test", std::string("Subject: Te\0st", 14)), malformed, mail, kVerified},
      {"C58 ATK-39 bare CR", with("Subject: Test", "Subject: Te\rst"), malformed,
       replaced(plain, "Subject: Test", "Subject: Te\rst"), kNull},
      {"C58 not terminated", "From: alice@example.org\r\nContent-Type: application/pkcs7-mime\r\n", malformed,
       "From: alice@example.org\r\nContent-Type: text/plain\r\n", kNull},
      {"C59 ATK-40 a field of 70 kB", with("Subject: Test", "Subject: " + std::string(70'000, 's')),
       failed("limit_exceeded"), with("Subject: Test", "Subject: " + std::string(60'000, 's')), kVerified},
      {"C59 2001 fields", fields(Fields(1999, {"X-Field", "x"})) + mail, failed("limit_exceeded"),
       fields(Fields(1990, {"X-Field", "x"})) + mail, kVerified},
      {"C59 a header of 600 kB",
       with("MIME-Version", fields(Fields(20, {"X-Field", std::string(30'000, 'x')})) + "MIME-Version"),
       failed("limit_exceeded"),
       with("MIME-Version", fields(Fields(16, {"X-Field", std::string(30'000, 'x')})) + "MIME-Version"), kVerified},
      {"C59 the whole message",
       mail,
       failed("limit_exceeded"),
       mail,
       kVerified,
       {.policy = with_knob("limit.message_octets", "1000")},
       {}},
      {"C59 no markers", replaced(plain, "Subject: Test", "Subject: " + std::string(70'000, 's')), kNull,
       with("Subject: Test", "Subject: " + std::string(70'000, 's')), failed("limit_exceeded")},
  });
}

TEST(RulesEnvelope, SignedUntilItIsEvaluated) {  // C60
  Verifier verifier{Policy{}};
  const Verification v = verifier.verify(clear(), trusting({pki().root}), default_now());
  EXPECT_EQ(text_of(judge(v.extracted.facts, {}, verifier.policy(), default_now())), "signed");
  EXPECT_EQ(text_of(v.verdict), kVerified);
}

TEST(RulesEnvelope, OctetsThatAreDigested) {
  const auto containing = [](std::string_view line) {
    return clear({.boundary = "abc"}, text_entity("Hello\r\n" + std::string(line) + "\r\nBob\r\n"));
  };
  const std::string binary = clear({}, "Content-Transfer-Encoding: binary\r\n" + text_entity());
  CmsSpec opaque_lf = cms_spec(false);
  opaque_lf.embedded = crlf_to_lf(text_entity());
  CmsSpec ber = cms_spec(false);
  ber.ber = true;
  ber.segment = 7;
  CmsSpec ber_changed = ber;
  ber_changed.embedded = text_entity("Hello Rob,\r\n");
  check({
      {"BYT-1 ATK-16 segments", mail_with(ber), kVerified, mail_with(ber_changed), failed("digest_mismatch")},
      {"BYT-2 the line break before the delimiter is not content", clear({}, text_entity("Hello\r\n")), kVerified,
       replaced(clear({}, text_entity("Hello\r\n")), "Hello\r\n\r\n", "Hello\r\n"), failed("digest_mismatch")},
      {"BYT-2 the part's header is", clear(), kVerified, replaced(clear(), "us-ascii", "us-ascij"),
       failed("digest_mismatch")},
      {"BYT-3 white space after the delimiter",
       replaced(clear(), "\r\n--" + std::string(kBoundary) + "\r\n", "\r\n--" + std::string(kBoundary) + " \t\r\n"),
       kVerified,
       replaced(clear(), "\r\n--" + std::string(kBoundary) + "\r\n", "\r\n--" + std::string(kBoundary) + " x\r\n"),
       failed("mime_ambiguous_boundary mime_part_count")},
      {"BYT-4 ATK-36 prefix", containing("--abcdef"), failed("mime_ambiguous_boundary"), containing("--abXdef"),
       kVerified},
      {"BYT-6 LF for CRLF", crlf_to_lf(clear()), kVerified, crlf_to_lf(binary), failed("digest_mismatch")},
      {"BYT-6 ATK-44 a CR too many", replaced(clear(), "signed.\r\n", "signed.\r\r\n"), failed("digest_mismatch"),
       clear(), kVerified},
      {"BYT-6 ATK-44 trailing space", replaced(clear(), "signed.\r\n", "signed. \r\n"), failed("digest_mismatch"),
       clear(), kVerified},
      {"BYT-7 opaque content is digested as it is", mail_with(opaque_lf), failed("digest_mismatch"),
       mail_with(cms_spec(false)), kVerified},
      {"BYT-8 8-bit content", clear({}, text_entity("Gr\xC3\xBC\xDF\x65\r\n")), kVerified,
       replaced(clear({}, text_entity("Gr\xC3\xBC\xDF\x65\r\n")), "\xC3\xBC", "=C3=BC"), failed("digest_mismatch")},
      {"CLS-5 case and x-", replaced(clear(), "multipart/signed", "Multipart/SIGNED"), kVerified,
       replaced(clear(), "multipart/signed", "multipart/mixed"), kNull},
  });
}

}  // namespace
}  // namespace waxseal::test
