// Every message of a folder of reference mail that WAXSEAL_TESTDATA names (mime/ and smime/ below it).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "mime/message.h"
#include "tests/unit/mime/message_dump.h"

namespace waxseal::mime {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  const char* root = std::getenv("WAXSEAL_TESTDATA");
  if (root == nullptr) return files;
  for (const char* folder : {"mime", "smime"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(root) / folder))
      if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with_lf(std::string_view octets) {
  std::string out;
  for (std::size_t i = 0; i < octets.size(); ++i)
    if (octets[i] != '\r' || i + 1 == octets.size() || octets[i + 1] != '\n') out += octets[i];
  return out;
}

std::string with_crlf(std::string_view lf) {
  std::string out;
  for (const char c : lf) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// The tree without its octets.
std::string shape(const Message& message, std::size_t index) {
  const Part& part = message.parts[index];
  std::string out =
      part.type + "#" + part.part_id + "/" + part.charset + "/" + part.encoding + "/" + part.name.value_or("-");
  for (const std::size_t child : part.children) out += "(" + shape(message, child) + ")";
  return out;
}

std::string shape(std::string_view octets) {
  const Message message = parse_message(octets);
  return shape(message, 0) + " " + dump_lists(message);
}

void expect_sound(std::string_view octets, const fs::path& path) {
  const Message message = parse_message(octets);
  ASSERT_FALSE(message.parts.empty()) << path;
  for (const Part& part : message.parts) {
    ASSERT_LE(part.header.begin, part.header.end) << path;
    ASSERT_LE(part.header.end, part.body.begin) << path;
    ASSERT_LE(part.body.begin, part.body.end) << path;
    ASSERT_LE(part.body.end, octets.size()) << path;
    EXPECT_EQ(part.part_id.empty(), part.is_multipart()) << path;
    EXPECT_EQ(part.children.empty(), !part.is_multipart()) << path;
    for (const std::size_t child : part.children) {
      EXPECT_GE(message.parts[child].header.begin, part.body.begin) << path;
      EXPECT_LE(message.parts[child].body.end, part.body.end) << path;
    }
    if (!part.is_multipart()) {
      EXPECT_TRUE(valid_utf8(body_text(octets, part).value)) << path;
      EXPECT_EQ(decoded_body(octets, part).size(), part.size) << path;
    }
  }
}

void expect_sound_summary(std::string_view octets, const fs::path& path) {
  const Message message = parse_message(octets);
  const Summary summary = summarise(octets, message);
  EXPECT_TRUE(valid_utf8(summary.subject) && valid_utf8(summary.preview)) << path;
  EXPECT_EQ((summary.subject + summary.preview).find_first_of(std::string_view("\r\n\0", 3)), std::string::npos)
      << path;
  const From from = read_from(message.header);
  if (from.fault != FromFault::kNone) return;
  std::vector<std::string> strict, shown;
  for (const Mailbox& mailbox : from.mailboxes) strict.push_back(mailbox.address());
  for (const AddressGroup& group : summary.from)
    for (const auto& entry : group.addresses) shown.push_back(entry.email);
  EXPECT_EQ(strict, shown) << path;  // PAR-2
}

TEST(Corpus, EveryMessageIsReadWithinItsBounds) {
  const auto files = corpus();
  if (files.empty()) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  for (const fs::path& path : files) {
    const std::string octets = read_file(path);
    expect_sound(octets, path);
    expect_sound_summary(octets, path);
  }
}

TEST(Corpus, LineEndsDoNotChangeTheStructure) {
  const auto files = corpus();
  if (files.empty()) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  for (const fs::path& path : files) {
    const std::string lf = with_lf(read_file(path));
    EXPECT_EQ(shape(lf), shape(with_crlf(lf))) << path;
  }
}

// Cutting a message anywhere must not take the reader out of its bounds.
TEST(Corpus, TruncatedMessagesAreReadToo) {
  const auto files = corpus();
  if (files.empty()) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  for (const fs::path& path : files) {
    const std::string octets = read_file(path);
    if (octets.size() > 20'000) continue;
    for (std::size_t cut = 0; cut < octets.size(); cut += octets.size() / 16 + 1)
      expect_sound(octets.substr(0, cut), path);
  }
}

}  // namespace
}  // namespace waxseal::mime
