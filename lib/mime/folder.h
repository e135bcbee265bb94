// Joins what must not be divided to lines of a header field.  Private to lib/mime.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace waxseal::mime {

class Folder {
 public:
  explicit Folder(std::string_view field_name) : column_(field_name.size() + 1) {}

  // One space, or a fold and a space, before each: RFC 5322 section 2.1.1 wants lines of at most 78 octets.
  void add(const std::string& atom) {
    if (column_ + 1 + atom.size() > kLine && !out_.empty()) {
      out_ += "\r\n";
      column_ = 0;
    }
    out_ += ' ';
    out_ += atom;
    column_ += 1 + atom.size();
  }
  std::string take() { return out_.empty() ? " " : std::move(out_); }

 private:
  static constexpr std::size_t kLine = 78;
  std::string out_;
  std::size_t column_;
};

}  // namespace waxseal::mime
