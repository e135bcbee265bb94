#include "jmapd/answer.h"

#include <gtest/gtest.h>

#include <system_error>

namespace waxseal::jmapd {
namespace {

const std::string kLong(3 * JsonWriter::kMuch, 'x');

AnswerRules rules(std::size_t most = 100'000'000) {
  return {most, testing::TempDir()};
}

TEST(Answer, IsWhatWasWritten) {
  for (const std::size_t texts : {0u, 1u, 5u}) {
    Answer answer(rules());
    std::string expected = "[";
    answer.raw("[");
    for (std::size_t i = 0; i < texts; ++i) {
      answer.value(kLong);
      answer.raw(",");
      expected += '"' + kLong + "\",";
    }
    EXPECT_EQ(answer.size(), expected.size());
    EXPECT_TRUE(answer.whole() == expected) << texts;
  }
}

TEST(Answer, CanBeCutAnywhere) {
  Answer written(rules());
  for (char c = 'a'; c < 'f'; ++c) written.value(std::string(700'000, c));
  const std::string all = written.whole();
  for (std::size_t size = 0; size < all.size(); size += 333'333) {
    Answer answer(rules());
    for (char c = 'a'; c < 'f'; ++c) answer.value(std::string(700'000, c));
    answer.cut(size);
    EXPECT_EQ(answer.size(), size);
    answer.value("more");
    answer.value(std::string(1'500'000, 'z'));
    EXPECT_TRUE(answer.whole() == all.substr(0, size) + "\"more\"\"" + std::string(1'500'000, 'z') + '"') << size;
  }
}

TEST(Answer, IsABodyWhileItIsShortAndAStreamAfterThat) {
  http::Response response;
  Answer brief(rules());
  brief.value("brief");
  std::move(brief).move_into(response);
  EXPECT_EQ(response.body, "\"brief\"");
  EXPECT_FALSE(response.stream);

  Answer lengthy(rules());
  lengthy.value(kLong);
  http::Response streamed;
  std::move(lengthy).move_into(streamed);
  ASSERT_TRUE(streamed.stream);
  EXPECT_EQ(streamed.stream->length, kLong.size() + 2);
  std::string got;
  const auto keep = [&](Octets piece) {
    EXPECT_LE(piece.size(), 2 * JsonWriter::kMuch);
    got += piece;
    return true;
  };
  EXPECT_TRUE(streamed.stream->write(keep));
  EXPECT_TRUE(got == '"' + kLong + '"');
  EXPECT_FALSE(streamed.stream->write([](Octets) { return false; }));  // the client has gone
}

TEST(Answer, KnowsItsLimit) {
  Answer answer(rules(10));
  answer.raw("0123456789");
  EXPECT_FALSE(answer.too_large());
  answer.raw("0");
  EXPECT_TRUE(answer.too_large());
  answer.cut(10);
  EXPECT_FALSE(answer.too_large());
}

TEST(Answer, WithoutADirectoryALongOneFailsAndAShortOneDoesNot) {
  Answer answer({100'000'000, "/nowhere/at/all"});
  answer.raw("[");
  EXPECT_THROW(answer.value(kLong), std::system_error);
  answer.cut(1);
  answer.value("brief");
  EXPECT_EQ(answer.whole(), "[\"brief\"");
}

}  // namespace
}  // namespace waxseal::jmapd
