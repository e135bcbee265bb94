// We reject, or we agree: where our walk accepts octets, OpenSSL finds the same elements at the same places.
#include "smime/der.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "fuzz/target.h"
#include "smime/prescan.h"

namespace waxseal::fuzz {

namespace {

using smime::der::Head;

struct OpenSslHead {
  bool readable = false, constructed = false, indefinite = false;
  std::size_t size = 0;
  long content = 0;
};

OpenSslHead openssl_head(Octets octets) {
  const auto* at = reinterpret_cast<const unsigned char*>(octets.data());
  const unsigned char* const begin = at;
  long length = 0;
  int tag = 0, tag_class = 0;
  const int flags = ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(octets.size()));
  ERR_clear_error();
  return {(flags & 0x80) == 0, (flags & V_ASN1_CONSTRUCTED) != 0, (flags & 1) != 0,
          static_cast<std::size_t>(at - begin), length};
}

// Every head of an accepted element, in order; going into a constructed element is going on behind its head.
void check_heads(Octets element) {
  // OpenSSL wants one more octet behind a length in the long form, even if that length is zero.
  const std::string padded = std::string(element) + '\0';
  for (std::size_t at = 0; at < element.size();) {
    const auto head = smime::der::read_head(element.substr(at));
    require(head.has_value(), "what the walk accepted can be read");
    const OpenSslHead other = openssl_head(Octets(padded).substr(at));
    require(other.readable, "OpenSSL reads every head that we read");
    require(
        other.size == head->size && other.indefinite == head->indefinite && other.constructed == head->constructed(),
        "OpenSSL reads the same head");
    require(head->indefinite || static_cast<std::size_t>(other.content) == head->content,
            "OpenSSL reads the same length");
    at += head->size + (head->constructed() ? 0 : head->content);
  }
}

// OpenSSL's own search for the end of an element (asn1_find_end for indefinite ones).
void check_end(Octets element) {
  const auto* at = reinterpret_cast<const unsigned char*>(element.data());
  const unsigned char* const begin = at;
  ASN1_TYPE* type = d2i_ASN1_TYPE(nullptr, &at, static_cast<long>(element.size()));
  ERR_clear_error();
  if (type == nullptr) return;  // it looks at the content of universal types too
  ASN1_TYPE_free(type);
  require(static_cast<std::size_t>(at - begin) == element.size(), "OpenSSL finds the same end");
}

}  // namespace

void der(Octets input) {
  static const smime::Limits kLimits;
  smime::peek_content_type(input);
  smime::der::has_der_lengths(input);
  smime::der::oid_text(input.substr(0, kLimits.oid_octets));
  const smime::Scan scan = smime::prescan(input, kLimits);
  require(scan.size <= input.size(), "an element lies within the octets");
  if (scan.fault != smime::ScanFault::kNone) return;
  const Octets element = input.substr(0, scan.size);
  require(smime::der::element_size(input) == scan.size, "both of our walks find the same end");
  require(smime::der::whole_element(element).has_value(), "what the walk accepted is one element");
  check_heads(element);
  check_end(element);
}

}  // namespace waxseal::fuzz
