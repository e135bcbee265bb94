// Messages for tests: MIME around CMS, CRLF line ends, every header field as the test wants it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/cms.h"

namespace waxseal::test {

inline constexpr std::string_view kAlice = "alice@example.org";
inline constexpr std::string_view kBoundary = "----=_waxseal_test";

using Fields = std::vector<std::pair<std::string, std::string>>;

// "Name: value CRLF" each, in order.
std::string fields(const Fields& fields);
// From, To, Subject, Date, Message-ID, MIME-Version.  From is written as given.
Fields default_fields(std::string_view from = kAlice);

// text/plain entity with CRLF line ends.
std::string text_entity(std::string_view text = "Hello Bob,\r\n\r\nthis is signed.\r\n");

struct MultipartSigned {
  std::string protocol = "\"application/pkcs7-signature\"";  // as written; empty: parameter absent
  std::string micalg = "sha-256";
  std::string boundary{kBoundary};
  std::string extra_parameters;  // "; x=y"
  std::string signature_type = "application/pkcs7-signature; name=smime.p7s";
  std::string signature_encoding = "base64";  // header value; the body is base64 or, if "binary", raw
  std::string preamble = "This is an S/MIME signed message\r\n";
  std::string epilogue;
  std::vector<std::string> more_parts;  // entities after the signature
  bool close = true;                    // write the close-delimiter
};
// Entity: Content-Type field, empty line, body.
std::string multipart_signed(std::string_view content, std::string_view cms, const MultipartSigned& shape = {});

struct Pkcs7Mime {
  std::string type = "application/pkcs7-mime";
  std::string parameters = "; smime-type=signed-data; name=smime.p7m";
  std::string encoding = "base64";
};
std::string pkcs7_mime(std::string_view cms, const Pkcs7Mime& shape = {});

// Header fields before an entity's own: the whole message.
std::string message(std::string_view entity, const Fields& header = default_fields());

// The ordinary cases in one call: Alice's text_entity() under `signer`, with the default PKI's intermediate.
std::string clear_signed_mail(const SignerSpec& signer, std::string_view from = kAlice,
                              std::string_view content = text_entity());
std::string opaque_signed_mail(const SignerSpec& signer, std::string_view from = kAlice,
                               std::string_view content = text_entity());
// Alice's certificate under the default PKI with one key type; made once per process and type.
const Cert& alice(KeyType type = KeyType::kP256);

std::string base64_lines(std::string_view octets);  // 64 columns, CRLF
std::string crlf_to_lf(std::string_view text);

}  // namespace waxseal::test
