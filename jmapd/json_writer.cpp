#include "jmapd/json_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPiece = 64 * 1024;  // of a long text

// RFC 8259 section 7: what must be escaped.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

bool escaped(char c) {
  return kEscaped[static_cast<unsigned char>(c)];
}

void append_escape(std::string& out, char c) {
  static constexpr std::string_view kLetters = "\b\f\n\r\t\"\\", kNames = "bfnrt\"\\";
  out += '\\';
  if (const std::size_t known = kLetters.find(c); known != kLetters.npos) {
    out += kNames[known];
    return;
  }
  out += "u00";
  out += hex(Octets(&c, 1));
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

}  // namespace

void JsonWriter::value(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      object(value);
      break;
    case Json::value_t::array:
      array(value);
      break;
    case Json::value_t::string:
      text(value.get_ref<const std::string&>());
      break;
    case Json::value_t::boolean:
      out_ += value.get<bool>() ? "true" : "false";
      break;
    case Json::value_t::number_integer:
      append_number(out_, value.get<std::int64_t>());
      break;
    case Json::value_t::number_unsigned:
      append_number(out_, value.get<std::uint64_t>());
      break;
    default:
      out_ += value.dump();
  }
  written();
}

void JsonWriter::array(const Json& value) {
  out_ += '[';
  bool first = true;
  for (const Json& element : value) {
    if (!std::exchange(first, false)) out_ += ',';
    this->value(element);
  }
  out_ += ']';
}

void JsonWriter::object(const Json& value) {
  out_ += '{';
  bool first = true;
  for (auto member = value.begin(); member != value.end(); ++member) {
    if (!std::exchange(first, false)) out_ += ',';
    text(member.key());
    out_ += ':';
    this->value(*member);
  }
  out_ += '}';
}

void JsonWriter::text(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (!ascii && !valid_utf8(text)) return raw(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  out_ += '"';
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    const auto plain = std::find_if(piece.begin(), piece.end(), escaped) - piece.begin();
    out_.append(piece, 0, static_cast<std::size_t>(plain));
    text.remove_prefix(static_cast<std::size_t>(plain));
    if (!text.empty() && escaped(text[0])) {
      append_escape(out_, text[0]);
      text.remove_prefix(1);
    }
    written();
  }
  out_ += '"';
}

std::string serialise(const Json& value) {
  JsonText out;
  out.value(value);
  return out.take();
}

}  // namespace waxseal::jmapd
