#include "jmapd/json_guard.h"

#include <nlohmann/json.hpp>

namespace waxseal::jmapd {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;  // RFC 8620 section 1.3, RFC 7493 section 2.2

// RFC 7493 section 2.1 forbids noncharacters: U+FDD0..FDEF and the last two code points of every plane.  nlohmann has
// already refused surrogates and ill-formed UTF-8, so that looking at the lead octets is enough.
bool has_noncharacter(const std::string& text) {
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (octet(i) == 0xEF) {
      if (octet(i + 1) == 0xB7 && octet(i + 2) >= 0x90 && octet(i + 2) <= 0xAF) return true;
      if (octet(i + 1) == 0xBF && octet(i + 2) >= 0xBE) return true;
    }
    if (octet(i) >= 0xF0 && i + 3 < text.size() && (octet(i + 1) & 0x0F) == 0x0F && octet(i + 2) == 0xBF &&
        octet(i + 3) >= 0xBE) {
      return true;
    }
  }
  return false;
}

// Builds the value and enforces the limits in one pass.  nlohmann's parser keeps its own stack, so nothing here
// recurses.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override {
    if (value < -kMaxInteger || value > kMaxInteger) return fail("an integer is beyond 2^53-1");
    return add(value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(kMaxInteger)) return fail("an integer is beyond 2^53-1");
    return add(value);
  }
  bool number_float(number_float_t value, const string_t& spelling) override {
    if (spelling.find_first_of(".eE") == spelling.npos) return fail("an integer is beyond 2^53-1");
    return add(value);
  }
  bool string(string_t& value) override {
    if (has_noncharacter(value)) return fail("a string holds a noncharacter");
    return add(std::move(value));
  }
  bool binary(binary_t&) override { return fail("binary"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!count()) return false;
    if (has_noncharacter(name)) return fail("a name holds a noncharacter");
    const auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name, nullptr);
    if (!is_new) return fail("an object has the same name twice");  // RFC 7493 section 2.3
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail("syntax error near octet " + std::to_string(position));
  }

  Json take() { return std::move(root_); }
  std::string error() { return std::move(error_); }

 private:
  bool fail(std::string why) {
    if (error_.empty()) error_ = std::move(why);
    return false;
  }
  bool count() { return ++nodes_ <= limits_.nodes || fail("too many values"); }

  // The place of the next value.  Pointers stay good: a container does not grow while one of its members is open.
  Json* place(Json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    *member_ = std::move(value);
    return member_;
  }
  bool add(Json value) {
    if (!count()) return false;
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() >= limits_.depth) return fail("nested too deeply");
    if (!count()) return false;
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  std::size_t nodes_ = 0;
  std::string error_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  Builder builder(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return unexpected(builder.error());
  return builder.take();
}

}  // namespace waxseal::jmapd
