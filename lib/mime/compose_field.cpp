#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "mime/compose.h"
#include "mime/folder.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kWordPayload = 48;  // of an encoded-word: with "=?utf-8?Q?" and "?=" well below 75 octets
constexpr std::size_t kLongestAtom = 900;
constexpr std::size_t kLongestPlainParameter = 60;
constexpr std::size_t kLineOctets = 998;  // RFC 5322 section 2.1.1

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool alphanumeric(char c) {
  return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool is_atext(char c) {
  return alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("()<>@,;:\\\"/[]?=*'%").find(c) == std::string_view::npos;
  });
}

std::string percent(unsigned char octet, char sign) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {sign, kDigits[octet >> 4U], kDigits[octet & 15U]};
}

std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

// Only what is safe in a phrase (RFC 2047 section 5 (3)), so that one coding serves everywhere.
std::string q_encoded(std::string_view character) {
  if (character == " ") return "_";
  if (character.size() == 1 &&
      (alphanumeric(character[0]) || std::string_view("!*+-/").find(character[0]) != std::string_view::npos)) {
    return std::string(character);
  }
  std::string out;
  for (const char c : character) out += percent(static_cast<unsigned char>(c), '=');
  return out;
}

void add_encoded_words(Folder& out, std::string_view text, std::string_view behind = {}) {
  while (!text.empty()) {
    std::string payload;
    while (!text.empty()) {
      const std::string_view character = text.substr(0, character_length(text));
      const std::string piece = q_encoded(character);
      if (!payload.empty() && payload.size() + piece.size() > kWordPayload) break;
      payload += piece;
      text.remove_prefix(character.size());
    }
    out.add("=?utf-8?Q?" + payload + "?=" + (text.empty() ? std::string(behind) : ""));
  }
}

bool has_long_word(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = c == ' ' ? 0 : run + 1;
    if (run > kLongestAtom) return true;
  }
  return false;
}

// Can be folded at its spaces, and nobody takes a part of it for an encoded-word.
bool plain(std::string_view text) {
  return printable(text) && text.find("=?") == text.npos && text.find("  ") == text.npos && !has_long_word(text);
}

void add_words(Folder& out, std::string_view text, std::string_view behind = {}) {
  for (;;) {
    const auto space = text.find(' ');
    if (space == text.npos) return out.add(std::string(text) + std::string(behind));
    out.add(std::string(text.substr(0, space)));
    text.remove_prefix(space + 1);
  }
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void add_phrase(Folder& out, std::string_view text, std::string_view behind = {}) {
  const bool atoms =
      plain(text) && std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || is_atext(c); });
  if (atoms) return add_words(out, text, behind);
  if (printable(text) && text.find("=?") == text.npos && text.size() <= kLongestAtom / 2) {
    return out.add(quoted_string(text) + std::string(behind));
  }
  add_encoded_words(out, text, behind);
}

void add_entry(Folder& out, const AddressGroup::Entry& entry, std::string_view behind) {
  const std::string_view name = trim(entry.name ? std::string_view(*entry.name) : std::string_view());
  if (name.empty()) {
    const bool whole = entry.email.find('@') != std::string::npos;
    return out.add((whole ? entry.email : "<" + entry.email + ">") + std::string(behind));
  }
  add_phrase(out, name);
  out.add("<" + entry.email + ">" + std::string(behind));
}

void add_group(Folder& out, const AddressGroup& group, std::string_view behind) {
  const std::string end = (group.name ? ";" : "") + std::string(behind);
  if (group.name) add_phrase(out, trim(*group.name), group.addresses.empty() ? ":" + end : ":");
  for (std::size_t i = 0; i < group.addresses.size(); ++i) {
    add_entry(out, group.addresses[i], i + 1 < group.addresses.size() ? "," : end);
  }
}

// RFC 2231 sections 3 and 4.
void add_extended(Folder& out, const Parameter& parameter, std::string_view behind) {
  std::vector<std::string> pieces(1, "utf-8''");
  for (std::string_view text = parameter.value; !text.empty();) {
    const std::string_view character = text.substr(0, character_length(text));
    std::string coded;
    for (const char c : character)
      coded += alphanumeric(c) ? std::string(1, c) : percent(static_cast<unsigned char>(c), '%');
    if (pieces.back().size() + coded.size() > kWordPayload) pieces.emplace_back();
    pieces.back() += coded;
    text.remove_prefix(character.size());
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string section = pieces.size() == 1 ? "*=" : "*" + std::to_string(i) + "*=";
    out.add(parameter.name + section + pieces[i] + (i + 1 < pieces.size() ? ";" : std::string(behind)));
  }
}

void add_parameter(Folder& out, const Parameter& parameter, std::string_view behind) {
  const std::string& value = parameter.value;
  if (value.size() > kLongestPlainParameter || !printable(value) || value.find("=?") != value.npos) {
    return add_extended(out, parameter, behind);
  }
  out.add(parameter.name + "=" + (is_token(value) ? value : quoted_string(value)) + std::string(behind));
}

std::string bracketed(const std::vector<std::string>& texts, std::string_view field_name, const char* between) {
  Folder out(field_name);
  for (std::size_t i = 0; i < texts.size(); ++i) out.add("<" + texts[i] + ">" + (i + 1 < texts.size() ? between : ""));
  return out.take();
}

}  // namespace

std::string write_text(std::string_view utf8, std::string_view field_name) {
  Folder out(field_name);
  const std::string_view text = trim(utf8);
  if (plain(text)) {
    add_words(out, text);
  } else {
    add_encoded_words(out, text);
  }
  return out.take();
}

std::string write_addresses(const std::vector<AddressGroup>& groups, std::string_view field_name) {
  Folder out(field_name);
  for (std::size_t i = 0; i < groups.size(); ++i) add_group(out, groups[i], i + 1 < groups.size() ? "," : "");
  return out.take();
}

std::string write_message_ids(const std::vector<std::string>& ids, std::string_view field_name) {
  return bracketed(ids, field_name, "");
}

std::string write_urls(const std::vector<std::string>& urls, std::string_view field_name) {
  return bracketed(urls, field_name, ",");
}

std::string write_date(Time utc, std::chrono::minutes zone) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Time local = utc + zone;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(local - day);
  const auto offset = static_cast<unsigned>(std::abs(zone.count()));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), " %s, %02u %s %04d %02d:%02d:%02d %c%02u%02u",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), zone.count() < 0 ? '-' : '+', offset / 60 % 100, offset % 60);
  return text.data();
}

std::string write_parameters(std::string_view head, const std::vector<Parameter>& parameters,
                             std::string_view field_name) {
  Folder out(field_name);
  out.add(std::string(head) + (parameters.empty() ? "" : ";"));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    add_parameter(out, parameters[i], i + 1 < parameters.size() ? ";" : "");
  }
  return out.take();
}

bool field_fits(const NewField& field) {
  const auto name_octet = [](char c) { return c > ' ' && c <= '~' && c != ':'; };
  if (field.name.empty() || !std::all_of(field.name.begin(), field.name.end(), name_octet)) return false;
  if (!valid_utf8(field.value) || field.value.find('\0') != field.value.npos) return false;
  std::string_view rest = field.value;
  for (std::size_t column = field.name.size() + 1;; column = 0) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (line.find_first_of("\r\n") != line.npos || column + line.size() > kLineOctets) return false;
    if (column == 0 && (line.empty() || (line[0] != ' ' && line[0] != '\t') || trim(line).empty())) return false;
    if (end == rest.npos) return true;
    rest.remove_prefix(end + 2);
  }
}

}  // namespace waxseal::mime
