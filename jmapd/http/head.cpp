#include "jmapd/http/head.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace waxseal::jmapd::http {
namespace {

using Checked = std::optional<Refusal>;  // nullopt: fine

Refusal bad(std::string reason) {
  return {400, std::move(reason)};
}

// What httplib knows as well; anything else is 501 (RFC 9110 section 9.1).
constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

bool is_token(std::string_view text) {  // RFC 9110 section 5.6.2
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || kMarks.find(c) != kMarks.npos;
  });
}

bool is_target(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

// RFC 3986 section 3.2.2 as far as a URL made from it needs: a name, an address or a bracketed address, and a port.
bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = ".-_:[]~";
  return text.size() <= 300 && std::all_of(text.begin(), text.end(), [&](char c) {
           return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || kMarks.find(c) != kMarks.npos;
         });
}

// Field values: HTAB, SP, visible ASCII and obs-text (RFC 9110 section 5.5).
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || (octet >= 0x20 && octet != 0x7F);
  });
}

// httplib 0.11 percent-decodes field values (CVE-2026-45372): "%0d%0a" would become a line of its own.
bool hides_line_break(std::string_view value) {
  for (std::size_t at = value.find('%'); at != value.npos; at = value.find('%', at + 1)) {
    const std::string code = ascii_lower(value.substr(at + 1, 2));
    if (code == "0d" || code == "0a" || code == "00") return true;
  }
  return false;
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

// Absolute-form (RFC 9112 section 3.2.2: a server MUST accept it) becomes origin-form; its authority replaces Host.
Checked read_target(std::string_view target, Request& request) {
  if (target.size() > kMaxTarget) return Refusal{414, "the target is too long"};
  if (!is_target(target)) return bad("the target holds an octet that no URI has");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!ascii_iequals(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    request.host = target.substr(0, end);
    target.remove_prefix(end);
    if (request.host.empty() || !is_host(request.host)) return bad("the target's authority is malformed");
    if (target.empty() || target[0] == '?') return bad("an absolute target needs a path");
  }
  const bool is_asterisk = target == "*" && request.method == "OPTIONS";
  if (!is_asterisk && !target.starts_with('/')) return bad("the target is neither a path nor an absolute URL");
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != target.npos) request.query = target.substr(question + 1);
  return std::nullopt;
}

Checked read_request_line(std::string_view line, Head& head) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos) return bad("the request line is not METHOD TARGET VERSION");
  const std::string_view version = line.substr(second + 1);
  if (!version.starts_with("HTTP/")) return bad("the request line is not METHOD TARGET VERSION");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Refusal{505, "this server speaks HTTP/1.1"};
  head.keep_alive = version == "HTTP/1.1";  // HTTP/1.0 connections are not kept: nobody needs that today
  head.request.method = line.substr(0, first);
  if (!is_token(head.request.method)) return bad("the method is not a token");
  if (std::find(kMethods.begin(), kMethods.end(), head.request.method) == kMethods.end()) {
    return Refusal{501, "unknown method"};
  }
  return read_target(line.substr(first + 1, second - first - 1), head.request);
}

Checked read_field(std::string_view line, Request& request) {
  if (line.starts_with(' ') || line.starts_with('\t')) return bad("a field is folded (obs-fold)");
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return bad("a field name is not a token before a colon");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_value(value)) return bad("a field value holds a control octet");
  if (hides_line_break(value)) return bad("a field value hides a line break");
  if (request.fields.size() == kMaxFields) return Refusal{431, "too many fields"};
  request.fields.push_back({ascii_lower(line.substr(0, colon)), std::string(value)});
  return std::nullopt;
}

std::vector<std::string_view> values(const Request& request, std::string_view name) {
  std::vector<std::string_view> found;
  for (const Field& field : request.fields) {
    if (field.name == name) found.push_back(field.value);
  }
  return found;
}

Checked read_host(Head& head, bool is_http_1_1) {
  const auto hosts = values(head.request, "host");
  if (hosts.size() > 1) return bad("Host comes twice");
  if (hosts.empty()) return is_http_1_1 ? Checked(bad("Host is missing")) : std::nullopt;
  if (!is_host(hosts[0])) return bad("Host is malformed");
  if (head.request.host.empty()) head.request.host = hosts[0];
  return std::nullopt;
}

Checked read_content_length(std::string_view value, Head& head) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), ascii_digit)) return bad("Content-Length is no number");
  if (value.size() > 15) return Refusal{413, "the body is too large"};
  head.content_length = std::stoull(std::string(value));
  head.body = head.content_length == 0 ? BodyKind::kNone : BodyKind::kLength;
  return std::nullopt;
}

// RFC 9112 section 6.3, without any of its leniencies: there is one way to read the length or none at all.
Checked read_framing(Head& head, bool is_http_1_1) {
  const auto lengths = values(head.request, "content-length");
  const auto codings = values(head.request, "transfer-encoding");
  if (lengths.size() > 1) return bad("Content-Length comes twice");
  if (codings.size() > 1) return bad("Transfer-Encoding comes twice");
  if (!lengths.empty() && !codings.empty()) return bad("Content-Length and Transfer-Encoding exclude each other");
  if (!codings.empty()) {
    if (!is_http_1_1 || !ascii_iequals(codings[0], "chunked")) return bad("Transfer-Encoding is not chunked");
    head.body = BodyKind::kChunked;
  }
  if (!values(head.request, "content-encoding").empty()) return Refusal{415, "a request must not be compressed"};
  return lengths.empty() ? std::nullopt : read_content_length(lengths[0], head);
}

Checked read_expectation(Head& head) {
  const auto expectations = values(head.request, "expect");
  if (expectations.empty()) return std::nullopt;
  if (expectations.size() > 1 || !ascii_iequals(expectations[0], "100-continue")) {
    return Refusal{417, "only 100-continue can be expected"};
  }
  head.expect_continue = head.body != BodyKind::kNone;
  return std::nullopt;
}

void read_connection(Head& head) {
  for (std::string_view options : values(head.request, "connection")) {
    while (!options.empty()) {
      const std::size_t comma = std::min(options.find(','), options.size());
      if (ascii_iequals(trim(options.substr(0, comma)), "close")) head.keep_alive = false;
      options.remove_prefix(std::min(comma + 1, options.size()));
    }
  }
}

// Every CR and LF belongs to a CRLF and there is no NUL: nobody can see another line than we do.
bool lines_are_clean(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') return false;
    if (head[i] == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) return false;
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r')) return false;
  }
  return true;
}

Checked read_head(std::string_view octets, Head& head) {
  if (!lines_are_clean(octets)) return bad("the head holds NUL, a bare CR or a bare LF");
  while (octets.starts_with("\r\n")) octets.remove_prefix(2);  // RFC 9112 section 2.2
  if (!octets.ends_with("\r\n\r\n")) return bad("the head does not end");
  if (auto refusal = read_request_line(next_line(octets), head)) return refusal;
  const bool is_http_1_1 = head.keep_alive;
  while (octets != "\r\n") {
    if (auto refusal = read_field(next_line(octets), head.request)) return refusal;
  }
  if (auto refusal = read_host(head, is_http_1_1)) return refusal;
  if (auto refusal = read_framing(head, is_http_1_1)) return refusal;
  read_connection(head);
  return read_expectation(head);
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const auto found = values(*this, name);
  return found.empty() ? std::string_view() : found[0];
}

std::size_t head_size(std::string_view buffer) {
  // A bare LF ends lines too for this purpose, so that "GET / HTTP/1.1\n\n" is refused at once instead of timing out.
  std::size_t begin = 0;
  while (begin < buffer.size() && (buffer[begin] == '\r' || buffer[begin] == '\n')) ++begin;
  for (std::size_t at = buffer.find('\n', begin); at != buffer.npos; at = buffer.find('\n', at + 1)) {
    if (buffer.substr(at + 1).starts_with('\n')) return at + 2;
    if (buffer.substr(at + 1).starts_with("\r\n")) return at + 3;
  }
  return buffer.npos;
}

Result<Head, Refusal> parse_head(std::string_view octets) {
  if (octets.size() > kMaxHead) return unexpected(Refusal{431, "the head is too large"});
  Head head;
  if (auto refusal = read_head(octets, head)) return unexpected(*refusal);
  return head;
}

}  // namespace waxseal::jmapd::http
