#include "smime/names.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <memory>

#include "base/text.h"

namespace waxseal::smime {

namespace {

struct Free {
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};

std::unique_ptr<X509_NAME, Free> parse(Octets der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<X509_NAME, Free> name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  const bool all = at == reinterpret_cast<const unsigned char*>(der.data()) + der.size();
  return all ? std::move(name) : nullptr;
}

bool is_text(int type) {
  switch (type) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_T61STRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_UNIVERSALSTRING:
    case V_ASN1_BMPSTRING:
      return true;
    default:
      return false;
  }
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string folded(Octets text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    if (is_space(c)) {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += ascii_lower(c);
  }
  return out;
}

std::string canonical_value(const ASN1_STRING* value) {
  unsigned char* utf8 = nullptr;
  const int size = is_text(ASN1_STRING_type(value)) ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
  if (size >= 0) {
    std::string out = "s" + folded({reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)});
    OPENSSL_free(utf8);
    return out;
  }
  return "o" + std::to_string(ASN1_STRING_type(value)) + ":" +
         std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
}

void add_counted(std::string& out, Octets octets) {
  out += std::to_string(octets.size()) + ":";
  out += octets;
}

// Code points that change how the text around them is shown: C1 controls, line separators, bidirectional controls.
bool shows_badly(Octets utf8, std::size_t at) {
  const auto octet = [&](std::size_t i) { return i < utf8.size() ? static_cast<unsigned char>(utf8[i]) : 0u; };
  if (octet(at) == 0xC2) return octet(at + 1) < 0xA0;
  if (octet(at) != 0xE2) return false;
  const unsigned middle = octet(at + 1), last = octet(at + 2);
  return (middle == 0x80 && last >= 0xA8 && last <= 0xAE) || (middle == 0x81 && last >= 0xA6 && last <= 0xA9);
}

std::string escape_for_people(const std::string& text) {
  const std::string utf8 = to_valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (!shows_badly(utf8, i)) {
      out += utf8[i];
      continue;
    }
    const std::size_t length = utf8[i] == '\xC2' ? 2 : 3;
    for (std::size_t k = 0; k < length; ++k) out += '\\' + hex(utf8.substr(i + k, 1));
    i += length - 1;
  }
  return out;
}

}  // namespace

std::string canonical_name(Octets name) {
  const auto parsed = parse(name);
  if (!parsed) return "raw:" + std::string(name);
  std::string out = "name:";
  for (int i = 0; i < X509_NAME_entry_count(parsed.get()); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(parsed.get(), i);
    const ASN1_OBJECT* type = X509_NAME_ENTRY_get_object(entry);
    out += std::to_string(X509_NAME_ENTRY_set(entry)) + ";";
    add_counted(out, {reinterpret_cast<const char*>(OBJ_get0_data(type)), OBJ_length(type)});
    add_counted(out, canonical_value(X509_NAME_ENTRY_get_data(entry)));
  }
  ERR_clear_error();
  return out;
}

std::string name_text(Octets name) {
  const auto parsed = parse(name);
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  const unsigned long as_utf8 = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (!parsed || !bio || X509_NAME_print_ex(bio.get(), parsed.get(), 0, as_utf8) < 0) return {};
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  if (length <= 0) return {};
  return escape_for_people(std::string(data, static_cast<std::size_t>(length)));
}

bool same_name(Octets a, Octets b) {
  if (a == b) return true;
  const auto left = parse(a);
  const auto right = parse(b);
  return left && right && X509_NAME_cmp(left.get(), right.get()) == 0;
}

}  // namespace waxseal::smime
