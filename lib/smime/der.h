// BER and DER by ranges: an element is a view into the buffer that holds it, nothing is copied, nothing recurses.
// Definite and indefinite lengths (streaming signers write the latter; 5652 section 5.2); lengths below 2^31.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/octets.h"

namespace waxseal::smime::der {

// Identifier octets of the types that CMS uses.  High tag numbers never occur in it and are not read here.
enum Tag : unsigned char {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0a,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kOctetStringSegments = 0x24,  // constructed OCTET STRING: BER only
  kSequence = 0x30,
  kSet = 0x31,
  kContext0 = 0x80,
  kContext1 = 0x81,
  kContext2 = 0x82,
  kContext3 = 0x83,
  kContext4 = 0x84,
  kContext5 = 0x85,
  kContext6 = 0x86,
  kContext0Constructed = 0xa0,
  kContext1Constructed = 0xa1,
  kContext2Constructed = 0xa2,
  kContext3Constructed = 0xa3,
  kContext4Constructed = 0xa4,
};

struct Element {
  unsigned char tag = 0;
  bool indefinite = false;
  Octets whole;    // identifier, length, content, end-of-contents
  Octets content;  // without end-of-contents
};

// Identifier and length octets alone.
struct Head {
  unsigned char tag = 0;    // first identifier octet
  std::size_t size = 0;     // of identifier and length octets
  std::size_t content = 0;  // content octets; 0 if indefinite
  bool indefinite = false;

  bool constructed() const { return (tag & 0x20) != 0; }
  bool end_of_contents() const { return tag == 0; }
};
// nullopt: cut off, length of 2^31 or more, indefinite and primitive, or longer than `octets`.
std::optional<Head> read_head(Octets octets);

// Size of the first element of `octets`, indefinite ones walked to their end-of-contents; nullopt: malformed.
std::optional<std::size_t> element_size(Octets octets);

// Elements one after another.  After a failure it stays at the place of the failure.
class Reader {
 public:
  explicit Reader(Octets octets) : rest_(octets) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(unsigned char tag) const { return !rest_.empty() && static_cast<unsigned char>(rest_[0]) == tag; }
  Octets rest() const { return rest_; }

  std::optional<Element> next();                   // nullopt: malformed or at the end
  std::optional<Element> next(unsigned char tag);  // nullopt also if the tag is another one
  // The content of an element with that tag; nullopt as above.
  std::optional<Octets> content(unsigned char tag);

 private:
  Octets rest_;
};

// The one element that `octets` consist of.
std::optional<Element> whole_element(Octets octets);

// Every length in `octets` (a run of elements) is definite and as short as it can be (X.690 section 10.1).
bool has_der_lengths(Octets octets);

// Tag and DER length before the content.
std::string header(unsigned char tag, std::size_t content_size);

// "1.2.840..." of OBJECT IDENTIFIER content octets; "?" if they are none.  Linear; the caller bounds the size.
std::string oid_text(Octets content);

// Non-negative INTEGER content octets below 2^31; nullopt otherwise.
std::optional<unsigned> small_integer(Octets content);

}  // namespace waxseal::smime::der
