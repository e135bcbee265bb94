// Writes the seed corpus: waxseal_make_corpus DIRECTORY.  Its keys are thrown away, so that the anchors it writes can
// vouch for nothing but these seeds.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "fuzz/trusted_verifier.h"
#include "support/der.h"
#include "support/mail.h"

namespace waxseal::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace test;

class Corpus {
 public:
  Corpus(fs::path root, std::string target) : directory_(root / target) { fs::create_directories(directory_); }

  void add(const std::string& name, std::string_view octets) const {
    std::ofstream out(directory_ / name, std::ios::binary);
    out << octets;
    if (!out.flush()) throw std::runtime_error("cannot write " + name);
  }

 private:
  fs::path directory_;
};

SignerSpec signer(KeyType type = KeyType::kP256) {
  return {.cert = alice(type)};
}

CmsSpec opaque(SignerSpec spec = signer()) {
  CmsSpec cms;
  cms.signers = {std::move(spec)};
  cms.detached = false;
  cms.certificates = {pki().intermediate.der};
  return cms;
}

SignerSpec rich_signer() {
  SignerSpec spec = signer();
  spec.ess = Ess::kBoth;
  spec.algorithm_protect = true;
  spec.unsigned_attributes = {{std::string(oids::kSmimeCapabilities), {der::sequence({})}}};
  return spec;
}

SignerSpec by_key_identifier() {
  SignerSpec spec = signer();
  spec.by_key_identifier = true;
  return spec;
}

SignerSpec pss() {
  SignerSpec spec = signer(KeyType::kRsa2048);
  spec.pss = true;
  return spec;
}

// A certificate with every kind of name and extension that is read.
Cert decorated() {
  CertSpec spec;
  spec.common_name =
      "Al\xC3\xAD"
      "ce";
  spec.subject_emails = {"alice@example.com"};
  spec.emails = {std::string(kAlice), "ALICE@EXAMPLE.NET", "bad address"};
  spec.utf8_mailboxes = {"\xC3\xA4@example.org"};
  spec.ext_key_usage = {std::string(kEmailProtection), std::string(kAnyExtendedKeyUsage)};
  spec.crl_urls = {"http://crl.example.org/a.crl"};
  spec.ocsp_urls = {"http://ocsp.example.org/"};
  spec.ca_issuer_urls = {"http://ca.example.org/ca.cer"};
  spec.policies = {"1.3.6.1.4.1.99999.1"};
  return pki().leaf(spec);
}

Cert constrained() {
  CertSpec sub = ca_spec("Constrained CA", 7);
  sub.name_constraints = NameConstraints{{"example.org", ".example.net"}, {"mallory@example.org"}};
  sub.path_length = 0;
  const Cert authority = issue(sub, pki().root);
  CertSpec leaf;
  leaf.emails = {std::string(kAlice)};
  Cert cert = issue(leaf, authority);
  return cert;
}

std::string two_signers() {
  CertSpec mallory;
  mallory.common_name = "Mallory";
  mallory.emails = {"mallory@example.org"};
  CmsSpec cms = opaque();
  cms.signers.push_back({.cert = pki().leaf(mallory)});
  return make_cms(cms, text_entity());
}

std::string streamed() {
  CmsSpec cms = opaque();
  cms.ber = true;
  cms.segment = 16;
  return make_cms(cms, text_entity());
}

std::string crowded() {
  CmsSpec cms = opaque(rich_signer());
  cms.certificates.push_back(decorated().der);
  cms.certificates.push_back(der::implicit_tag(1, "other"));
  cms.crls = {make_crl({}, pki().intermediate)};
  return make_cms(cms, text_entity());
}

std::string degenerate() {
  CmsSpec cms;
  cms.certificates = {alice().der};
  return make_cms(cms, "");
}

void write_cms(const fs::path& root) {
  const Corpus out(root, "cms");
  out.add("opaque", make_cms(opaque(), text_entity()));
  out.add("detached", make_cms(signer(), kDetachedContent));
  out.add("detached_rich", make_cms(rich_signer(), kDetachedContent));
  out.add("detached_key_identifier", make_cms(by_key_identifier(), kDetachedContent));
  out.add("opaque_streamed", streamed());
  out.add("opaque_two_signers", two_signers());
  out.add("opaque_crowded", crowded());
  out.add("opaque_decorated", make_cms(opaque({.cert = decorated()}), text_entity()));
  out.add("opaque_constrained", make_cms(opaque({.cert = constrained()}), text_entity()));
  out.add("opaque_ed25519", make_cms(opaque(signer(KeyType::kEd25519)), text_entity()));
  out.add("opaque_pss", make_cms(opaque(pss()), text_entity()));
  out.add("certificates_only", degenerate());
  out.add("enveloped", enveloped_data());
  out.add("compressed", compressed_data(text_entity()));
}

std::string binary(std::string_view cms) {
  return pkcs7_mime(cms, {.encoding = "binary"});
}

std::string protected_header() {
  return "Content-Type: text/plain; hp=\"clear\"\r\nFrom: alice@example.org\r\nSubject: Test\r\n\r\nHello\r\n";
}

std::string forwarded(std::string_view message) {
  return "Content-Type: message/rfc822\r\n\r\n" + std::string(message);
}

std::string in_multipart(std::string_view entity) {
  return "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + std::string(entity) +
         "\r\n--m\r\nContent-Type: text/plain\r\n\r\n-- \r\nfooter\r\n--m--\r\n";
}

void write_verifier(const fs::path& root) {
  const Corpus out(root, "verifier");
  out.add("clear", clear_signed_mail(signer()));
  out.add("clear_lf", crlf_to_lf(clear_signed_mail(signer())));
  out.add("clear_protected", clear_signed_mail(signer(), kAlice, protected_header()));
  out.add("clear_quoted_printable",
          message(multipart_signed(text_entity(), make_cms(signer(), text_entity()),
                                   {.protocol = "application/x-pkcs7-signature",
                                    .signature_type = "application/octet-stream; name=\"smime.p7s\"",
                                    .signature_encoding = "binary"})));
  out.add("opaque", opaque_signed_mail(signer()));
  out.add("opaque_binary", message(binary(make_cms(opaque(), text_entity()))));
  out.add("opaque_streamed", message(binary(streamed())));
  out.add("opaque_two_signers", message(binary(two_signers())));
  const std::string inner = multipart_signed(text_entity(), make_cms(signer(), text_entity()));
  out.add("nested", message(binary(make_cms(opaque(), inner))));
  out.add("compressed_signed",
          message(pkcs7_mime(compressed_data(inner), {.parameters = "; smime-type=compressed-data"})));
  out.add("signed_compressed",
          message(binary(make_cms(
              opaque(), pkcs7_mime(compressed_data(text_entity()), {.parameters = "; smime-type=compressed-data"})))));
  out.add("enveloped", message(pkcs7_mime(enveloped_data(), {.parameters = "; smime-type=enveloped-data"})));
  out.add("certificates_only", message(pkcs7_mime(degenerate(), {.parameters = "; smime-type=certs-only"})));
  out.add("errant", message(in_multipart(inner)));
  out.add("forwarded", message(forwarded(clear_signed_mail(signer()))));
  out.add("unsigned", message(text_entity()));
}

void write_messages(const fs::path& root) {
  const std::string inner = multipart_signed(text_entity(), "not CMS");
  const std::pair<const char*, std::string> messages[] = {
      {"plain", message(text_entity())},
      {"mixed", message(in_multipart(text_entity()))},
      {"nested", message(in_multipart(in_multipart(in_multipart(text_entity()))))},
      {"forwarded", message(forwarded(message(in_multipart(text_entity()))))},
      {"signed", message(inner)},
      {"html", message("Content-Type: text/html; charset=\"iso-8859-1\"\r\nContent-Transfer-Encoding: "
                       "quoted-printable\r\n\r\n<p>Gr=FC=DFe &amp; <b>mehr</b><br>=\r\n<!-- x --><style>p{}</style>")},
      {"attachment",
       message("Content-Type: application/pdf; name*0*=utf-8''a%20; name*1=\"b.pdf\"\r\nContent-Disposition: "
               "attachment; filename==?utf-8?q?a?=\r\nContent-Transfer-Encoding: base64\r\nContent-ID: "
               "<a@b>\r\nContent-Language: de, en\r\n\r\nSGVsbG8=\r\n")},
      {"japanese", message("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$3$s\x1b(B\r\n")},
      {"lf", crlf_to_lf(message(in_multipart(text_entity())))},
  };
  const Corpus mime(root, "mime"), scanner(root, "scanner");
  for (const auto& [name, octets] : messages) {
    mime.add(name, octets);
    scanner.add(name, octets);
  }
  scanner.add("opaque", message(pkcs7_mime(make_cms(opaque(), text_entity()))));
  scanner.add("compressed", message(pkcs7_mime(compressed_data(inner), {.parameters = ""})));
  scanner.add("comments", message("Content-Type: multipart/signed (c); protocol (x)= \"application/pkcs7-signature\"; "
                                  "boundary*0=a; boundary*1=b\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n"));
}

void write_values(const fs::path& root) {
  const Corpus from(root, "from"), header(root, "header"), authres(root, "authres");
  from.add("plain", " alice@example.org");
  from.add("named", " \"Al\\\"ice, A.\" <alice@example.org>, =?utf-8?q?B=C3=B6b?= (c (d)) <bob@example.net>");
  from.add("quoted", " \"vic\\tim x\"@example.org");
  from.add("literal", " a@[IPv6:2001:db8::1]");
  from.add("group", " friends: a@b.example, c@d.example;, e@f.example");
  from.add("route", " <@a.example,@b.example:c@d.example>");
  from.add("utf8",
           " \xC3\xA4@b\xC3\xBC"
           "cher.example\r\n (folded)");
  header.add("words", "utf-8\n =?utf-8?b?w6Q=?=\r\n =?iso-8859-1?Q?=E4_b?= c");
  header.add("type", "x\n text/plain; charset*=us-ascii'en'utf-8; a*0*=''%41; a*1=\"b\" (c)");
  header.add("disposition", "latin1\n attachment; filename=\"a\\\"b.txt\"; size=3");
  header.add("date", "us-ascii\n Wed, 01 Jul 2026 12:00:00 +0200 (CEST)");
  header.add("ids", "utf-7\n <a@b> (c) <\"d\"@[e]>\r\n\t<f@g>");
  header.add("html", "utf-16\n<p>a&eacute;<table><tr><td>b</table><script>c</script>&#x1F600;");
  header.add("section", "koi8-r\nA: b\r\n c\r\nD : e\nF\r\n\r\nbody");
  header.add("japanese", "iso-2022-jp\n=?iso-2022-jp?b?GyRCJDMbKEI=?=");
  authres.add("signed", "\"a b\"@example.org\n" + clear_signed_mail(signer()));
  authres.add("forged",
              "mx\nAuthentication-Results: (c) \"mx.example.net\" 1; smime=pass\r\n reason=\"x\" "
              "body.smime-identifier=a@b\r\nAuthentication-Results: other; none\r\n"
              "Authentication-Results : mx\r\n\r\nbody\r\n");
  authres.add("many",
              "example\nAuthentication-Results: mx.example.net; smime=pass\n\tfolded\nA: b\n"
              "authentication-results: MX.EXAMPLE.NET.; none\n\nx");
}

void write_der(const fs::path& root) {
  const Corpus out(root, "der");
  out.add("certificate", alice().der);
  out.add("cms", make_cms(signer(), kDetachedContent));
  out.add("streamed", streamed());
  out.add("segments", der::segmented_octets(0x24, "0123456789", 3));
  out.add("nested", der::indefinite(0x30, der::indefinite(0x31, der::sequence({der::null(), der::oid("1.2.3")}))));
  out.add("high_tag", der::sequence({std::string("\x7f\x81\x01\x02\x05\x00", 6)}));
}

}  // namespace
}  // namespace waxseal::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: waxseal_make_corpus DIRECTORY\n";
    return 2;
  }
  const std::filesystem::path root(argv[1]);
  waxseal::fuzz::write_cms(root);
  waxseal::fuzz::write_verifier(root);
  waxseal::fuzz::write_messages(root);
  waxseal::fuzz::write_values(root);
  waxseal::fuzz::write_der(root);
  std::ofstream(root / "anchors.pem") << waxseal::test::pki().root.pem();
}
