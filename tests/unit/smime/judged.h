// A message judged from its octets to its verdict, as one line of text, and rules as pairs of messages that differ in
// one thing.
#pragma once

#include <gtest/gtest.h>

#include "smime/verifier.h"
#include "support/mail.h"
#include "tests/unit/smime/units.h"

namespace waxseal::test {

inline const std::string kVerified = "signed/verified";

// "null", "unknown", "signed/verified", "signed/failed cert_expired from_mismatch": the status, then the codes, fatal
// and warning ones, in their order.
inline std::string text_of(const smime::Verdict& verdict) {
  std::string out(smime::status_token(verdict.status).value_or("null"));
  for (const std::string& code : names(verdict.codes)) out += " " + code;
  return out;
}

// Under the test PKI's root, in the middle of 2026, if nothing else is said.
struct Circumstances {
  smime::Policy policy;
  Time at = default_now();
  std::vector<Cert> anchors = {pki().root};
  std::vector<Cert> intermediates;
};

inline std::string judged(const std::string& mail, const Circumstances& how = {}) {
  smime::Verifier verifier(how.policy);
  return text_of(verifier.verify(mail, trusting(how.anchors, how.intermediates), how.at).verdict);
}

// A knob of appendix A by its name.
inline smime::Policy with_knob(std::string_view knob, std::string_view value) {
  smime::Policy policy;
  const auto set = policy.set(knob, value);
  EXPECT_TRUE(set) << knob;
  return policy;
}

// One rule: a message with its verdict, and its twin, which differs in one thing, with another.
struct RuleCase {
  std::string rule;
  std::string mail, expected;
  std::string twin, twin_expected;
  Circumstances how = {}, twin_how = {};
};

inline void check(const std::vector<RuleCase>& cases) {
  for (const RuleCase& one : cases) {
    EXPECT_EQ(judged(one.mail, one.how), one.expected) << one.rule;
    EXPECT_EQ(judged(one.twin, one.twin_how), one.twin_expected) << one.rule << ", twin";
    EXPECT_NE(one.expected, one.twin_expected) << one.rule << ": the twin shows nothing";
  }
}

inline std::string failed(std::string_view codes) {
  return "signed/failed " + std::string(codes);
}

// --- messages ---

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == text.npos) ADD_FAILURE() << "not there: " << from;
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

inline SignerSpec signed_by(const Cert& cert) {
  SignerSpec signer;
  signer.cert = cert;
  return signer;
}

// Alice's, with the intermediate inside.
inline CmsSpec cms_spec(bool detached = true) {
  return {.signers = {signed_by(alice())}, .detached = detached, .certificates = {pki().intermediate.der}};
}
inline std::string detached_cms(std::string_view content = text_entity()) {
  return make_cms(cms_spec(), content);
}
inline std::string opaque_cms(std::string_view content = text_entity()) {
  return make_cms(cms_spec(false), content);
}

inline std::string clear(const MultipartSigned& shape = {}, std::string_view content = text_entity()) {
  return message(multipart_signed(content, detached_cms(content), shape));
}
inline std::string opaque(std::string_view cms, const Pkcs7Mime& shape = {}) {
  return message(pkcs7_mime(cms, shape));
}
// Whichever form the CMS has.
inline std::string mail_with(const CmsSpec& spec, std::string_view content = text_entity(),
                             std::string_view from = kAlice) {
  const std::string cms = make_cms(spec, content);
  return message(spec.detached ? multipart_signed(content, cms) : pkcs7_mime(cms), default_fields(from));
}
inline std::string with_type(std::string_view content_type, std::string_view body = "x\r\n") {
  return message("Content-Type: " + std::string(content_type) + "\r\n\r\n" + std::string(body));
}
inline std::string multipart(std::string_view subtype, const std::vector<std::string>& parts) {
  std::string body;
  for (const std::string& part : parts) body += "--outer\r\n" + part + "\r\n";
  return "Content-Type: multipart/" + std::string(subtype) + "; boundary=outer\r\n\r\n" + body + "--outer--\r\n";
}

inline void flip_last_octet(SignerFields& fields) {
  fields.signature.back() = static_cast<char>(fields.signature.back() ^ 1);
}

}  // namespace waxseal::test
