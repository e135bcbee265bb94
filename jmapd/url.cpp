#include "jmapd/url.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::jmapd {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto octet = unhex(text.substr(1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += *octet;
    text.remove_prefix(3);
  }
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (parameter.substr(0, equals) != name) continue;
    return percent_decode(parameter.substr(std::min(equals + 1, parameter.size())));
  }
  return std::nullopt;
}

}  // namespace waxseal::jmapd
