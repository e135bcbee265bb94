#include "base/clock.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace waxseal {

Time SystemClock::now() const { return std::chrono::floor<Seconds>(std::chrono::system_clock::now()); }

std::string format_utc_date(Time time) {
  using namespace std::chrono;
  time = std::clamp(time, Time(sys_days(year(0) / 1 / 1)), Time(sys_days(year(9999) / 12 / 31)) + hours(24) - seconds(1));
  const auto days = floor<std::chrono::days>(time);
  const year_month_day date(days);
  const hh_mm_ss clock(time - days);
  char out[48];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                int(clock.seconds().count()));
  return out;
}

namespace {

// Reads exactly `width` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (text.size() < at + width) return -1;
  int value = 0;
  for (char c : text.substr(at, width)) {
    if (!ascii_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "Z" or "+hh:mm" as seconds east of UTC.
Result<Seconds> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return Seconds(0);
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || hours < 0 || hours > 23 ||
      minutes < 0 || minutes > 59)
    return unexpected("the time zone is neither Z nor +hh:mm");
  const Seconds offset(hours * 3600 + minutes * 60);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

Result<Time> parse_date_time(std::string_view text) {
  using namespace std::chrono;
  const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  const bool shape = text.size() >= 20 && text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') &&
                     text[13] == ':' && text[16] == ':';
  if (!shape || y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60)
    return unexpected("not a date and time of RFC 3339, such as 2026-11-23T09:05:07Z");
  const year_month_day date{year(y), month(unsigned(mo)), day(unsigned(d))};
  if (!date.ok()) return unexpected("there is no such day");
  std::size_t at = 19;
  if (text[at] == '.') {
    const std::size_t first = ++at;
    while (at < text.size() && ascii_digit(text[at])) ++at;
    if (at == first) return unexpected("digits are missing after the decimal point");
  }
  const auto offset = parse_offset(text.substr(at));
  if (!offset) return unexpected(offset.error());
  return Time(sys_days(date)) + hours(h) + minutes(mi) + seconds(s) - *offset;
}

}  // namespace waxseal
