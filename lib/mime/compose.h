// Writing a message (RFC 5322, RFC 2045 to 2047, RFC 2231): what is written here reads back as the same.
//
// Values are what stands behind the colon of a field, folded, without the final line break.  They are given valid UTF-8
// without control characters; whoever calls checks that, and field_fits() what came of it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/address.h"
#include "mime/content_type.h"

namespace waxseal::mime {

struct NewField {
  std::string name;
  std::string value;
};

// Unstructured text: as it is where that is ASCII, otherwise encoded-words.
std::string write_text(std::string_view utf8, std::string_view field_name);
// Names as atoms, quoted-string or encoded-words; addresses as they are.
std::string write_addresses(const std::vector<AddressGroup>& groups, std::string_view field_name);
std::string write_message_ids(const std::vector<std::string>& ids, std::string_view field_name);
std::string write_urls(const std::vector<std::string>& urls, std::string_view field_name);
// RFC 5322 section 3.3, with the sender's zone.
std::string write_date(Time utc, std::chrono::minutes zone);
// "text/plain; charset=utf-8": parameters that are no token are quoted, or written as RFC 2231 says.
std::string write_parameters(std::string_view head, const std::vector<Parameter>& parameters,
                             std::string_view field_name);

// The field keeps to itself: printable name, no NUL, line breaks only as folds, no folded line of white space alone, no
// line of more than 998 octets, valid UTF-8.
bool field_fits(const NewField& field);

struct NewPart {
  std::string type;                   // "text/plain", lower case
  std::vector<Parameter> parameters;  // of Content-Type, without boundary
  std::vector<NewField> fields;       // others, without Content-Transfer-Encoding
  std::string content;                // of a leaf, decoded
  std::vector<NewPart> parts;         // of multipart/*
};

// The whole message.  `token` is a random text of token characters, from which boundaries are made: nobody can have put
// one into a part.  Transfer encodings are chosen so that contents come back octet by octet: 7bit, quoted-printable or
// base64; message/* is never encoded (RFC 2046 section 5.2.1).
std::string compose_message(const std::vector<NewField>& header, const NewPart& body, std::string_view token);

}  // namespace waxseal::mime
