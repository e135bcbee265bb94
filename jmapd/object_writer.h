// An object or array that is written member by member, without a tree: for what is answered too often to build one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/octets.h"
#include "jmapd/json_writer.h"

namespace waxseal::jmapd {

// Puts the commas; the caller opens and closes, and gives each name of an object once.
class ObjectWriter {
 public:
  explicit ObjectWriter(JsonWriter& out) : out_(out) {}

  void open(char bracket) {  // '{' or '['
    separate();
    out_.raw({&bracket, 1});
    comma_ = false;
  }
  void close(char bracket) {  // '}' or ']'
    out_.raw({&bracket, 1});
    comma_ = true;
  }
  void key(Octets name) {
    text(name);
    out_.raw(":");
    comma_ = false;
  }

  void text(Octets octets) {  // ill-formed UTF-8 becomes U+FFFD
    separate();
    out_.text(octets);
  }
  void value(const nlohmann::json& value) {
    separate();
    out_.value(value);
  }
  void number(std::int64_t value);
  void boolean(bool value) { written(value ? "true" : "false"); }
  void null() { written("null"); }

 private:
  void separate() {
    if (comma_) out_.raw(",");
    comma_ = true;
  }
  void written(std::string_view json) {
    separate();
    out_.raw(json);
  }

  JsonWriter& out_;
  bool comma_ = false;  // before the next value or key
};

}  // namespace waxseal::jmapd
