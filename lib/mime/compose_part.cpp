#include <algorithm>

#include "base/text.h"
#include "mime/compose.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kTransportLine = 998;  // RFC 5321 section 4.5.3.1.6 without the line break
constexpr std::size_t kEncodedLine = 76;     // RFC 2045 section 6.7 (5), 6.8

// What keeps octets from travelling as they are.
struct Nature {
  std::size_t escapes = 0;  // octets that quoted-printable would write as three
  bool eight_bit = false;
  bool binary = false;  // NUL, a CR or LF alone, or a line that is too long
};

Nature nature_of(Octets octets) {
  Nature out;
  std::size_t line = 0;
  for (std::size_t i = 0; i < octets.size(); ++i, ++line) {
    const auto c = static_cast<unsigned char>(octets[i]);
    if (c == '\r' && i + 1 < octets.size() && octets[i + 1] == '\n') {
      out.binary = out.binary || line > kTransportLine;
      ++i;
      line = static_cast<std::size_t>(-1);
      continue;
    }
    out.eight_bit = out.eight_bit || c >= 0x80;
    out.binary = out.binary || c == 0 || c == '\r' || c == '\n';
    if ((c < ' ' && c != '\t') || c > '~' || c == '=') ++out.escapes;
  }
  out.binary = out.binary || line > kTransportLine;
  return out;
}

std::string base64_lines(Octets octets) {
  constexpr std::size_t kOctetsOfLine = kEncodedLine / 4 * 3;
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += kOctetsOfLine) {
    out += base64(octets.substr(at, kOctetsOfLine)) + "\r\n";
  }
  return out;
}

class QuotedPrintable {
 public:
  std::string write(Octets octets) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
      const bool line_break = octets.substr(i).starts_with("\r\n");
      if (line_break) {
        out_ += "\r\n";
        column_ = 0;
        ++i;
        continue;
      }
      const bool last = i + 1 == octets.size() || octets.substr(i + 1).starts_with("\r\n");
      put(static_cast<unsigned char>(octets[i]), last);
    }
    return std::move(out_);
  }

 private:
  // White space before a line break would get lost on the way (RFC 2045 section 6.7 (3)).
  void put(unsigned char c, bool last) {
    const bool white = c == ' ' || c == '\t';
    const bool literal = white ? !last : c > ' ' && c <= '~' && c != '=';
    const std::size_t width = literal ? 1 : 3;
    if (column_ + width > kEncodedLine - (last ? 0 : 1)) {
      out_ += "=\r\n";
      column_ = 0;
    }
    if (literal) {
      out_ += static_cast<char>(c);
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      out_ += '=';
      out_ += kDigits[c >> 4U];
      out_ += kDigits[c & 15U];
    }
    column_ += width;
  }

  std::string out_;
  std::size_t column_ = 0;
};

struct Encoded {
  const char* name;
  std::string octets;
};

Encoded encode(const NewPart& part) {
  const Nature nature = nature_of(part.content);
  if (part.type.starts_with("message/")) {
    return {nature.binary ? "binary" : nature.eight_bit ? "8bit" : "7bit", part.content};
  }
  if (!part.type.starts_with("text/")) return {"base64", base64_lines(part.content)};
  if (!nature.eight_bit && !nature.binary) return {"7bit", part.content};
  const bool mostly_readable = nature.escapes * 6 < part.content.size();
  if (mostly_readable) return {"quoted-printable", QuotedPrintable().write(part.content)};
  return {"base64", base64_lines(part.content)};
}

class Writer {
 public:
  explicit Writer(std::string_view token) : token_(token) {}

  void field(const NewField& field) { out_ += field.name + ":" + field.value + "\r\n"; }

  // Recursion is bounded by whoever built the tree.
  void part(const NewPart& part) {
    if (part.type.starts_with("multipart/")) return multipart(part);
    const Encoded encoded = encode(part);
    content_fields(part, part.parameters);
    field({"Content-Transfer-Encoding", std::string(" ") + encoded.name});
    out_ += "\r\n" + encoded.octets;
  }

  std::string take() { return std::move(out_); }

 private:
  void content_fields(const NewPart& part, const std::vector<Parameter>& parameters) {
    field({"Content-Type", write_parameters(part.type, parameters, "Content-Type")});
    for (const NewField& other : part.fields) field(other);
  }

  void multipart(const NewPart& part) {
    const std::string boundary = "=_" + std::string(token_) + "_" + std::to_string(++boundaries_);
    std::vector<Parameter> parameters = part.parameters;
    parameters.push_back({"boundary", boundary});
    content_fields(part, parameters);
    out_ += "\r\n";
    for (const NewPart& child : part.parts) {
      out_ += "--" + boundary + "\r\n";
      this->part(child);
      out_ += "\r\n";
    }
    out_ += "--" + boundary + "--\r\n";
  }

  const std::string_view token_;
  std::string out_;
  int boundaries_ = 0;
};

}  // namespace

std::string compose_message(const std::vector<NewField>& header, const NewPart& body, std::string_view token) {
  Writer writer(token);
  for (const NewField& field : header) writer.field(field);
  writer.part(body);
  return writer.take();
}

}  // namespace waxseal::mime
