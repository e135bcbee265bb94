// Mail-parameters and Rcpt-parameters (RFC 5321 section 4.1.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace waxseal::lmtp {

struct Parameter {
  std::string keyword;               // upper case
  std::optional<std::string> value;  // of KEYWORD=value
};

// `text` is what follows the path: empty, or a space and parameters.  Error: not the grammar, or a keyword twice.
Result<std::vector<Parameter>> parse_parameters(std::string_view text);

}  // namespace waxseal::lmtp
