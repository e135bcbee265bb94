// BDAT (RFC 3030).
#include <gmock/gmock.h>

#include "unit/lmtp/fake_sink.h"

namespace waxseal::lmtp {
namespace {

using testing::ElementsAre;

const std::string kEnvelope = "LHLO client.example.org\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\n";

// After greeting, LHLO, MAIL and RCPT, which every case needs.
std::string after_envelope(World& world, const std::string& commands, std::size_t chunk = 1u << 20) {
  Session session = world.session();
  const std::string all = codes(converse(session, kEnvelope + commands, chunk));
  constexpr std::string_view kBefore = "220 250 250 2.1.0 250 2.1.5 ";
  EXPECT_TRUE(all.starts_with(kBefore)) << all;
  return all.substr(std::min(kBefore.size(), all.size()));
}

struct Case {
  std::string name;
  std::string commands;
  std::string answers;
  std::vector<std::string> texts;
};

TEST(Chunking, Transcripts) {
  const std::string carol = "RCPT TO:<carol@example.org>\r\n";
  const Case cases[] = {
      {"one chunk", "BDAT 5 LAST\r\nabc\r\nNOOP\r\n", "250 2.0.0 250 2.0.0", {"abc\r\n"}},
      {"any case", "bdat 5 last\r\nabc\r\n", "250 2.0.0", {"abc\r\n"}},
      {"a chunk has one answer, the last one an answer for each recipient",
       carol + "BDAT 3\r\nab\rBDAT 4 LAST\r\n\nc\r\n",
       "250 2.1.5 250 2.0.0 250 2.0.0 250 2.0.0",
       {"ab\r\nc\r\n"}},
      {"an empty last chunk", "BDAT 5\r\nabc\r\nBDAT 0 LAST\r\n", "250 2.0.0 250 2.0.0", {"abc\r\n"}},
      {"an empty message", "BDAT 0 LAST\r\n", "250 2.0.0", {""}},
      {"dots and false ends are text",
       "BDAT 17 LAST\r\n.\r\n..a\r\n.\r\nQUIT\r\nNOOP\r\n",
       "250 2.0.0 250 2.0.0",
       {".\r\n..a\r\n.\r\nQUIT\r\n"}},
      {"the last line may have no end (RFC 3030)", "BDAT 3 LAST\r\nabcNOOP\r\n", "250 2.0.0 250 2.0.0", {"abc"}},
      {"octets that are no text",
       std::string("BDAT 5 LAST\r\na\0\xFF\r\n", 18),
       "250 2.0.0",
       {std::string("a\0\xFF\r\n", 5)}},
      {"bare LF", "BDAT 4 LAST\r\na\nb\nNOOP\r\n", "550 5.6.0 250 2.0.0", {}},
      {"bare CR", "BDAT 4 LAST\r\na\rb\nNOOP\r\n", "550 5.6.0 250 2.0.0", {}},
      {"CR at the very end", "BDAT 2 LAST\r\na\rNOOP\r\n", "550 5.6.0 250 2.0.0", {}},
      {"LF at the very beginning", "BDAT 2 LAST\r\n\naNOOP\r\n", "550 5.6.0 250 2.0.0", {}},
      {"two CR", "BDAT 3 LAST\r\n\r\r\nNOOP\r\n", "550 5.6.0 250 2.0.0", {}},
      {"a fault in the first chunk is told at the end, to every recipient",
       carol + "BDAT 2\r\na\nBDAT 3 LAST\r\nb\r\n",
       "250 2.1.5 250 2.0.0 550 5.6.0 550 5.6.0",
       {}},
      {"no DATA and no RCPT after BDAT",
       "BDAT 2\r\n\r\nDATA\r\n" + carol + "BDAT 0 LAST\r\n",
       "250 2.0.0 503 5.5.1 503 5.5.1 250 2.0.0",
       {"\r\n"}},
      {"RSET ends it",
       "BDAT 2\r\n\r\nRSET\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
       "250 2.0.0 250 2.0.0 503 5.5.1 250 2.0.0",
       {}},
      {"the next message begins anew",
       "BDAT 2 LAST\r\n\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nx\r\n.\r\n",
       "250 2.0.0 250 2.1.0 250 2.1.5 354 250 2.0.0",
       {"\r\n", "x\r\n"}},
      {"how much follows must be known, or the rest would be taken for commands",
       "BDAT x LAST\r\nNOOP\r\n",
       "501 5.5.4",
       {}},
      {"... of a number that is too large too", "BDAT 99999999999999999999 LAST\r\nNOOP\r\n", "501 5.5.4", {}},
      {"... and of words behind it", "BDAT 4 FIRST\r\nNOOP\r\n", "501 5.5.4", {}},
      {"too large", "BDAT 10001 LAST\r\n" + std::string(9999, 'x') + "\r\nNOOP\r\n", "552 5.3.4 250 2.0.0", {}},
      {"at the limit",
       "BDAT 10000 LAST\r\n" + std::string(9998, 'x') + "\r\n",
       "250 2.0.0",
       {std::string(9998, 'x') + "\r\n"}},
  };
  for (const Case& c : cases) {
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{1} << 20}) {
      World world;
      EXPECT_EQ(after_envelope(world, c.commands, chunk), c.answers) << c.name << ", chunks of " << chunk;
      std::vector<std::string> texts;
      for (const Taken& taken : world.sink->taken) texts.push_back(taken.text);
      EXPECT_EQ(texts, c.texts) << c.name << ", chunks of " << chunk;
    }
  }
}

TEST(Chunking, WhatFollowsARefusedChunkIsNeverACommand) {
  for (const std::string before : {"", "LHLO x.y\r\n", "LHLO x.y\r\nMAIL FROM:<>\r\n",
                                   "LHLO x.y\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@example.org>\r\n"}) {
    World world;
    Session session = world.session();
    const std::string answers = codes(converse(session, before + "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"));
    EXPECT_TRUE(answers.ends_with("503 5.5.1 250 2.0.0")) << answers;
  }
}

TEST(Chunking, ASpoolThatCannotBeOpenedIsTemporaryAndTheChunkIsSkipped) {
  World world;
  world.service->spool = {.memory_octets = 0, .directory = "/nonexistent"};
  EXPECT_EQ(after_envelope(world, "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "451 4.3.1 250 2.0.0");
}

TEST(Session, CommandsWithoutAMessageAreBounded) {
  World world;
  std::string commands = "LHLO x.y\r\n";
  for (std::size_t i = 1; i < kMaxIdleCommands + world.service->max_recipients; ++i) commands += "NOOP\r\n";
  const std::string message = "MAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\n";
  Session session = world.session();
  EXPECT_THAT(codes(converse(session, commands)), testing::EndsWith("250 2.0.0"));
  EXPECT_THAT(codes(converse(session, message)), "421 4.7.0");
  EXPECT_TRUE(session.closed());
  Session other = world.session();
  EXPECT_THAT(codes(converse(other, commands.substr(0, commands.size() - 24) + message + commands)),
              testing::EndsWith("250 2.0.0"));
  EXPECT_FALSE(other.closed());
}

}  // namespace
}  // namespace waxseal::lmtp
