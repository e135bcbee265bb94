#include "cli/mbox.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "base/text.h"
#include "mime/message.h"

namespace waxseal::cli {

namespace {

constexpr std::string_view kFrom = "From ";
constexpr std::size_t kLongestSeparator = 1000;
constexpr std::size_t kPiece = 256 * 1024;

bool has_time_of_day(Octets line) {
  for (std::size_t colon = line.find(':'); colon != Octets::npos; colon = line.find(':', colon + 1))
    if (colon >= 1 && colon + 2 < line.size() && ascii_digit(line[colon - 1]) && ascii_digit(line[colon + 1]) &&
        ascii_digit(line[colon + 2]))
      return true;
  return false;
}

bool has_year(Octets line) {
  std::size_t digits = 0;
  for (const char c : line) {
    digits = ascii_digit(c) ? digits + 1 : 0;
    if (digits == 4) return true;
  }
  return false;
}

// Of the lines that begin with `>`s and "From ": how many of the `>`s to take away.
std::string unquoted(Octets stored, bool deep) {
  std::string out;
  out.reserve(stored.size());
  for (std::size_t begin = 0; begin < stored.size();) {
    const std::size_t line_end = std::min(stored.find('\n', begin), stored.size() - 1) + 1;
    const Octets line = stored.substr(begin, line_end - begin);
    const std::size_t marks = std::min(line.find_first_not_of('>'), line.size());
    const bool quoted = line.substr(marks).starts_with(kFrom) && (deep ? marks >= 1 : marks == 1);
    out.append(quoted ? line.substr(1) : line);
    begin = line_end;
  }
  return out;
}

}  // namespace

bool is_mbox_separator(Octets line) {
  return line.starts_with(kFrom) && line.size() <= kLongestSeparator && has_time_of_day(line) && has_year(line);
}

// asctime(3): "Wed Jul  1 12:00:00 2026", with a zone before or behind the year in some.
std::optional<Time> separator_date(Octets line) {
  std::istringstream words{std::string(line)};
  std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
  for (std::size_t i = 0; i + 3 < all.size(); ++i) {
    if (std::count(all[i + 2].begin(), all[i + 2].end(), ':') == 0 || !ascii_digit(all[i + 1].front())) continue;
    std::string year, zone = "+0000";
    for (std::size_t j = i + 3; j < all.size(); ++j) {
      if (all[j].front() == '+' || all[j].front() == '-')
        zone = all[j];
      else if (all[j].size() == 4 && ascii_digit(all[j].front()))
        year = all[j];
    }
    const auto date = mime::parse_date(all[i + 1] + ' ' + all[i] + ' ' + year + ' ' + all[i + 2] + ' ' + zone);
    if (date) return date;
  }
  return std::nullopt;
}

std::string_view quoting_name(Quoting quoting) {
  switch (quoting) {
    case Quoting::kNone:
      return "none";
    case Quoting::kMboxrd:
      return "mboxrd";
    case Quoting::kMboxo:
      return "mboxo";
  }
  return "none";
}

std::vector<Reading> readings_of(std::string stored) {
  std::vector<Reading> out;
  if (stored.find(">From ") != std::string::npos) {
    std::string deep = unquoted(stored, true), shallow = unquoted(stored, false);
    if (shallow != deep && shallow != stored) out.push_back({Quoting::kMboxo, std::move(shallow)});
    if (deep != stored) out.insert(out.begin(), {Quoting::kMboxrd, std::move(deep)});
  }
  out.push_back({Quoting::kNone, std::move(stored)});
  return out;
}

bool MessageReader::fill() {
  if (ended_) return false;
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kPiece);
  const auto got = read_(buffer_.data() + old, kPiece);
  buffer_.resize(old + (got ? *got : 0));
  if (!got) error_ = got.error();
  ended_ = !got || *got == 0;
  return !ended_;
}

std::optional<Result<std::string>> MessageReader::next() {
  if (kind_ == Kind::kNotYetKnown) look_at_first_line();
  if (kind_ == Kind::kFinished || (kind_ == Kind::kMbox && buffer_.empty() && error_.empty())) return std::nullopt;
  Result<std::string> message = kind_ == Kind::kMbox ? next_of_mbox() : whole_file();
  if (kind_ == Kind::kMessage || !error_.empty()) kind_ = Kind::kFinished;
  if (!error_.empty()) return unexpected(error_);
  return message;
}

void MessageReader::look_at_first_line() {
  const std::size_t end = line_end(0);
  const bool separator = end != std::string::npos && is_mbox_separator(trim(Octets(buffer_).substr(0, end)));
  kind_ = separator ? Kind::kMbox : Kind::kMessage;
}

// Where the line that holds `from` ends; npos: nowhere, or so far away that it is no separator.
std::size_t MessageReader::line_end(std::size_t from) {
  while (true) {
    const std::size_t end = buffer_.find('\n', from);
    if (end != std::string::npos || buffer_.size() - from > kLongestSeparator) return end;
    if (!fill()) return buffer_.empty() ? std::string::npos : buffer_.size();
  }
}

Result<std::string> MessageReader::whole_file() {
  while (fill())
    if (buffer_.size() > kLongestMessage) return unexpected("longer than 256 MiB");
  return std::move(buffer_);
}

// The first separator line behind a blank line that begins at `from` or later, as far as the buffer reaches.
std::optional<MessageReader::End> MessageReader::separator_after(std::size_t from) {
  for (std::size_t at = buffer_.find("\nFrom ", from); at != std::string::npos; at = buffer_.find("\nFrom ", at + 1)) {
    const bool lf = buffer_[at - 1] == '\n', crlf = buffer_[at - 1] == '\r' && at >= 2 && buffer_[at - 2] == '\n';
    if (!lf && !crlf) continue;
    const std::size_t end = line_end(at + 1);
    if (end == std::string::npos || !is_mbox_separator(Octets(buffer_).substr(at + 1, end - at - 1))) continue;
    return End{crlf ? at - 1 : at, at + 1};
  }
  return std::nullopt;
}

Result<std::string> MessageReader::next_of_mbox() {
  const std::size_t separator = line_end(at_);
  const std::size_t begin = std::min(separator == std::string::npos ? buffer_.size() : separator + 1, buffer_.size());
  separator_ = trim(Octets(buffer_).substr(at_, begin - at_));
  std::size_t looked = std::max<std::size_t>(begin, 2) - 1;
  while (true) {
    if (const auto end = separator_after(looked)) {
      std::string message = buffer_.substr(begin, std::max(end->message, begin) - begin);
      pass_to(end->next);
      return message;
    }
    looked = std::max<std::size_t>(buffer_.size() - std::min(buffer_.size() - begin, kFrom.size() + 1), 1);
    if (buffer_.size() - begin > kLongestMessage) return pass_over_long_message();
    if (!fill()) break;
  }
  std::string message = buffer_.substr(begin);
  buffer_.clear();
  if (message.ends_with("\n\n")) message.pop_back();
  if (message.ends_with("\r\n\r\n")) message.resize(message.size() - 2);
  return message;
}

// What is behind is let go in large pieces, so that an mbox of small messages costs no more than its size.
void MessageReader::pass_to(std::size_t next) {
  at_ = next;
  if (at_ < kPiece) return;
  buffer_.erase(0, at_);
  at_ = 0;
}

Result<std::string> MessageReader::pass_over_long_message() {
  constexpr std::size_t kOverlap = 16;  // a blank line and "From "
  while (true) {
    buffer_.erase(0, buffer_.size() - std::min(buffer_.size(), kOverlap));
    at_ = 0;
    const bool more = fill();
    if (const auto end = separator_after(1)) {
      pass_to(end->next);
      break;
    }
    if (more) continue;
    buffer_.clear();
    break;
  }
  return unexpected("longer than 256 MiB");
}

}  // namespace waxseal::cli
