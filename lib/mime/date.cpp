// RFC 5322 sections 3.3 and 4.3.
#include <array>
#include <charconv>

#include "base/text.h"
#include "mime/header.h"
#include "mime/lexer.h"
#include "mime/message.h"

namespace waxseal::mime {

namespace {

struct ZonedTime {
  Time utc;
  std::chrono::minutes offset{0};
};

bool letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// Index of the three-letter name that `word` begins with.
template <std::size_t N>
std::optional<unsigned> index_of(const std::array<std::string_view, N>& names, Octets word) {
  for (unsigned i = 0; i < N; ++i)
    if (ascii_iequals(word.substr(0, 3), names[i])) return i;
  return std::nullopt;
}

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct NamedZone {
  std::string_view name;
  int hours;
};
constexpr NamedZone kZones[] = {{"edt", -4}, {"est", -5}, {"cdt", -5}, {"cst", -6},
                                {"mdt", -6}, {"mst", -7}, {"pdt", -7}, {"pst", -8}};

class DateReader {
 public:
  explicit DateReader(Octets text) : lexer_(text) {}

  std::optional<ZonedTime> read() {
    day_name();
    const auto day = number(2);
    accept_between('-');
    const auto month = month_name();
    accept_between('-');
    const auto year = year_number();
    const auto time = time_of_day();
    if (!day || !month || !year || !time) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    const auto offset = zone();
    if (!date.ok() || !offset) return std::nullopt;
    return ZonedTime{std::chrono::sys_days(date) + *time - *offset, *offset};
  }

 private:
  // Digits behind CFWS; nullopt: none, or more than `most`.
  std::optional<unsigned> number(std::size_t most) {
    lexer_.skip_cfws();
    const Octets digits = lexer_.run(ascii_digit);
    unsigned value = 0;
    if (digits.empty() || digits.size() > most) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    digits_ = digits.size();
    return value;
  }

  bool accept_between(char c) {
    lexer_.skip_cfws();
    return lexer_.accept(c);
  }

  // "Mon,"; the comma is often missing.
  void day_name() {
    lexer_.skip_cfws();
    const Lexer start = lexer_;
    if (!index_of(kDays, lexer_.run(letter))) lexer_ = start;
    accept_between(',');
  }

  std::optional<unsigned> month_name() {
    lexer_.skip_cfws();
    const auto index = index_of(kMonths, lexer_.run(letter));
    return index ? std::optional(*index + 1) : std::nullopt;
  }

  // Section 4.3: two digits 00..49 are 20xx, 50..99 and three digits are counted from 1900.
  std::optional<unsigned> year_number() {
    const auto year = number(4);
    if (!year || digits_ < 2) return std::nullopt;
    if (digits_ == 2) return *year + (*year < 50 ? 2000 : 1900);
    if (digits_ == 3) return *year + 1900;
    return *year >= 1900 ? year : std::nullopt;
  }

  std::optional<Seconds> time_of_day() {
    const auto hour = number(2);
    const char separator = lexer_.peek() == '.' ? '.' : ':';
    if (!hour || !accept_between(separator)) return std::nullopt;
    const auto minute = number(2);
    std::optional<unsigned> second = 0;
    if (accept_between(separator)) second = number(2);
    if (!minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    // A leap second has no place in UTC counted in seconds: it is shown as the one before.
    return Seconds(*hour * 3600 + *minute * 60 + std::min(*second, 59u));
  }

  // No zone, a military letter or an unknown name say nothing about the offset: UTC (section 4.3).
  std::optional<std::chrono::minutes> zone() {
    lexer_.skip_cfws();
    const Octets name = lexer_.run(letter);
    for (const NamedZone& known : kZones)
      if (ascii_iequals(name, known.name)) return std::chrono::hours(known.hours);
    if (lexer_.peek() != '+' && lexer_.peek() != '-') return std::chrono::minutes(0);
    const int sign = lexer_.peek() == '-' ? -1 : 1;
    lexer_.advance();
    return numeric_zone(sign);
  }

  // "hhmm", also "hh:mm" and "hh".
  std::optional<std::chrono::minutes> numeric_zone(int sign) {
    const auto value = number(4);
    if (!value) return std::nullopt;
    unsigned hours = digits_ > 2 ? *value / 100 : *value;
    unsigned minutes = digits_ > 2 ? *value % 100 : 0;
    if (digits_ <= 2 && lexer_.accept(':')) minutes = number(2).value_or(60);
    if (hours > 23 || minutes > 59) return std::nullopt;
    return sign * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
  }

  Lexer lexer_;
  std::size_t digits_ = 0;  // of the last number
};

std::optional<ZonedTime> read_date(Octets raw_value) {
  const std::string text = unfold(raw_value);
  return DateReader(text).read();
}

}  // namespace

std::optional<Time> parse_date(Octets raw_value) {
  const auto date = read_date(raw_value);
  return date ? std::optional(date->utc) : std::nullopt;
}

std::optional<std::string> parse_date_with_zone(Octets raw_value) {
  const auto date = read_date(raw_value);
  if (!date) return std::nullopt;
  std::string text = format_utc_date(date->utc + date->offset);
  if (date->offset.count() == 0) return text;
  text.pop_back();  // the Z
  const auto minutes = static_cast<unsigned>(std::abs(date->offset.count()));
  const auto two_digits = [](unsigned value) {
    return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  };
  text += date->offset.count() < 0 ? '-' : '+';
  return text + two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

}  // namespace waxseal::mime
