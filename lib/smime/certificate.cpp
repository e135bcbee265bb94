#include "smime/certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/text.h"
#include "smime/names.h"

namespace waxseal::smime {

namespace {

constexpr int kMaxDepth = 30;  // Limits::tlv_depth

const unsigned char* bytes(Octets octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

// Every constructed element has a definite length (verification.md 1.6: no indefinite length inside certificates).
// d2i_X509 alone takes BER.
bool definite_lengths(const unsigned char* at, const unsigned char* end, int depth = 0) {
  while (at < end) {
    long length = 0;
    int tag = 0, tag_class = 0;
    const int flags = ASN1_get_object(&at, &length, &tag, &tag_class, end - at);
    if ((flags & 0x80) != 0 || (flags & 0x01) != 0) return false;  // error; indefinite
    if ((flags & V_ASN1_CONSTRUCTED) != 0 && (depth == kMaxDepth || !definite_lengths(at, at + length, depth + 1)))
      return false;
    at += length;
  }
  return at == end;
}

// i2d into a string; empty on failure.
template <class Encode>
std::string encoded(Encode encode) {
  unsigned char* out = nullptr;
  const int length = encode(&out);
  if (length <= 0) return {};
  std::string text(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length));
  OPENSSL_free(out);
  return text;
}

std::string name_der(const X509_NAME* name) {
  return encoded([&](unsigned char** out) { return i2d_X509_NAME(name, out); });
}

// Content octets of the INTEGER: sign and leading zeros as encoded (REV-08).
std::string serial_octets(const X509* x509) {
  std::string der = encoded([&](unsigned char** out) { return i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), out); });
  const unsigned char* at = bytes(der);
  long length = 0;
  int tag = 0, tag_class = 0;
  ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(der.size()));
  return der.substr(der.size() - static_cast<std::size_t>(length));
}

// A stranger's name may be long, and its text longer.
constexpr std::size_t kRememberedText = 1024;

std::optional<Time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return from_epoch(timegm(&parts));
}

}  // namespace

void Certificate::Free::operator()(X509* x509) const {
  X509_free(x509);
}

Certificate::~Certificate() = default;

CertificatePtr Certificate::parse(Octets der, std::size_t limit) {
  if (der.empty() || der.size() > limit) return nullptr;
  if (!definite_lengths(bytes(der), bytes(der) + der.size())) return nullptr;
  std::shared_ptr<Certificate> certificate(new Certificate);
  const bool read = certificate->read(der);
  ERR_clear_error();
  return read ? certificate : nullptr;
}

bool Certificate::read(Octets der) {
  const unsigned char* at = bytes(der);
  x509_.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!x509_ || at != bytes(der) + der.size()) return false;
  const auto not_before = time_of(X509_get0_notBefore(x509()));
  const auto not_after = time_of(X509_get0_notAfter(x509()));
  if (!not_before || !not_after) return false;

  der_ = der;
  id_ = sha256(der);
  not_before_ = *not_before;
  not_after_ = *not_after;
  X509_check_purpose(x509(), -1, 0);  // fills OpenSSL's extension cache now: the object is shared between threads
  key_ = X509_get0_pubkey(x509());
  key_facts_ = read_key(key_);
  spki_ = sha256(encoded([&](unsigned char** out) { return i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509()), out); }));
  issuer_ = name_der(X509_get_issuer_name(x509()));
  subject_ = name_der(X509_get_subject_name(x509()));
  issuer_hash_ = X509_issuer_name_hash(x509());
  subject_hash_ = X509_subject_name_hash(x509());
  serial_ = serial_octets(x509());
  if (const ASN1_OCTET_STRING* ski = X509_get0_subject_key_id(x509()))
    ski_.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(ski)),
                 static_cast<std::size_t>(ASN1_STRING_length(ski)));
  names_ = read_certificate_names(x509());
  return true;
}

std::string Certificate::subject_text() const {
  return name_text(subject_);
}

std::string Certificate::issuer_text() const {
  std::call_once(issuer_text_once_, [this] {
    std::string text = name_text(issuer_);
    if (text.size() <= kRememberedText) issuer_text_ = std::move(text);
  });
  return issuer_text_ ? *issuer_text_ : name_text(issuer_);
}

bool Certificate::is_named_issuer_of(const Certificate& child) const {
  return subject_hash_ == child.issuer_hash_ &&
         X509_NAME_cmp(X509_get_subject_name(x509()), X509_get_issuer_name(child.x509())) == 0;
}

}  // namespace waxseal::smime
