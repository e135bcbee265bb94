// JSON as octets, value by value: what nlohmann's dump() writes, without a second copy of a large text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace waxseal::jmapd {

class JsonWriter {
 public:
  static constexpr std::size_t kMuch = 1024 * 1024;

  JsonWriter() = default;
  JsonWriter(JsonWriter&&) = default;
  virtual ~JsonWriter() = default;

  void raw(std::string_view json) { out_ += json; }
  // Recursion is as deep as the value.
  void value(const nlohmann::json& value);
  // A JSON string.  Text that is not UTF-8, which the store never gives, becomes U+FFFD instead of an exception.
  void text(std::string_view text);

 protected:
  virtual void much() {}  // out_ has kMuch octets, and may be emptied
  std::string out_;

 private:
  void written() {
    if (out_.size() >= kMuch) much();
  }
  void array(const nlohmann::json& value);
  void object(const nlohmann::json& value);
};

// Collects what is written.
class JsonText final : public JsonWriter {
 public:
  std::string take() { return std::move(out_); }
};

// The whole value.
std::string serialise(const nlohmann::json& value);

}  // namespace waxseal::jmapd
