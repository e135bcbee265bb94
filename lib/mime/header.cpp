#include "mime/header.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::mime {

namespace {

struct Line {
  std::size_t begin = 0;
  std::size_t text_end = 0;  // without the line break
  std::size_t end = 0;       // after the line break
  bool empty() const { return begin == text_end; }
};

Line line_at(Octets entity, std::size_t begin) {
  const std::size_t lf = entity.find('\n', begin);
  if (lf == Octets::npos) return {begin, entity.size(), entity.size()};
  const bool crlf = lf > begin && entity[lf - 1] == '\r';
  return {begin, crlf ? lf - 1 : lf, lf + 1};
}

bool blank(char c) {
  return c == ' ' || c == '\t';
}

// RFC 5322 section 2.2: field names are printable US-ASCII except the colon.
bool name_char(char c) {
  return c > ' ' && c < 0x7F && c != ':';
}

bool mbox_separator(Octets line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

// Reads to the end of the section even after a fault: a stored message is always shown, and the fault already forbids
// trust.
class Scanner {
 public:
  Scanner(Octets entity, const HeaderLimits& limits) : entity_(entity), limits_(limits) {}

  Header scan() {
    std::size_t at = 0;
    while (at < entity_.size()) {
      const Line line = line_at(entity_, at);
      if (line.empty()) return finish(at, line.end);
      check_octets(line);
      if (!take(line)) return finish(at, at);
      at = line.end;
      if (at > limits_.section_octets) fault(HeaderFault::kTooLarge);
    }
    fault(HeaderFault::kUnterminated);
    return finish(at, at);
  }

 private:
  void fault(HeaderFault found) {
    if (header_.fault == HeaderFault::kNone) header_.fault = found;
  }

  void check_octets(const Line& line) {
    const Octets text = entity_.substr(line.begin, line.text_end - line.begin);
    if (text.find('\0') != Octets::npos) fault(HeaderFault::kNul);
    if (text.find('\r') != Octets::npos) fault(HeaderFault::kBareCr);
  }

  // False: the line belongs to the body, the empty line before it is missing.
  bool take(const Line& line) {
    const Octets text = entity_.substr(line.begin, line.text_end - line.begin);
    if (blank(text.front())) {
      if (!seen_line_) fault(HeaderFault::kBadField);
      if (open_) extend(line);
      return true;
    }
    close();
    const bool first = !std::exchange(seen_line_, true);
    const std::size_t colon = text.find(':');
    if ((first && mbox_separator(text)) || colon == 0) {
      fault(HeaderFault::kBadField);
      return true;
    }
    if (colon == Octets::npos) {
      fault(HeaderFault::kBadField);
      return false;
    }
    begin_field(line, text.substr(0, colon));
    return true;
  }

  void begin_field(const Line& line, Octets name) {
    const std::size_t colon = line.begin + name.size();
    while (!name.empty() && blank(name.back())) name.remove_suffix(1);
    // RFC 5322 section 4.5 "Subject :" is shown as the field it is meant to be, but readers differ: not trusted.
    if (!std::ranges::all_of(name, name_char) || line.begin + name.size() != colon) fault(HeaderFault::kBadField);
    if (!std::ranges::all_of(name, name_char)) return;
    current_ = {.name = name, .whole = {line.begin, line.end}};
    value_ = {colon + 1, line.text_end};
    open_ = true;
  }

  void extend(const Line& line) {
    value_.end = line.text_end;
    current_.whole.end = line.end;
  }

  void close() {
    if (!std::exchange(open_, false)) return;
    if (current_.whole.size() > limits_.field_octets || current_.whole.end > limits_.section_octets)
      return fault(HeaderFault::kTooLarge);
    if (header_.fields.size() >= limits_.fields) return fault(HeaderFault::kTooManyFields);
    current_.value = value_.of(entity_);
    header_.fields.push_back(current_);
  }

  Header finish(std::size_t end, std::size_t body) {
    close();
    header_.octets = {0, end};
    header_.body = body;
    return std::move(header_);
  }

  Octets entity_;
  const HeaderLimits& limits_;
  Header header_;
  Field current_;
  Range value_;
  bool open_ = false;  // current_ is being read
  bool seen_line_ = false;
};

}  // namespace

Header read_header(Octets entity, const HeaderLimits& limits) {
  return Scanner(entity, limits).scan();
}

std::vector<const Field*> Header::all(std::string_view name) const {
  std::vector<const Field*> found;
  for (const Field& field : fields)
    if (ascii_iequals(field.name, name)) found.push_back(&field);
  return found;
}

const Field* Header::first(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const Field& f) { return ascii_iequals(f.name, name); });
  return found == fields.end() ? nullptr : &*found;
}

const Field* Header::last(std::string_view name) const {
  const auto found =
      std::find_if(fields.rbegin(), fields.rend(), [&](const Field& f) { return ascii_iequals(f.name, name); });
  return found == fields.rend() ? nullptr : &*found;
}

std::size_t Header::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const Field& f) { return ascii_iequals(f.name, name); }));
}

std::string unfold(Octets raw) {
  std::string out;
  out.reserve(raw.size());
  std::size_t begin = 0;  // of what is not yet in `out`
  for (std::size_t lf = raw.find('\n'); lf != Octets::npos; lf = raw.find('\n', lf + 1)) {
    if (lf + 1 == raw.size() || !blank(raw[lf + 1])) continue;
    const std::size_t end = lf > begin && raw[lf - 1] == '\r' ? lf - 1 : lf;
    out += raw.substr(begin, end - begin);
    begin = lf + 1;
  }
  out += raw.substr(begin);
  return out;
}

}  // namespace waxseal::mime
