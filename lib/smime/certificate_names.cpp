// Addresses of a certificate (IDN-10..13).  What is in doubt is dropped and never matches.
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/text.h"
#include "mime/address.h"
#include "smime/certificate.h"
#include "smime/domain.h"

namespace waxseal::smime {

namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

using GeneralNames = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

Octets octets_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// ASCII white space and controls, and outside ASCII the C1 controls and every white space of Unicode.
bool has_space_or_control(std::string_view text) {
  static constexpr std::string_view kWide[] = {
      "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84",
      "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\x8B",
      "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return std::any_of(std::begin(kWide), std::end(kWide),
                     [&](std::string_view wide) { return text.find(wide) != text.npos; });
}

bool is_atom_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u != 0x7F && std::string_view("()<>[]:;@\\,\"").find(c) == std::string_view::npos;
}

// Offset of the only unquoted "@"; npos if there is none or more than one, or a quote is out of place.
std::size_t only_at_sign(std::string_view name) {
  if (!name.starts_with('"')) {
    const std::size_t at = name.find('@');
    return at != name.npos && name.find('@', at + 1) == name.npos ? at : name.npos;
  }
  std::size_t i = 1;
  while (i < name.size() && name[i] != '"') i += name[i] == '\\' ? 2U : 1U;
  if (i + 1 >= name.size() || name[i + 1] != '@' || name.find('@', i + 2) != name.npos) return name.npos;
  return i + 1;
}

// IDN-24: content of a quoted-string, or a dot-string as it is; nullopt for neither.
std::optional<std::string> plain_local(std::string_view local) {
  if (!local.starts_with('"')) {
    if (local.empty() || !std::all_of(local.begin(), local.end(), is_atom_char)) return std::nullopt;
    return std::string(local);
  }
  std::string out;
  for (std::size_t i = 1; i + 1 < local.size(); ++i) {
    if (local[i] == '\\') ++i;
    out += local[i];
  }
  if (out.empty()) return std::nullopt;
  return out;
}

// IDN-11, for every source.
std::optional<CertAddress> sane_address(Octets name) {
  if (name.empty() || name.size() > kMaxAddressOctets || !valid_utf8(name)) return std::nullopt;
  if (has_space_or_control(name) || name.find(kBom) != name.npos) return std::nullopt;
  if (name.find_first_of("<>,") != name.npos) return std::nullopt;
  const std::size_t at = only_at_sign(name);
  if (at == name.npos) return std::nullopt;
  const auto local = plain_local(name.substr(0, at));
  const auto domain = comparable_domain(name.substr(at + 1));
  if (!local || !domain) return std::nullopt;
  return CertAddress{*local, *domain, !is_ascii(*local)};
}

// rfc822Name and emailAddress are ASCII (IA5String, 7.5 of 5280); anything else is not what its type says.
std::optional<CertAddress> ascii_address(Octets name) {
  if (!is_ascii(name)) return std::nullopt;
  return sane_address(name);
}

// 9598 section 3: only for local parts that need it, so an ASCII one is non-conformant (IDN-12).
std::optional<CertAddress> smtp_utf8_mailbox(const OTHERNAME& name) {
  if (name.value == nullptr || name.value->type != V_ASN1_UTF8STRING) return std::nullopt;
  auto address = sane_address(octets_of(name.value->value.utf8string));
  if (!address || !address->utf8_local) return std::nullopt;
  return address;
}

std::optional<CertAddress> subject_address(const ASN1_STRING* value) {
  const int type = ASN1_STRING_type(value);
  if (type != V_ASN1_IA5STRING && type != V_ASN1_UTF8STRING) return std::nullopt;
  return ascii_address(octets_of(value));
}

class Reader {
 public:
  CertNames names;

  void take(std::vector<CertAddress>& into, std::optional<CertAddress> address) {
    if (!address) {
      names.refused_some = true;
    } else if (std::find(into.begin(), into.end(), *address) == into.end()) {
      into.push_back(std::move(*address));
    }
  }

  bool full() {
    if (examined_++ < kMaxCertificateNames) return false;
    names.too_many = true;
    return true;
  }

 private:
  std::size_t examined_ = 0;
};

void read_san(Reader& reader, const GENERAL_NAMES* san) {
  for (int i = 0; i < sk_GENERAL_NAME_num(san); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(san, i);
    const bool rfc822 = name->type == GEN_EMAIL;
    const bool utf8 =
        name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_id_on_SmtpUTF8Mailbox;
    if (!rfc822 && !utf8) continue;  // never UPN, directoryName, URI (IDN-10)
    reader.names.san_has_mailbox_names = true;
    if (reader.full()) return;
    reader.take(reader.names.san,
                rfc822 ? ascii_address(octets_of(name->d.rfc822Name)) : smtp_utf8_mailbox(*name->d.otherName));
  }
}

void read_subject(Reader& reader, const X509_NAME* subject) {
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, i)) >= 0;) {
    if (reader.full()) return;
    reader.take(reader.names.subject, subject_address(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i))));
  }
}

}  // namespace

std::string CertAddress::address() const {
  return mime::Mailbox{local, domain, {}}.address();
}

CertNames read_certificate_names(const X509* certificate) {
  Reader reader;
  int critical = 0;
  GeneralNames san(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)),
                   GENERAL_NAMES_free);
  if (san) {
    read_san(reader, san.get());
  } else if (critical != -1) {  // present, but malformed or twice: no fallback to the subject
    reader.names.san_has_mailbox_names = true;
    reader.names.refused_some = true;
  }
  // emailAddress beside a SAN with mailboxes is never used (ATK-71), so it is not examined either.
  if (!reader.names.san_has_mailbox_names) read_subject(reader, X509_get_subject_name(certificate));
  ERR_clear_error();
  return reader.names;
}

}  // namespace waxseal::smime
