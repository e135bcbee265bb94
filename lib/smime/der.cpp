#include "smime/der.h"

#include <cstdint>

namespace waxseal::smime::der {

namespace {

constexpr std::size_t kMaxIdentifier = 5;           // high tag numbers up to 28 bits: nothing has more
constexpr std::size_t kMaxLength = (1u << 31) - 1;  // CVE-2026-34180: lengths that do not fit an int

unsigned char octet(Octets octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]);
}

// Size of the identifier octets; 0: cut off or too long.
std::size_t identifier_size(Octets octets) {
  if (octets.empty()) return 0;
  if ((octet(octets, 0) & 0x1f) != 0x1f) return 1;
  for (std::size_t at = 1; at < octets.size() && at < kMaxIdentifier; ++at)
    if ((octet(octets, at) & 0x80) == 0) return at + 1;
  return 0;
}

// Long form, `count` length octets at the start of `octets`.
std::optional<std::size_t> long_length(Octets octets, std::size_t count) {
  if (count > octets.size()) return std::nullopt;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < count; ++i) {
    length = length << 8 | octet(octets, i);
    if (length > kMaxLength) return std::nullopt;
  }
  return static_cast<std::size_t>(length);
}

std::size_t minimal_head_size(std::size_t content) {
  std::size_t size = 2;
  if (content >= 0x80)
    for (; content > 0; content >>= 8) ++size;
  return size;
}

}  // namespace

std::optional<Head> read_head(Octets octets) {
  const std::size_t identifier = identifier_size(octets);
  if (identifier == 0 || identifier == octets.size()) return std::nullopt;
  Head head{.tag = octet(octets, 0), .size = identifier + 1};
  const unsigned char first = octet(octets, identifier);
  if (first == 0x80) {
    head.indefinite = true;
    if (!head.constructed()) return std::nullopt;
    return head;
  }
  head.content = first;
  if (first > 0x80) {
    const std::size_t count = first & 0x7f;
    const auto length = long_length(octets.substr(head.size), count);
    if (!length) return std::nullopt;
    head.size += count;
    head.content = *length;
  }
  if (head.content > octets.size() - head.size) return std::nullopt;
  if (head.end_of_contents() && head.content != 0) return std::nullopt;
  return head;
}

std::optional<std::size_t> element_size(Octets octets) {
  std::size_t at = 0;
  std::size_t open = 0;  // indefinite elements around `at`
  do {
    const auto head = read_head(octets.substr(at));
    if (!head || (head->end_of_contents() && open == 0)) return std::nullopt;
    at += head->size + head->content;
    if (head->indefinite) ++open;
    if (head->end_of_contents()) --open;
  } while (open > 0);
  return at;
}

std::optional<Element> Reader::next() {
  const auto head = read_head(rest_);
  if (!head || head->end_of_contents()) return std::nullopt;
  const auto size = head->indefinite ? element_size(rest_) : head->size + head->content;
  if (!size) return std::nullopt;
  Element out{.tag = head->tag, .indefinite = head->indefinite, .whole = rest_.substr(0, *size)};
  out.content = out.whole.substr(head->size);
  if (head->indefinite) out.content.remove_suffix(2);
  rest_.remove_prefix(*size);
  return out;
}

std::optional<Element> Reader::next(unsigned char tag) {
  if (!next_is(tag)) return std::nullopt;
  return next();
}

std::optional<Octets> Reader::content(unsigned char tag) {
  const auto element = next(tag);
  if (!element) return std::nullopt;
  return element->content;
}

std::optional<Element> whole_element(Octets octets) {
  Reader reader(octets);
  auto element = reader.next();
  return element && reader.at_end() ? element : std::nullopt;
}

bool has_der_lengths(Octets octets) {
  // Going into a constructed element is going on behind its head: without indefinite lengths there is nothing to close.
  for (std::size_t at = 0; at < octets.size();) {
    const auto head = read_head(octets.substr(at));
    if (!head || head->indefinite) return false;
    const bool high_tag = (head->tag & 0x1f) == 0x1f;
    if (!high_tag && head->size != minimal_head_size(head->content)) return false;
    at += head->size + (head->constructed() ? 0 : head->content);
  }
  return true;
}

std::string header(unsigned char tag, std::size_t content_size) {
  std::string out(1, static_cast<char>(tag));
  if (content_size < 0x80) return out + static_cast<char>(content_size);
  std::string length;
  for (; content_size > 0; content_size >>= 8) length.insert(length.begin(), static_cast<char>(content_size & 0xff));
  return out + static_cast<char>(0x80 | length.size()) + length;
}

std::string oid_text(Octets content) {
  if (content.empty() || (octet(content, content.size() - 1) & 0x80) != 0) return "?";
  std::string out;
  std::uint64_t arc = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (arc > UINT64_MAX >> 7) return "?";
    arc = arc << 7 | (octet(content, i) & 0x7fu);
    if ((octet(content, i) & 0x80) != 0) continue;
    if (out.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      out = std::to_string(first);
      arc -= first * 40;
    }
    out += "." + std::to_string(arc);
    arc = 0;
  }
  return out;
}

std::optional<unsigned> small_integer(Octets content) {
  if (content.empty() || content.size() > 4 || (octet(content, 0) & 0x80) != 0) return std::nullopt;
  unsigned value = 0;
  for (const char c : content) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace waxseal::smime::der
