#include "support/mail.h"

#include <map>
#include <mutex>

#include "base/text.h"

namespace waxseal::test {

namespace {
std::string encode(std::string_view cms, std::string_view encoding) {
  if (encoding == "base64") return base64_lines(cms);
  return std::string(cms) + "\r\n";
}
}  // namespace

std::string fields(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
  return out;
}

Fields default_fields(std::string_view from) {
  return {{"From", std::string(from)},
          {"To", "bob@example.net"},
          {"Subject", "Test"},
          {"Date", "Wed, 01 Jul 2026 12:00:00 +0000"},
          {"Message-ID", "<1@example.org>"},
          {"MIME-Version", "1.0"}};
}

std::string text_entity(std::string_view text) {
  return "Content-Type: text/plain; charset=us-ascii\r\n\r\n" + std::string(text);
}

std::string multipart_signed(std::string_view content, std::string_view cms, const MultipartSigned& shape) {
  std::string out = "Content-Type: multipart/signed";
  if (!shape.protocol.empty()) out += "; protocol=" + shape.protocol;
  if (!shape.micalg.empty()) out += ";\r\n micalg=" + shape.micalg;
  if (!shape.boundary.empty()) out += "; boundary=\"" + shape.boundary + "\"";
  out += shape.extra_parameters + "\r\n\r\n" + shape.preamble;
  const std::string open = "\r\n--" + shape.boundary + "\r\n";
  out += open + std::string(content) + open;
  out += "Content-Type: " + shape.signature_type + "\r\n";
  out += "Content-Transfer-Encoding: " + shape.signature_encoding + "\r\n\r\n";
  std::string signature = encode(cms, shape.signature_encoding);
  if (signature.ends_with("\r\n")) signature.resize(signature.size() - 2);  // that line break belongs to the delimiter
  out += signature;
  for (const auto& part : shape.more_parts) out += open + part;
  if (shape.close) out += "\r\n--" + shape.boundary + "--\r\n" + shape.epilogue;
  return out;
}

std::string pkcs7_mime(std::string_view cms, const Pkcs7Mime& shape) {
  std::string body = shape.encoding == "base64" ? base64_lines(cms) : std::string(cms);
  return "Content-Type: " + shape.type + shape.parameters + "\r\nContent-Transfer-Encoding: " + shape.encoding +
         "\r\n\r\n" + body;
}

std::string message(std::string_view entity, const Fields& header) {
  return fields(header) + std::string(entity);
}

std::string clear_signed_mail(const SignerSpec& signer, std::string_view from, std::string_view content) {
  return message(multipart_signed(content, make_cms(signer, content)), default_fields(from));
}

std::string opaque_signed_mail(const SignerSpec& signer, std::string_view from, std::string_view content) {
  const CmsSpec spec{.signers = {signer}, .detached = false, .certificates = {pki().intermediate.der}};
  return message(pkcs7_mime(make_cms(spec, content)), default_fields(from));
}

const Cert& alice(KeyType type) {
  static std::mutex mutex;
  static std::map<KeyType, Cert> made;
  const std::lock_guard lock(mutex);
  auto found = made.find(type);
  if (found == made.end()) {
    CertSpec spec;
    spec.emails = {std::string(kAlice)};
    spec.key = type;
    found = made.emplace(type, pki().leaf(spec)).first;
  }
  return found->second;
}

std::string base64_lines(std::string_view octets) {
  const std::string text = base64(octets);
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 64) out += text.substr(i, 64) + "\r\n";
  return out;
}

std::string crlf_to_lf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') out += text[i];
  return out;
}

}  // namespace waxseal::test
