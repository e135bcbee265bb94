#include "fuzz/trusted_verifier.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/text.h"
#include "fuzz/target.h"
#include "smime/envelope.h"
#include "support/source/source_directory.h"

namespace waxseal::fuzz {

namespace fs = std::filesystem;

namespace {

fs::path corpus() {
  return fs::path(test::source_directory()) / "tests/fuzz/corpus";
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  require(in.is_open(), "the corpus is beside the sources");
  return {std::istreambuf_iterator<char>(in), {}};
}

smime::TrustStore anchors() {
  auto certificates = smime::TrustStore::read_certificates(corpus_file("anchors.pem"));
  require(certificates.has_value(), "the anchors can be read");
  smime::TrustStore trust;
  for (smime::CertificatePtr& certificate : *certificates)
    trust.anchors.push_back({std::move(certificate), std::nullopt});
  return trust;
}

// BYT-6: signatures may cover the content with its bare LF as CRLF.
std::string with_crlf(Octets text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

std::set<std::string> senders_of(const smime::Verification& verification) {
  std::set<std::string> senders;
  for (const mime::Mailbox& mailbox : verification.extracted.facts.identity.from)
    senders.insert(ascii_lower(mailbox.address()));
  return senders;
}

std::string deciding_content(Octets message, const smime::Verification& verification) {
  const smime::Envelope envelope = smime::scan_envelope(message, {});
  require(verification.verdict.layer && *verification.verdict.layer < envelope.layers.size(), "a layer decides");
  return with_crlf(envelope.layers[*verification.verdict.layer].content);
}

// What was truly signed, and by whom: read off the seeds, before anything is mutated.
struct Signed {
  std::set<std::string> contents;
  std::set<std::string> senders;

  void add(Octets message) {
    const smime::Verification verification = verify(message);
    if (verification.verdict.status != smime::Status::kVerified) return;
    contents.insert(deciding_content(message, verification));
    senders.merge(senders_of(verification));
  }
};

Signed read_seeds() {
  Signed out;
  for (const auto& entry : fs::directory_iterator(corpus() / "verifier")) out.add(read(entry.path()));
  for (const auto& entry : fs::directory_iterator(corpus() / "cms")) {
    const std::string cms = read(entry.path());
    out.add(as_opaque_message(cms));
    out.add(as_detached_message(cms));
  }
  require(!out.contents.empty(), "some seed is signed/verified");
  return out;
}

constexpr std::string_view kHeader =
    "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Test\r\n"
    "Date: Wed, 01 Jul 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n";

}  // namespace

std::string corpus_file(const std::string& name) {
  return read(corpus() / name);
}

Time verification_time() {
  static const Time time = *parse_date_time("2026-07-01T12:00:00Z");
  return time;
}

smime::Verification verify(Octets message) {
  static const smime::TrustStore trust = anchors();
  static smime::Verifier verifier{smime::Policy{}, 64};
  return verifier.verify(message, trust, verification_time());
}

std::string as_opaque_message(Octets cms) {
  std::string message(kHeader);
  message +=
      "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: binary\r\n\r\n";
  return message.append(cms);
}

std::string as_detached_message(Octets cms) {
  std::string message(kHeader);
  message +=
      "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; "
      "boundary=\"=_fuzz\"\r\n\r\n--=_fuzz\r\n";
  message.append(kDetachedContent);
  message += "\r\n--=_fuzz\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: binary\r\n\r\n";
  return message.append(cms).append("\r\n--=_fuzz--\r\n");
}

void require_no_forgery(Octets message, const smime::Verification& verification) {
  static const Signed truly = read_seeds();
  if (verification.verdict.status != smime::Status::kVerified) return;
  require(truly.contents.contains(deciding_content(message, verification)), "nobody signed what is verified");
  const std::set<std::string> senders = senders_of(verification);
  require(!senders.empty() && std::includes(truly.senders.begin(), truly.senders.end(), senders.begin(), senders.end()),
          "who signed is not who it is from");
}

}  // namespace waxseal::fuzz
