#include "cli/mbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli_run.h"
#include "support/mail.h"

namespace waxseal::cli {
namespace {

using testing::ElementsAre;

constexpr const char* kSeparator = "From alice@example.org Wed Jul  1 12:00:00 2026\n";

// Gives `octets` in pieces of `piece`.
ReadOctets in_pieces(std::string octets, std::size_t piece) {
  return [octets, piece, at = std::size_t{0}](char* to, std::size_t size) mutable -> Result<std::size_t> {
    const std::size_t count = octets.copy(to, std::min(size, piece), at);
    at += count;
    return count;
  };
}

std::vector<std::string> messages(const std::string& octets, std::size_t piece = 1000) {
  MessageReader reader(in_pieces(octets, piece));
  std::vector<std::string> out;
  while (auto message = reader.next()) out.push_back(*message ? **message : "error: " + message->error());
  return out;
}

TEST(Mbox, SeparatorLinesHaveATimeAndAYear) {
  for (const char* line :
       {"From alice@example.org Wed Jul  1 12:00:00 2026", "From - Wed Jul 01 12:00:00 2026",
        "From MAILER-DAEMON Wed Jul  1 9:05 2026 +0200", "From \"a b\"@x Wed Jul  1 12:00:00 UTC 2026"})
    EXPECT_TRUE(is_mbox_separator(line)) << line;
  for (const char* line : {"From : alice@example.org", "From here we go on", "From 12:00 on", "From 1999 to 2026",
                           "from alice@example.org Wed Jul  1 12:00:00 2026", "From: a@b Wed Jul  1 12:00:00 2026", ""})
    EXPECT_FALSE(is_mbox_separator(line)) << line;
  EXPECT_FALSE(is_mbox_separator("From " + std::string(2000, 'a') + " Wed Jul  1 12:00:00 2026"));
}

TEST(Mbox, IsSplitAtSeparatorsBehindBlankLinesInPiecesOfAnySize) {
  const std::string s = kSeparator;
  const struct {
    std::string mbox;
    std::vector<std::string> expected;
  } cases[] = {
      {s + "A: b\n\nx\n\n" + s + "C: d\n\ny\n", {"A: b\n\nx\n", "C: d\n\ny\n"}},
      {s + "A: b\n\nx\n\n" + s + "C: d\n\ny\n\n", {"A: b\n\nx\n", "C: d\n\ny\n"}},
      {s + "A: b\n\nx\n" + s + "y\n", {"A: b\n\nx\n" + s + "y\n"}},               // no blank line before it
      {s + "A: b\n\nx\n\nFrom here on\n", {"A: b\n\nx\n\nFrom here on\n"}},       // no separator
      {s + "A: b\n\nx\n\n\n\n" + s + "B: c\n\n", {"A: b\n\nx\n\n\n", "B: c\n"}},  // one blank line is the mbox's
      {s + "\n" + s + "A: b\n\nx", {"", "A: b\n\nx"}},
      {s, {""}},
      {s.substr(0, s.size() - 1), {""}},
      {"From alice Wed Jul  1 12:00:00 2026\r\nA: b\r\n\r\nx\r\n\r\nFrom b Wed Jul  1 12:00:00 2026\r\nC: d\r\n\r\n",
       {"A: b\r\n\r\nx\r\n", "C: d\r\n"}},
  };
  for (const auto& c : cases)
    for (const std::size_t piece : {1u, 2u, 7u, 1000000u})
      EXPECT_EQ(messages(c.mbox, piece), c.expected) << c.mbox << " in pieces of " << piece;
}

TEST(Mbox, AnythingElseIsOneMessage) {
  const std::string begins_like_one = "From here we go on\n\n" + std::string(kSeparator) + "A: b\n\n";
  for (const std::string& octets : {std::string(), std::string("\0\n\xff", 3),
                                    std::string("A: b\n\nx\n\n") + kSeparator, begins_like_one, std::string("From ")})
    EXPECT_THAT(messages(octets), ElementsAre(octets));
}

TEST(Mbox, AnErrorEndsTheFile) {
  bool first = true;
  MessageReader reader([&](char* to, std::size_t) -> Result<std::size_t> {
    if (!std::exchange(first, false)) return unexpected("Input/output error");
    return std::string(kSeparator).append("A: b\n\nx\n\n").append(kSeparator).append("A: c").copy(to, 1000);
  });
  EXPECT_EQ(**reader.next(), "A: b\n\nx\n");
  EXPECT_EQ(reader.next()->error(), "Input/output error");
  EXPECT_FALSE(reader.next());
}

TEST(Mbox, ReadingsUndoEitherQuoting) {
  const auto dump = [](const std::string& stored) {
    std::vector<std::string> out;
    for (const Reading& reading : readings_of(stored))
      out.push_back(std::string(quoting_name(reading.quoting)) + ": " + reading.octets);
    return out;
  };
  EXPECT_THAT(dump("a\nb\n"), ElementsAre("none: a\nb\n"));
  EXPECT_THAT(dump(">From x\n"), ElementsAre("mboxrd: From x\n", "none: >From x\n"));
  EXPECT_THAT(dump("a\n>>From x\n>From y"),
              ElementsAre("mboxrd: a\n>From x\nFrom y", "mboxo: a\n>>From x\nFrom y", "none: a\n>>From x\n>From y"));
  EXPECT_THAT(dump(" >From x\n> From y\n"), ElementsAre("none:  >From x\n> From y\n"));
}

class VerifyMbox : public testing::Test {
 protected:
  std::vector<nlohmann::json> verify(const std::string& mbox) {
    const Ran ran = run({"verify", "--json", "--anchors", directory_.write("root.pem", test::pki().root.pem()),
                         directory_.write("box", mbox)});
    EXPECT_EQ(ran.err, "");
    return ran.json();
  }
  static std::string signed_text(std::string_view text) {
    return test::crlf_to_lf(test::clear_signed_mail({.cert = test::alice()}, test::kAlice, test::text_entity(text)));
  }
  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  }

  Directory directory_;
};

TEST_F(VerifyMbox, EveryMessageHasItsNumberAndItsVerdict) {
  const std::string message = signed_text("Hello\r\n");
  const auto objects = verify(kSeparator + message + "\n" + kSeparator + replaced(message, "Hello", "Adieu") + "\n" +
                              kSeparator + message);
  ASSERT_EQ(objects.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(objects[i]["file"], directory_.path("box"));
    EXPECT_EQ(objects[i]["message"], i + 1);
    EXPECT_EQ(objects[i]["quoting"], "none");
    EXPECT_EQ(objects[i]["smimeStatus"], i == 1 ? "signed/failed" : "signed/verified");
  }
}

TEST_F(VerifyMbox, QuotedLinesAreReadBackAsTheyWereSigned) {
  const std::string author = "x\r\n\r\nFrom me to you\r\n>From you to me\r\n";
  const std::string message = signed_text(author);
  const auto status = [&](const std::string& stored) {
    const auto object = verify(kSeparator + stored).at(0);
    return object["smimeStatus"].get<std::string>() + " " + object["quoting"].get<std::string>();
  };
  const std::string mboxo = replaced(message, "\nFrom me", "\n>From me");
  EXPECT_EQ(status(replaced(mboxo, "\n>From you", "\n>>From you")), "signed/verified mboxrd");
  EXPECT_EQ(status(mboxo), "signed/failed mboxrd");  // here nobody can tell the author's ">" from the mbox's
  EXPECT_EQ(status(message), "signed/verified none");
  const std::string deep = signed_text("x\r\n\r\nFrom me to you\r\n>>From you to me\r\n");
  EXPECT_EQ(status(replaced(deep, "\nFrom me", "\n>From me")), "signed/verified mboxo");
  EXPECT_EQ(status(replaced(deep, "\nFrom me", "\n>From them")), "signed/failed mboxrd");
}

TEST_F(VerifyMbox, AMaildirIsItsMessagesAndItsFolders) {
  const std::string message = signed_text("Hello\r\n");
  for (const char* name : {"md/cur/2:2,S", "md/cur/1:2,S", "md/new/3", "md/tmp/4", "md/dovecot.index", "md/.Sent/cur/5",
                           "md/.Sent/new/6", "md/.Sent/tmp/7", "md/.Sent/maildirfolder"})
    directory_.write(name, message);
  const Ran ran = run(
      {"verify", "--json", "--anchors", directory_.write("root.pem", test::pki().root.pem()), directory_.path("md")});
  EXPECT_EQ(ran.status, kDone);
  std::vector<std::string> files;
  for (const auto& object : ran.json())
    files.push_back(object["file"].get<std::string>().substr(directory_.path("md/").size()));
  EXPECT_THAT(files, ElementsAre(".Sent/cur/5", ".Sent/new/6", "cur/1:2,S", "cur/2:2,S", "new/3"));
}

}  // namespace
}  // namespace waxseal::cli
