#include <iconv.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/text.h"
#include "mime/charset_names.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Owner of one conversion descriptor to UTF-8.
class Converter {
 public:
  explicit Converter(const char* from) : handle_(iconv_open("UTF-8", from)) {}
  ~Converter() {
    if (usable()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // Whole input; what cannot be converted is skipped in steps of `unit` octets, each giving one U+FFFD.
  CharsetText convert(Octets octets, std::size_t unit) {
    CharsetText out;
    std::string input(octets);  // iconv's signature wants it mutable
    char* in = input.data();
    std::size_t left = input.size();
    while (left > 0) {
      const int error = step(in, left, out.utf8);
      if (error == 0 || error == E2BIG) continue;
      out.problem = true;
      out.utf8 += kReplacement;
      const std::size_t skip = error == EILSEQ ? std::min(unit, left) : left;  // EINVAL: cut off at the end
      in += skip;
      left -= skip;
    }
    step_out(out.utf8);
    return out;
  }

 private:
  int step(char*& in, std::size_t& left, std::string& out) {
    std::array<char, 4096> buffer;
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const bool failed = iconv(handle_, &in, &left, &to, &room) == static_cast<std::size_t>(-1);
    const int error = failed ? errno : 0;
    out.append(buffer.data(), buffer.size() - room);
    return error;
  }

  // Characters that a stateful charset holds back until its end.
  void step_out(std::string& out) {
    std::array<char, 64> buffer;
    char* to = buffer.data();
    std::size_t room = buffer.size();
    iconv(handle_, nullptr, nullptr, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
  }

  iconv_t handle_;
};

std::size_t unit_of(std::string_view name) {
  if (name.starts_with("UTF-16") || name.starts_with("UCS-2")) return 2;
  return name.starts_with("UTF-32") || name.starts_with("UCS-4") ? 4 : 1;
}

CharsetText by_iconv(Octets octets, const char* name) {
  Converter converter(name);
  if (!converter.usable()) return {to_valid_utf8(octets), true};
  CharsetText out = converter.convert(octets, unit_of(name));
  if (out.utf8.find('\0') != std::string::npos) out.utf8 = to_valid_utf8(out.utf8);  // rule R6: text never holds NUL
  return out;
}

// What the label denies is still shown: UTF-8 where it is well-formed, else what most such mail is.
CharsetText guess(Octets octets) {
  if (valid_utf8(octets)) return {to_valid_utf8(octets), true};
  CharsetText out = by_iconv(octets, "CP1252");
  out.problem = true;
  return out;
}

}  // namespace

CharsetText to_utf8(Octets octets, std::string_view charset) {
  const char* name = iconv_name(charset);
  if (name == nullptr) return is_ascii(octets) ? CharsetText{to_valid_utf8(octets), true} : guess(octets);
  const std::string_view known = name;
  if (known == "US-ASCII") return is_ascii(octets) ? CharsetText{to_valid_utf8(octets), false} : guess(octets);
  if (known == "UTF-8") return {to_valid_utf8(octets), !valid_utf8(octets)};
  return by_iconv(octets, name);
}

}  // namespace waxseal::mime
