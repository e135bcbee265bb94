#include "jmapd/language.h"

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kMaxRanges = 32;

// qvalue in thousandths: "0.8" is 800, "1" is 1000; 0 for "not acceptable" and for what is no qvalue.
int quality(std::string_view parameter) {
  parameter = trim(parameter);
  if (parameter.empty()) return 1000;
  if (!ascii_iequals(parameter.substr(0, 2), "q=")) return 0;
  parameter.remove_prefix(2);
  if (parameter.starts_with('1')) return 1000;
  if (!parameter.starts_with("0.") || parameter.size() > 5) return 0;
  int value = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const char digit = i < parameter.size() ? parameter[i] : '0';
    if (!ascii_digit(digit)) return 0;
    value = value * 10 + (digit - '0');
  }
  return value;
}

}  // namespace

std::string negotiate_language(std::string_view accept_language, std::span<const std::string_view> available) {
  std::string best(available.front());
  int best_quality = 0;
  for (std::size_t i = 0; i < kMaxRanges && !accept_language.empty(); ++i) {
    const std::size_t comma = std::min(accept_language.find(','), accept_language.size());
    const std::string_view range = accept_language.substr(0, comma);
    accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
    const std::size_t semicolon = std::min(range.find(';'), range.size());
    const std::string primary = ascii_lower(trim(range.substr(0, std::min(range.find('-'), semicolon))));
    const int wanted = quality(range.substr(std::min(semicolon + 1, range.size())));
    const bool known = std::find(available.begin(), available.end(), primary) != available.end();
    if (known && wanted > best_quality) {
      best = primary;
      best_quality = wanted;
    }
  }
  return best;
}

}  // namespace waxseal::jmapd
