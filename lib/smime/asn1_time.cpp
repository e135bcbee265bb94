#include "smime/asn1_time.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::smime {

namespace {

int two_digits(Octets text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Seconds are always there and the zone is Z (5280 section 4.1.2.5); a fraction is dropped.
Octets digits_of(Octets text) {
  if (text.empty() || text.back() != 'Z') return {};
  text.remove_suffix(1);
  const std::size_t dot = text.find('.');
  const Octets whole = text.substr(0, dot);
  const Octets fraction = dot == text.npos ? Octets("0") : text.substr(dot + 1);
  return !fraction.empty() && std::ranges::all_of(fraction, ascii_digit) && std::ranges::all_of(whole, ascii_digit)
             ? whole
             : Octets{};
}

std::optional<Time> time_of(int year, Octets rest) {
  using namespace std::chrono;
  const year_month_day date = std::chrono::year(year) / two_digits(rest, 0) / two_digits(rest, 2);
  const int hour = two_digits(rest, 4), minute = two_digits(rest, 6), second = two_digits(rest, 8);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

std::optional<Time> read_time(const der::Element& element) {
  const Octets digits = digits_of(element.content);
  if (element.tag == der::kUtcTime && digits.size() == 12) {
    const int year = two_digits(digits, 0);
    return time_of(year < 50 ? 2000 + year : 1900 + year, digits.substr(2));
  }
  if (element.tag == der::kGeneralizedTime && digits.size() == 14)
    return time_of(two_digits(digits, 0) * 100 + two_digits(digits, 2), digits.substr(4));
  return std::nullopt;
}

}  // namespace waxseal::smime
