// What people and scripts read: columns, JSON lines, text that cannot harm a terminal.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace waxseal::cli {

using Json = nlohmann::ordered_json;

// UTF-8 without control characters: what came from outside must not move the cursor or rename the window.
std::string printable(std::string_view text);
// The same, with line ends kept.
std::string printable_text(std::string_view text);

// A database URL as people may see it: without the password.
std::string without_password(std::string url);

// Left-aligned columns under a heading; nothing but the heading if there are no rows.
void print_columns(std::ostream& out, const std::vector<std::string>& heading,
                   const std::vector<std::vector<std::string>>& rows);

// One object per line.  Ill-formed UTF-8 becomes U+FFFD.
void print_json(std::ostream& out, const Json& value);

enum class Colour { kGood, kBad, kDim, kBold };
std::string coloured(bool enabled, Colour colour, std::string_view text);

}  // namespace waxseal::cli
