// "{...}" as PostgreSQL reads arrays, element by element.  Private to lib/store.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/sha256.h"

namespace waxseal::store {

class ArrayText {
 public:
  void number(std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    next().append(digits, end);
  }
  void boolean(bool value) { next() += value ? 't' : 'f'; }
  void text(std::string_view value);  // valid UTF-8 without NUL
  void digest(const Sha256& value) { next().append("\"\\\\x").append(value.hex()) += '"'; }
  void time(const std::optional<Time>& value);  // seconds of the epoch, within the years that PostgreSQL knows

  std::string str() const { return text_ + "}"; }

 private:
  std::string& next() {
    if (text_.size() > 1) text_ += ',';
    return text_;
  }

  std::string text_ = "{";
};

}  // namespace waxseal::store
