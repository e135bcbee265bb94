// Header section of an entity: fields as byte ranges, nothing decoded, nothing guessed (PAR-1).
#pragma once

#include <string>
#include <vector>

#include "base/octets.h"

namespace waxseal::mime {

struct HeaderLimits {
  std::size_t section_octets = 512 * 1024;  // verification.md 1.6
  std::size_t field_octets = 64 * 1024;
  std::size_t fields = 2000;
};

struct Field {
  Octets name;   // as written, without the colon
  Octets value;  // raw: everything after the colon, folds included, without the final line break
  Range whole;   // in the entity: first octet of the name to after the final line break
};

enum class HeaderFault {
  kNone,
  kUnterminated,  // no empty line before the end of the entity (and the entity has no body)
  kNul,           // NUL octet in the header section
  kBareCr,        // CR not followed by LF
  kBadField,  // a line that is neither field, continuation nor the empty line; a name with white space or 8-bit octets
  kTooLarge,  // section or one field over its limit
  kTooManyFields,
};

struct Header {
  std::vector<Field> fields;
  Range octets;          // the header section without the empty line
  std::size_t body = 0;  // offset of the first octet after the empty line
  // The first that was met.  What can be read behind it is present too, for showing the message; nothing is to be
  // trusted.
  HeaderFault fault = HeaderFault::kNone;

  std::vector<const Field*> all(std::string_view name) const;  // ASCII case-insensitive
  const Field* first(std::string_view name) const;             // nullptr: none
  const Field* last(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

// Line ends are CRLF or LF.  An entity that begins with an empty line has no fields and no fault.
// A header section that runs to the end of the entity without an empty line is kUnterminated, with body at the end.
// After a fault: a line without a colon begins the body (the empty line is missing), an mbox "From " line at the start
// and lines with unusable names are passed over, fields beyond a limit are left out.
Header read_header(Octets entity, const HeaderLimits& limits = {});

// RFC 5322 section 2.2.3: removes the line breaks of folds, keeps the white space.
std::string unfold(Octets raw);

}  // namespace waxseal::mime
