// Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183, RFC 2231), read strictly: comments are skipped,
// quoted strings respected, and whatever two parsers could read differently is reported as ambiguous (C50-C53).
#pragma once

#include <string>
#include <vector>

#include "mime/header.h"

namespace waxseal::mime {

enum class Syntax {
  kAbsent,
  kValid,
  kInvalid,    // not the grammar
  kAmbiguous,  // duplicate parameter, or both plain and RFC 2231 form of one
};

struct Parameter {
  std::string name;   // lower case, without RFC 2231 suffixes
  std::string value;  // unquoted; RFC 2231 pieces joined and decoded to UTF-8
};

struct ContentType {
  Syntax syntax = Syntax::kAbsent;
  std::string type;                   // lower case
  std::string subtype;                // lower case
  std::vector<Parameter> parameters;  // in order; duplicates kept

  const Parameter* parameter(std::string_view name) const;  // first of that name, or nullptr
  bool is(std::string_view full) const;                     // "multipart/signed"
};

struct Disposition {
  Syntax syntax = Syntax::kAbsent;
  std::string type;  // lower case: "attachment", "inline", ...
  std::vector<Parameter> parameters;
  const Parameter* parameter(std::string_view name) const;
};

ContentType parse_content_type(Octets raw_value);
Disposition parse_disposition(Octets raw_value);

// Value of Content-Transfer-Encoding in lower case; "7bit" if absent; empty if invalid or given more than once (C55).
std::string transfer_encoding(const Header& header);

}  // namespace waxseal::mime
