#include "jmapd/arguments.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

bool id_octet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || ascii_digit(c) || c == '-' || c == '_';
}

// RFC 8620 section 1.3.  "1.0" is the same JSON number as "1" (RFC 8259 section 6), so an integral float is an Int.
std::optional<std::int64_t> as_int(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(kMaxInt)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (number < -kMaxInt || number > kMaxInt) return std::nullopt;
    return number;
  }
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!(std::fabs(number) <= static_cast<double>(kMaxInt)) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool has_fraction(std::string_view date) {
  const auto dot = date.find('.');
  return dot != std::string_view::npos && date.find_first_of("123456789", dot) != std::string_view::npos;
}

}  // namespace

void refuse_argument(std::string_view name, std::string_view problem) {
  throw MethodError{"invalidArguments", std::string(name) + ": " + std::string(problem),
                    Json{{"arguments", Json::array({std::string(name)})}}};
}

bool valid_id(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), id_octet);
}

Arguments::Arguments(const Json& object, std::span<const std::string_view> allowed, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) refuse_argument(path_.empty() ? "arguments" : path_, "must be an object");
  for (const auto& [name, value] : object_.items()) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) refuse_argument(path_of(name), "is unknown");
  }
}

const Json* Arguments::find(std::string_view name, Null null) const {
  const auto found = object_.find(name);
  if (found == object_.end() || (found->is_null() && null == Null::kAbsent)) return nullptr;
  return &*found;
}

std::optional<bool> Arguments::boolean(std::string_view name, Null null) const {
  const Json* value = find(name, null);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse_argument(path_of(name), "must be true or false");
  return value->get<bool>();
}

std::optional<std::int64_t> Arguments::integer(std::string_view name, Null null) const {
  const Json* value = find(name, null);
  if (value == nullptr) return std::nullopt;
  const auto number = as_int(*value);
  if (!number) refuse_argument(path_of(name), "must be an integer between -2^53+1 and 2^53-1");
  return number;
}

std::optional<std::int64_t> Arguments::unsigned_integer(std::string_view name, Null null) const {
  const Json* value = find(name, null);
  if (value == nullptr) return std::nullopt;
  const auto number = as_int(*value);
  if (!number || *number < 0) refuse_argument(path_of(name), "must be an integer between 0 and 2^53-1");
  return number;
}

std::optional<std::string> Arguments::string(std::string_view name, Null null) const {
  const Json* value = find(name, null);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse_argument(path_of(name), "must be a string");
  return value->get<std::string>();
}

std::optional<std::string> Arguments::id(std::string_view name, Null null) const {
  auto text = string(name, null);
  if (text && !valid_id(*text)) refuse_argument(path_of(name), "must be an id");
  return text;
}

std::optional<std::vector<std::string>> Arguments::strings(std::string_view name, Null null) const {
  const Json* value = find(name, null);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) refuse_argument(path_of(name), "must be an array of strings");
  std::vector<std::string> texts;
  texts.reserve(value->size());
  for (const Json& item : *value) {
    if (!item.is_string()) refuse_argument(path_of(name), "must be an array of strings");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::optional<std::vector<std::string>> Arguments::ids(std::string_view name, Null null) const {
  auto texts = strings(name, null);
  if (texts && !std::all_of(texts->begin(), texts->end(), valid_id))
    refuse_argument(path_of(name), "must be an array of ids");
  return texts;
}

std::optional<Time> Arguments::utc_date(std::string_view name) const {
  const auto text = string(name);
  if (!text) return std::nullopt;
  const auto time = parse_date_time(*text);
  if (!time || !text->ends_with('Z'))
    refuse_argument(path_of(name), "must be a UTCDate such as \"2026-11-23T09:05:07Z\"");
  return has_fraction(*text) ? *time + Seconds(1) : *time;
}

std::string Arguments::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "/" + std::string(name);
}

}  // namespace waxseal::jmapd
