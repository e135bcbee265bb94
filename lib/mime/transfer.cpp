#include "mime/transfer.h"

#include <array>
#include <optional>

#include "base/passes.h"

namespace waxseal::mime {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<signed char, 256> sextets() {
  std::array<signed char, 256> table{};
  for (auto& value : table) value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  return table;
}

int sextet(char c) {
  static constexpr auto kTable = sextets();
  return kTable[static_cast<unsigned char>(c)];
}

bool white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Decodes quanta of four sextets up to the first that holds something else.  Returns how many octets were read.  Nearly
// all of a body passes here, where an octet costs a fifth of what it costs alone.
template <class Out>
std::size_t read_quanta(Octets encoded, Out& out) {
  constexpr std::size_t kBatch = 256;
  std::array<char, kBatch / 4 * 3> decoded;
  const char* at = encoded.data();
  const char* const last = at + encoded.size() / 4 * 4;
  while (true) {
    const char* const end = at + std::min<std::ptrdiff_t>(kBatch, last - at);
    char* to = decoded.data();
    for (; at != end; at += 4, to += 3) {
      const int a = sextet(at[0]), b = sextet(at[1]), c = sextet(at[2]), d = sextet(at[3]);
      if ((a | b | c | d) < 0) break;
      to[0] = static_cast<char>(a << 2 | b >> 4);
      to[1] = static_cast<char>((b & 15) << 4 | c >> 2);
      to[2] = static_cast<char>((c & 3) << 6 | d);
    }
    out += Octets(decoded.data(), static_cast<std::size_t>(to - decoded.data()));
    if (to != decoded.data() + decoded.size()) return static_cast<std::size_t>(at - encoded.data());
  }
}

// Takes the place of the decoded octets where only their number is wanted.
struct Count {
  std::size_t octets = 0;
  Count& operator+=(char) {
    ++octets;
    return *this;
  }
  Count& operator+=(Octets more) {
    octets += more.size();
    return *this;
  }
};

// Collects sextets; four make three octets.
template <class Out>
class Quantum {
 public:
  explicit Quantum(Out& out) : out_(out) {}

  void add(int value) {
    bits_ = bits_ << 6 | static_cast<unsigned>(value);
    if (++count_ == 4) flush();
  }
  // Ends a quantum early: 2 sextets are 1 octet, 3 are 2.  One alone means nothing.
  void flush() {
    if (count_ >= 2) out_ += static_cast<char>(bits_ >> (6 * count_ - 8) & 255);
    if (count_ >= 3) out_ += static_cast<char>(bits_ >> (6 * count_ - 16) & 255);
    if (count_ == 4) out_ += static_cast<char>(bits_ & 255);
    bits_ = 0;
    count_ = 0;
  }
  unsigned count() const { return count_; }

 private:
  Out& out_;
  unsigned bits_ = 0;
  unsigned count_ = 0;
};

// True: something had to be skipped or guessed.
template <class Out>
bool read_base64(Octets encoded, Out& out) {
  Quantum quantum(out);
  bool padded = false;
  bool problem = false;
  const auto read = [&](char c) {
    const int value = sextet(c);
    if (value >= 0) {
      if (std::exchange(padded, false)) problem = true;  // two encodings put together: read both
      quantum.add(value);
    } else if (c == '=') {
      if (!padded && quantum.count() < 2) problem = true;
      quantum.flush();
      padded = true;
    } else if (!white(c)) {
      problem = true;
    }
  };
  each_window(encoded, [&](Octets window) {
    while (!window.empty()) {
      if (quantum.count() == 0 && !padded && sextet(window.front()) >= 0) {
        window.remove_prefix(read_quanta(window, out));
        if (window.empty()) break;
      }
      read(window.front());
      window.remove_prefix(1);
    }
  });
  if (quantum.count() != 0) problem = true;
  quantum.flush();
  return problem;
}

}  // namespace

Decoded decode_base64(Octets encoded) {
  Decoded out;
  out.octets.reserve(encoded.size() / 4 * 3 + 3);
  out.problem = read_base64(encoded, out.octets);
  return out;
}

Result<std::string> decode_base64_cms(Octets encoded) {
  std::string out;
  out.reserve(encoded.size() / 4 * 3 + 3);
  Quantum quantum(out);
  std::size_t sextets = 0;
  std::size_t padding = 0;
  Trail trail(encoded);
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (quantum.count() == 0 && padding == 0 && sextet(encoded[at]) >= 0) {
      const std::size_t whole = read_quanta(encoded.substr(at), out);
      sextets += whole;
      at += whole;
      trail.reached(at);
      if (at == encoded.size()) break;
    }
    const int value = sextet(encoded[at]);
    if (value >= 0) {
      if (padding > 0) return unexpected("data after base64 padding");
      quantum.add(value);
      ++sextets;
    } else if (encoded[at] == '=') {
      ++padding;
    }
  }
  // RFC 4648 section 3.2: one reading only, so the padding is exactly what completes the last quantum.
  if (sextets % 4 == 1 || padding != (4 - sextets % 4) % 4) return unexpected("wrong base64 padding");
  quantum.flush();
  return out;
}

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

// One line of quoted-printable without its line break.
template <class Out>
class QuotedLine {
 public:
  QuotedLine(Octets line, Out& out) : line_(line), out_(out) {
    // RFC 2045 section 6.7 (3): white space at the end of a line was added on the way.
    const std::size_t last = line_.find_last_not_of(" \t");
    line_ = line_.substr(0, last == Octets::npos ? 0 : last + 1);
  }

  // False: a soft line break ends the line.
  bool decode() {
    const bool soft = line_.ends_with('=');
    if (soft) line_.remove_suffix(1);
    while (!line_.empty()) step();
    return !soft;
  }
  bool problem() const { return problem_; }

 private:
  void step() {
    const std::size_t plain = std::min(line_.find('='), line_.size());
    out_ += line_.substr(0, plain);
    line_.remove_prefix(plain);
    if (line_.empty()) return;
    const auto high = line_.size() > 2 ? hex_digit(line_[1]) : std::nullopt;
    const auto low = line_.size() > 2 ? hex_digit(line_[2]) : std::nullopt;
    if (high && low) {
      out_ += static_cast<char>(*high << 4 | *low);
      line_.remove_prefix(3);
    } else {
      out_ += '=';  // section 6.7, robustness: show what is there
      problem_ = true;
      line_.remove_prefix(1);
    }
  }

  Octets line_;
  Out& out_;
  bool problem_ = false;
};

// As read_base64().
template <class Out>
bool read_quoted_printable(Octets encoded, Out& out) {
  bool problem = false;
  Trail trail(encoded);
  for (std::size_t begin = 0; begin < encoded.size();) {
    const std::size_t lf = encoded.find('\n', begin);
    const std::size_t next = lf == Octets::npos ? encoded.size() : lf + 1;
    std::size_t end = lf == Octets::npos ? encoded.size() : lf;
    if (lf != Octets::npos && end > begin && encoded[end - 1] == '\r') --end;
    QuotedLine line(encoded.substr(begin, end - begin), out);
    if (line.decode()) out += encoded.substr(end, next - end);
    problem = problem || line.problem();
    begin = next;
    trail.reached(begin);
  }
  return problem;
}

}  // namespace

Decoded decode_quoted_printable(Octets encoded) {
  Decoded out;
  out.octets.reserve(encoded.size());
  out.problem = read_quoted_printable(encoded, out.octets);
  return out;
}

Decoded decode_transfer(Octets encoded, std::string_view encoding) {
  if (encoding == "base64") return decode_base64(encoded);
  if (encoding == "quoted-printable") return decode_quoted_printable(encoded);
  const bool identity = encoding == "7bit" || encoding == "8bit" || encoding == "binary";
  return {std::string(encoded), !identity};
}

std::size_t decoded_size(Octets encoded, std::string_view encoding) {
  Count count;
  if (encoding == "base64")
    read_base64(encoded, count);
  else if (encoding == "quoted-printable")
    read_quoted_printable(encoded, count);
  else
    return encoded.size();
  return count.octets;
}

}  // namespace waxseal::mime
