#include "lmtp/data_reader.h"

#include <gmock/gmock.h>

namespace waxseal::lmtp {
namespace {

struct Read {
  std::string text;
  std::string left;  // behind the end
  bool done = false;
  DataReader::Fault fault = DataReader::Fault::kNone;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(Octets in, std::size_t chunk, std::size_t limit = 1000) {
  DataReader reader(limit);
  delivery::Spool spool{delivery::SpoolOptions{}};
  std::size_t used = 0;
  while (used < in.size() && !reader.done()) used += reader.feed(in.substr(used, chunk), spool);
  return {std::string(spool.view()), std::string(in.substr(used)), reader.done(), reader.fault()};
}

// The same octets in every chunk size give the same answer.
Read read_in_every_chunk_size(Octets in, std::size_t limit = 1000) {
  const Read whole = read(in, in.size() + 1, limit);
  for (std::size_t chunk = 1; chunk <= in.size(); ++chunk) {
    const Read cut = read(in, chunk, limit);
    EXPECT_EQ(cut.done, whole.done) << "chunk size " << chunk;
    EXPECT_EQ(cut.fault, whole.fault) << "chunk size " << chunk;
    EXPECT_EQ(cut.left, whole.left) << "chunk size " << chunk;
    // How much of a faulty text is kept depends on where it was cut, and is nobody's business.
    if (whole.fault == DataReader::Fault::kNone) {
      EXPECT_EQ(cut.text, whole.text) << "chunk size " << chunk;
    }
  }
  return whole;
}

struct Case {
  std::string name;
  std::string in;
  std::string text;
};

TEST(DataReader, FindsTheEndAndRemovesDots) {
  const Case cases[] = {
      {"text", "Subject: x\r\n\r\nbody\r\n.\r\n", "Subject: x\r\n\r\nbody\r\n"},
      {"empty", ".\r\n", ""},
      {"one empty line", "\r\n.\r\n", "\r\n"},
      {"stuffed dot alone", "a\r\n..\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
      {"stuffed dot before text", "..a\r\n.\r\n", ".a\r\n"},
      {"dot that was not stuffed is removed too", ".a\r\n.\r\n", "a\r\n"},
      {"dots inside a line stay", "a.b..\r\n.\r\n", "a.b..\r\n"},
      {"three dots", "...\r\n.\r\n", "..\r\n"},
      {"octets that are no text", std::string("a\0\xFF\x80\r\n.\r\n", 9), std::string("a\0\xFF\x80\r\n", 6)},
  };
  for (const Case& c : cases) {
    const Read result = read_in_every_chunk_size(c.in + "NOOP\r\n");
    EXPECT_TRUE(result.done) << c.name;
    EXPECT_EQ(result.text, c.text) << c.name;
    EXPECT_EQ(result.left, "NOOP\r\n") << c.name;
    EXPECT_EQ(result.fault, DataReader::Fault::kNone) << c.name;
  }
}

// Each of these was taken for the end of data by some server (CVE-2023-51764, -51765, -51766).
TEST(DataReader, FalseEndsAreNotTheEndAndMakeTheTextFaulty) {
  const std::string false_ends[] = {"\n.\r\n", "\n.\n",       "\r\n.\n",       "\r.\r",     "\r\n.\r",
                                    "\r.\r\n", "\r\n\r.\r\n", "\r\r\n.\r\r\n", "\n\n.\r\n", "\r\n.\r\r\n"};
  for (const std::string& false_end : false_ends) {
    const std::string in = "text" + false_end + "MAIL FROM:<smuggled@example.org>\r\n.\r\nQUIT\r\n";
    const Read result = read_in_every_chunk_size(in);
    EXPECT_TRUE(result.done) << testing::PrintToString(false_end);
    EXPECT_EQ(result.left, "QUIT\r\n") << testing::PrintToString(false_end);
    EXPECT_EQ(result.fault, DataReader::Fault::kBareLineEnd) << testing::PrintToString(false_end);
  }
}

TEST(DataReader, WithoutTheEndItIsNotDone) {
  for (const std::string in : {"text\r\n", "text\r\n.", "text\r\n.\r", "text.\r\n", "text\r\n..\r\n"})
    EXPECT_FALSE(read_in_every_chunk_size(in).done) << in;
}

TEST(DataReader, TheLimitCountsTextWithoutStuffedDots) {
  EXPECT_EQ(read_in_every_chunk_size("..345678\r\n.\r\n", 9).fault, DataReader::Fault::kNone);
  EXPECT_EQ(read_in_every_chunk_size("..345678\r\n.\r\n", 8).fault, DataReader::Fault::kTooLarge);
}

TEST(DataReader, TheEndIsFoundBehindATextThatIsTooLarge) {
  const Read result = read_in_every_chunk_size(std::string(300, 'x') + "\r\n.\r\nQUIT\r\n", 10);
  EXPECT_TRUE(result.done);
  EXPECT_EQ(result.left, "QUIT\r\n");
}

TEST(DataReader, ASpoolThatFailsIsAFaultAndTheEndIsStillFound) {
  DataReader reader(1000);
  delivery::Spool spool({.memory_octets = 1, .directory = "/nonexistent"});
  const std::string in = "a text\r\n.\r\nQUIT\r\n";
  EXPECT_EQ(reader.feed(in, spool), in.size() - 6);
  EXPECT_EQ(reader.fault(), DataReader::Fault::kSpoolFailed);
  EXPECT_THAT(reader.text().spool_error(), testing::HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace waxseal::lmtp
