#include "jmapd/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace waxseal::jmapd {
namespace {

using Json = nlohmann::json;

std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TEST(JsonWriter, WritesWhatTheLibraryWrites) {
  for (const Json& value :
       {Json(), Json(true), Json(false), Json(0), Json(-7), Json(std::numeric_limits<std::int64_t>::min()),
        Json(std::numeric_limits<std::uint64_t>::max()), Json(1.5), Json(1e300), Json(""), Json::array(),
        Json::object(), Json::array({1, "a", Json::array({nullptr}), {{"b", {{"c", false}}}}}),
        Json({{"\"\\/\b\f\n\r\t", "\x01\x1f\x7f"}, {"\xe2\x82\xac", "\xf0\x9f\x92\x8c\xe2\x80\xa8"}})}) {
    EXPECT_EQ(serialise(value), dumped(value));
  }
}

TEST(JsonWriter, WritesEveryOctetAsTheLibraryDoes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; second += 5) {
      const std::string text{'a', static_cast<char>(first), static_cast<char>(second), 'z'};
      EXPECT_EQ(serialise(text), dumped(text)) << first << ' ' << second;
    }
  }
}

TEST(JsonWriter, WritesLongTextsAsTheLibraryDoes) {
  std::mt19937 random(7);
  for (const std::size_t size : {65'535u, 65'536u, 65'537u, 3'000'000u}) {
    std::string text(size, 'x');
    for (int i = 0; i < 2000; ++i) text[random() % size] = "\"\n\\\x02y"[random() % 5];
    EXPECT_TRUE(serialise(text) == dumped(text)) << size;
    text.back() = '"';
    EXPECT_TRUE(serialise(text) == dumped(text)) << size;
    text.back() = '\xFF';
    EXPECT_TRUE(serialise(text) == dumped(text)) << size;
  }
}

}  // namespace
}  // namespace waxseal::jmapd
