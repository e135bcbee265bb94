#include "delivery/trace.h"

#include <array>
#include <cstdio>

namespace waxseal::delivery {

namespace {

constexpr std::size_t kMaxWord = 320;

std::string printable(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, kMaxWord)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
  }
  return out;
}

void add_clause(std::string& out, std::string_view keyword, const std::string& value) {
  if (value.empty()) return;
  out += "\r\n\t";
  out += keyword;
  out += printable(value);
}

}  // namespace

std::string format_mail_date(Time time) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> out{};
  const int length = std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                                   kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                   kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(length)};
}

std::string trace_fields(const Trace& trace) {
  std::string out = "Return-Path: <" + printable(trace.sender) + ">\r\nReceived:";
  std::string clauses;
  add_clause(clauses, "from ", trace.from);
  add_clause(clauses, "by ", trace.program.empty() ? trace.by : trace.by + " (" + trace.program + ")");
  add_clause(clauses, "with ", trace.protocol);
  add_clause(clauses, "id ", trace.id);
  if (!trace.recipient.empty()) add_clause(clauses, "for ", '<' + trace.recipient + '>');
  // The first clause stands beside the name, the others on lines of their own.
  if (!clauses.empty()) out += ' ' + clauses.substr(3);
  return out + ";\r\n\t" + format_mail_date(trace.date) + "\r\n";
}

}  // namespace waxseal::delivery
