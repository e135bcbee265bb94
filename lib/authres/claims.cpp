// Which Authentication-Results fields claim to be ours (verification.md 9.4).  A field that is wrongly kept lets a
// stranger speak in our name; one that is wrongly removed costs a trace: so every doubt removes.
#include <algorithm>

#include "authres/authres.h"
#include "authres/lexer.h"
#include "base/text.h"

namespace waxseal::authres {

namespace {

std::string_view without_root_dot(std::string_view id) {
  return id.ends_with('.') ? id.substr(0, id.size() - 1) : id;
}

template <class Predicate>
bool any_own_id(const Options& options, Predicate matches) {
  if (!options.authserv_id.empty() && matches(options.authserv_id)) return true;
  return std::any_of(options.own_ids.begin(), options.own_ids.end(),
                     [&](const std::string& id) { return !id.empty() && matches(id); });
}

// What is left when everything is dropped that some reader might drop: white space, folds, quotes, escapes, control
// octets.
std::string squeezed(Octets raw) {
  std::string out;
  for (char c : raw) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '"' && c != '\\') out += c;
  }
  return out;
}

std::string without_comments(Octets raw) {
  std::string out;
  int depth = 0;
  for (char c : raw) {
    if (c == '(') ++depth;
    if (depth == 0) out += c;
    if (c == ')' && depth > 0) --depth;
  }
  return out;
}

bool names_us_anywhere(Octets raw, const Options& options) {
  const std::string texts[] = {std::string(raw), squeezed(raw), squeezed(without_comments(raw))};
  return any_own_id(options, [&](const std::string& own) {
    return std::any_of(std::begin(texts), std::end(texts),
                       [&](const std::string& text) { return ascii_icontains(text, own); });
  });
}

// [CFWS] authserv-id [CFWS version] [CFWS] (";" / end), RFC 8601 section 2.2.
std::optional<std::string> take_authserv_id(Lexer& lexer) {
  if (!lexer.skip_cfws()) return std::nullopt;
  auto id = lexer.value();
  if (!id || !lexer.skip_cfws()) return std::nullopt;
  if (const auto version = lexer.value()) {
    if (!std::all_of(version->begin(), version->end(), ascii_digit)) return std::nullopt;
    if (!lexer.skip_cfws()) return std::nullopt;
  }
  if (!lexer.at_end() && !lexer.take(';')) return std::nullopt;
  return id;
}

// Skips the rest of one resinfo, up to after its ";".  False if it does not scan.
bool skip_resinfo(Lexer& lexer) {
  while (lexer.skip_cfws()) {
    if (lexer.at_end() || lexer.take(';')) return true;
    constexpr std::string_view kPunctuation = "=./@:,<>[]?";
    const bool took = lexer.value().has_value() ||
                      std::any_of(kPunctuation.begin(), kPunctuation.end(), [&](char c) { return lexer.take(c); });
    if (!took) return false;
  }
  return false;
}

// Does a resinfo after the authserv-id name method "smime"?  nullopt: it does not scan.
std::optional<bool> reports_smime(Lexer lexer) {
  while (lexer.skip_cfws()) {
    if (lexer.at_end()) return false;
    const auto method = lexer.value();
    if (method && ascii_iequals(*method, "smime")) return true;
    if (!skip_resinfo(lexer)) return std::nullopt;
  }
  return std::nullopt;
}

// From `at` to after the line break of its last continuation line.  Not mime::read_header: that one stops at the first
// line that is no field, while a reader that goes on would still show the forged field behind it.
Range next_field(Octets message, std::size_t at) {
  Range field{at, at};
  do {
    const auto line_feed = message.find('\n', field.end);
    field.end = line_feed == Octets::npos ? message.size() : line_feed + 1;
  } while (field.end < message.size() && (message[field.end] == ' ' || message[field.end] == '\t'));
  return field;
}

}  // namespace

bool claims_to_be_ours(Octets raw_value, const Options& options) {
  Lexer lexer(raw_value);
  const auto id = take_authserv_id(lexer);
  if (!id) {
    return names_us_anywhere(raw_value, options) &&
           (!options.remove_smime_only || ascii_icontains(squeezed(raw_value), "smime"));
  }
  const auto same = [&](const std::string& own) { return ascii_iequals(without_root_dot(*id), without_root_dot(own)); };
  if (!any_own_id(options, same)) return false;
  if (!options.remove_smime_only) return true;
  return reports_smime(lexer).value_or(ascii_icontains(squeezed(raw_value), "smime"));
}

bool is_forged(std::string_view name, Octets raw_value, const Options& options) {
  if (ascii_iequals(name, kStatusFieldName)) return true;
  return ascii_iequals(name, kFieldName) && claims_to_be_ours(raw_value, options);
}

std::vector<Range> forged_fields(Octets message, const Options& options) {
  std::vector<Range> out;
  for (std::size_t at = 0; at < message.size();) {
    const Range field = next_field(message, at);
    const Octets text = field.of(message);
    if (text == "\r\n" || text == "\n") break;
    const auto colon = text.find(':');
    if (colon != Octets::npos && is_forged(trim(text.substr(0, colon)), text.substr(colon + 1), options))
      out.push_back(field);
    at = field.end;
  }
  return out;
}

}  // namespace waxseal::authres
