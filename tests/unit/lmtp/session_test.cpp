#include "lmtp/session.h"

#include <arpa/inet.h>

#include <gmock/gmock.h>

#include <cstring>

#include "unit/lmtp/fake_sink.h"

namespace waxseal::lmtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kGreeting = "LHLO client.example.org\r\n";

std::string dialogue(World& world, std::string_view commands, std::size_t chunk = 1u << 20) {
  Session session = world.session();
  return codes(converse(session, commands, chunk));
}

// After the greeting and LHLO, which every case needs.
std::string after_lhlo(World& world, const std::string& commands) {
  const std::string all = dialogue(world, std::string(kGreeting) + commands);
  return all.size() > 8 ? all.substr(8) : "";
}

TEST(Session, GreetsAndNamesItsExtensions) {
  World world;
  Session session = world.session();
  const std::string answers = converse(session, kGreeting);
  EXPECT_EQ(answers,
            "220 mx.example.net LMTP waxseal\r\n"
            "250-mx.example.net\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
            "250-CHUNKING\r\n250 SIZE 10000\r\n");
}

Session session_of(World& world, const char* client) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  ::inet_pton(AF_INET, client, &peer.sin_addr);
  sockaddr_storage any{};
  std::memcpy(&any, &peer, sizeof peer);
  return Session([&world] { return world.service; }, world.clock, any);
}

constexpr std::string_view kForward = "XFORWARD NAME=mail.example.org ADDR=192.0.2.7 HELO=mail\r\n";
constexpr std::string_view kMessage = "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nx\r\n.\r\n";

TEST(Session, OnlyClientsOfTheListMayForward) {
  World world;
  world.service->xforward_clients = {.networks = {*fetch::Network::parse("10.0.0.0/8")}, .local = false};
  const auto answers = [&](Session session) {
    return converse(session, std::string(kGreeting) + std::string(kForward) + std::string(kMessage));
  };
  const std::string allowed = answers(session_of(world, "10.1.2.3")), other = answers(session_of(world, "11.1.2.3"));
  EXPECT_THAT(allowed, HasSubstr("250 XFORWARD NAME ADDR HELO\r\n"));
  EXPECT_THAT(other, Not(HasSubstr("XFORWARD NAME")));
  EXPECT_THAT(other, HasSubstr("550 5.7.0 "));
  EXPECT_THAT(answers(world.session()), HasSubstr("550 5.7.0 "));  // by a unix socket, which is not in the list
  ASSERT_EQ(world.sink->taken.size(), 3u);
  EXPECT_EQ(world.sink->taken[0].client, "mail.example.org[192.0.2.7]");
  EXPECT_EQ(world.sink->taken[0].helo, "mail");
  EXPECT_EQ(world.sink->taken[1].client, "");
  EXPECT_EQ(world.sink->taken[2].client, "");
}

TEST(Session, WhatWasForwardedHoldsForOneTransaction) {
  World world;
  world.service->xforward_clients.local = true;
  const std::string forward(kForward), message(kMessage);
  Session session = world.session();
  const std::string refused_mail = "MAIL FROM:<a@b.c> SIZE=99999\r\n";
  converse(session, std::string(kGreeting) + forward + refused_mail + message + message + forward + "RSET\r\n" +
                        message + forward + std::string(kGreeting) + message + forward +
                        "XFORWARD NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1 HELO=a+2Bb\r\n" + message);
  std::vector<std::string> clients;
  for (const Taken& taken : world.sink->taken) clients.push_back(taken.client);
  EXPECT_THAT(clients, ElementsAre("mail.example.org[192.0.2.7]", "", "", "", "unknown[IPv6:2001:db8::1]"));
  EXPECT_EQ(world.sink->taken.back().helo, "a+b");
}

TEST(Session, WhatIsForwardedIsChecked) {
  World world;
  world.service->xforward_clients.local = true;
  const auto answer = [&](const std::string& attributes) {
    return after_lhlo(world, "XFORWARD " + attributes + "\r\n").substr(0, 9);
  };
  EXPECT_EQ(answer("name=mail.example.org addr=192.0.2.7"), "250 2.0.0");
  EXPECT_EQ(answer("ADDR=192.0.2.777"), "501 5.5.4");
  EXPECT_EQ(answer("ADDR=2001:db8::1"), "501 5.5.4");
  EXPECT_EQ(answer("NAME=a_b..c"), "501 5.5.4");
  EXPECT_EQ(answer("NAME"), "501 5.5.4");
  EXPECT_EQ(answer("NAME="), "501 5.5.4");
  EXPECT_EQ(answer("SOURCE=LOCAL"), "501 5.5.4");
  EXPECT_EQ(answer("HELO=a+0Ab"), "501 5.5.4");
  EXPECT_EQ(answer("HELO=a+0"), "501 5.5.4");
  EXPECT_EQ(answer("HELO=" + std::string(255, 'a')), "250 2.0.0");
  EXPECT_EQ(answer("HELO=" + std::string(256, 'a')), "501 5.5.4");
  EXPECT_EQ(after_lhlo(world, "MAIL FROM:<a@b.c>\r\nXFORWARD HELO=a\r\n"), "250 2.1.0 503 5.5.1");
}

struct Transcript {
  std::string name;
  std::string commands;  // after LHLO
  std::string answers;
};

TEST(Session, Transcripts) {
  const Transcript transcripts[] = {
      {"one message", "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n",
       "250 2.1.0 250 2.1.5 354 250 2.0.0 221 2.0.0"},
      {"one answer per recipient, repeated ones too (R4)",
       "MAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<carol@example.org>\r\nRCPT TO:<bob@example.org>\r\n"
       "DATA\r\nx\r\n.\r\n",
       "250 2.1.0 250 2.1.5 250 2.1.5 250 2.1.5 354 250 2.0.0 250 2.0.0 250 2.0.0"},
      {"unknown recipients have no answer after DATA",
       "MAIL FROM:<a@b.c>\r\nRCPT TO:<nobody@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\n",
       "250 2.1.0 550 5.1.1 250 2.1.5 354 250 2.0.0"},
      {"DATA without a recipient", "MAIL FROM:<a@b.c>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n",
       "250 2.1.0 550 5.1.1 503 5.5.1"},
      {"too many recipients",
       "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<bob@example.org>\r\n"
       "RCPT TO:<bob@example.org>\r\nRSET\r\n",
       "250 2.1.0 250 2.1.5 250 2.1.5 250 2.1.5 452 4.5.3 250 2.0.0"},
      {"RCPT and DATA without MAIL", "RCPT TO:<bob@example.org>\r\nDATA\r\n", "503 5.5.1 503 5.5.1"},
      {"RSET ends the transaction", "MAIL FROM:<a@b.c>\r\nRSET\r\nRCPT TO:<bob@example.org>\r\n",
       "250 2.1.0 250 2.0.0 503 5.5.1"},
      {"LHLO ends the transaction", "MAIL FROM:<a@b.c>\r\nLHLO x.y\r\nRCPT TO:<bob@example.org>\r\n",
       "250 2.1.0 250 503 5.5.1"},
      {"a message ends the transaction",
       "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n",
       "250 2.1.0 250 2.1.5 354 250 2.0.0 503 5.5.1 503 5.5.1"},
      {"nested MAIL", "MAIL FROM:<a@b.c>\r\nMAIL FROM:<d@e.f>\r\n", "250 2.1.0 503 5.5.1"},
      {"a refused MAIL leaves no transaction", "MAIL FROM:<a@b.c> SIZE=99999\r\nRCPT TO:<bob@example.org>\r\n",
       "552 5.3.4 503 5.5.1"},
      {"SMTP's greetings are none of LMTP's (RFC 2033 4.1)", "EHLO x.y\r\nHELO x.y\r\n", "500 5.5.1 500 5.5.1"},
      {"unknown command", "EXPN x\r\nETRN y\r\n\r\n", "500 5.5.1 500 5.5.1 500 5.5.1"},
      {"arguments", "NOOP anything\r\nRSET x\r\nQUIT now\r\nVRFY bob\r\nVRFY\r\nMAIL\r\n",
       "250 2.0.0 501 5.5.4 501 5.5.4 252 2.5.2 501 5.5.4 501 5.5.4"},
      {"any case", "mail from:<a@b.c> size=12 body=8bitmime\r\nrcpt to:<bob@example.org>\r\nrset\r\n",
       "250 2.1.0 250 2.1.5 250 2.0.0"},
      {"parameters of MAIL",
       "MAIL FROM:<a@b.c> SIZE=10000 BODY=7BIT SMTPUTF8\r\nRSET\r\nMAIL FROM:<a@b.c> SIZE=10001\r\n"
       "MAIL FROM:<a@b.c> SIZE=999999999999999999999\r\nMAIL FROM:<a@b.c> SIZE=99999999999999999999\r\n"
       "MAIL FROM:<a@b.c> SIZE=x\r\nMAIL FROM:<a@b.c> SIZE=1 SIZE=1\r\nMAIL FROM:<a@b.c> BODY=BINARYMIME\r\n"
       "MAIL FROM:<a@b.c> SMTPUTF8=yes\r\nMAIL FROM:<a@b.c> RET=HDRS\r\nMAIL FROM:<a@b.c>SIZE=1\r\n",
       "250 2.1.0 250 2.0.0 552 5.3.4 501 5.5.4 552 5.3.4 501 5.5.4 501 5.5.4 501 5.5.4 501 5.5.4 555 5.5.4 501 5.5.4"},
      {"addresses of RFC 6531 need SMTPUTF8",
       "MAIL FROM:<\xC3\xA4@b.c>\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<\xC3\xA4@b.c>\r\nRSET\r\n"
       "MAIL FROM:<\xC3\xA4@b.c> SMTPUTF8\r\nRCPT TO:<\xC3\xA4@b.c>\r\n",
       "553 5.6.7 250 2.1.0 553 5.6.7 250 2.0.0 250 2.1.0 550 5.1.1"},
      {"addresses that crashed others (R3)",
       "MAIL FROM:<\"\">\r\nMAIL FROM:<;id;>\r\nMAIL FROM:<a@b.c\r\nMAIL FROM:a@b.c\r\nMAIL FROM:<a>\r\n"
       "MAIL FROM: <a@b.c>\r\n",
       "501 5.1.7 501 5.1.7 501 5.1.7 501 5.1.7 501 5.1.7 501 5.1.7"},
      {"Postmaster needs no domain", "MAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nRCPT TO:<bob>\r\n",
       "250 2.1.0 550 5.1.1 501 5.1.3"},
  };
  for (const Transcript& t : transcripts) {
    World world;
    EXPECT_EQ(after_lhlo(world, t.commands), t.answers) << t.name;
  }
}

TEST(Session, BeforeLhloOnlyHarmlessCommandsAreTaken) {
  World world;
  EXPECT_EQ(dialogue(world, "MAIL FROM:<a@b.c>\r\nNOOP\r\nLHLO\r\nLHLO not_a-domain-\r\nLHLO [192.0.2.1]\r\nQUIT\r\n"),
            "220 503 5.5.1 250 2.0.0 501 5.5.4 501 5.5.4 250 221 2.0.0");
}

TEST(Session, EveryChunkSizeGivesTheSameDialogue) {
  const std::string commands = std::string(kGreeting) +
                               "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<no@example.org>\r\nDATA\r\n"
                               "Subject: x\r\n\r\n..dot\r\n.\r\n"
                               "MAIL FROM:<>\r\nRCPT TO:<carol@example.org>\r\nDATA\r\nsecond\r\n.\r\nQUIT\r\n";
  for (std::size_t chunk = 1; chunk <= commands.size(); ++chunk) {
    World world;
    EXPECT_EQ(dialogue(world, commands, chunk),
              "220 250 250 2.1.0 250 2.1.5 550 5.1.1 354 250 2.0.0 250 2.1.0 250 2.1.5 354 250 2.0.0 221 2.0.0");
    ASSERT_EQ(world.sink->taken.size(), 2u);
    EXPECT_EQ(world.sink->taken[0].text, "Subject: x\r\n\r\n.dot\r\n");
    EXPECT_EQ(world.sink->taken[1].text, "second\r\n");
    EXPECT_THAT(world.sink->taken[1].recipients, ElementsAre("carol@example.org"));
  }
}

TEST(Session, AFailedRecipientDoesNotTouchTheOthers) {
  World world;
  world.sink->stores_for["bob@example.org"] = false;
  EXPECT_EQ(after_lhlo(world,
                       "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<carol@example.org>\r\n"
                       "DATA\r\nx\r\n.\r\n"),
            "250 2.1.0 250 2.1.5 250 2.1.5 354 451 4.3.0 250 2.0.0");
}

TEST(Session, AnUnavailableStoreIsTemporaryAtRcptAlready) {
  World world;
  world.sink->available = false;
  EXPECT_EQ(after_lhlo(world, "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"),
            "250 2.1.0 451 4.3.0 503 5.5.1");
}

class ThrowingSink final : public MessageSink {
 public:
  Found find_recipient(const std::string&) noexcept override { return {Lookup::kOurs, {1}}; }
  std::vector<Reply> deliver(const Delivery&) override { throw std::runtime_error("broken"); }
};

TEST(Session, ASinkThatThrowsAcknowledgesNothing) {
  World world;
  world.service->sink = std::make_shared<ThrowingSink>();
  EXPECT_EQ(after_lhlo(world, "MAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nRCPT TO:<u@v.w>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n"),
            "250 2.1.0 250 2.1.5 250 2.1.5 354 451 4.3.0 451 4.3.0 250 2.0.0");
}

TEST(Session, ABareLineFeedInTheTextIsRefusedForEveryRecipientAndNothingBehindAFalseEndIsACommand) {
  World world;
  EXPECT_EQ(after_lhlo(world,
                       "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<carol@example.org>\r\nDATA\r\n"
                       "text\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\nNOOP\r\n"),
            "250 2.1.0 250 2.1.5 250 2.1.5 354 550 5.6.0 550 5.6.0 250 2.0.0");
  EXPECT_TRUE(world.sink->taken.empty());
}

TEST(Session, ATextOverTheLimitIsRefusedAndOneAtTheLimitIsTaken) {
  for (const auto& [size, answer] : {std::pair(9998, "250 2.0.0"), std::pair(9999, "552 5.3.4")}) {
    World world;
    const std::string text(static_cast<std::size_t>(size), 'x');
    EXPECT_THAT(after_lhlo(world, "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n" + text + "\r\n.\r\n"),
                testing::EndsWith(answer));
  }
}

TEST(Session, ASpoolThatCannotBeOpenedIsTemporary) {
  World world;
  world.service->spool = {.memory_octets = 600, .directory = "/nonexistent"};
  const std::string commands =
      "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n" + std::string(1000, 'x') + "\r\n.\r\n";
  EXPECT_EQ(after_lhlo(world, commands), "250 2.1.0 250 2.1.5 354 451 4.3.1");
}

TEST(Session, ABareLineFeedInACommandClosesTheConnection) {
  World world;
  EXPECT_EQ(after_lhlo(world, "NOOP\nNOOP\r\n"), "500 5.5.2");
}

TEST(Session, ACommandLineIsBounded) {
  World world;
  const std::string fits = "NOOP " + std::string(kMaxCommandOctets - 7, 'x') + "\r\n";
  EXPECT_EQ(after_lhlo(world, fits + "NOOP x" + fits.substr(5) + "NOOP\r\n"), "250 2.0.0 500 5.5.2 250 2.0.0");
}

TEST(Session, ControlCharactersInACommandAreRefused) {
  World world;
  EXPECT_EQ(after_lhlo(world, std::string("NOOP \0x\r\nNOOP\tx\r\nNOOP x\ry\r\n", 27)),
            "500 5.5.2 500 5.5.2 500 5.5.2");
}

TEST(Session, TwentyBadCommandsEndTheConnection) {
  World world;
  std::string commands;
  for (int i = 0; i < kMaxBadCommands; ++i) commands += "BOGUS\r\n";
  EXPECT_THAT(after_lhlo(world, commands + "NOOP\r\n"), testing::EndsWith("500 5.5.1 421 4.7.0"));
}

TEST(Session, NothingMoreIsTakenWhileThePeerDoesNotReadItsAnswers) {
  World world;
  Session session = world.session();
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += "NOOP\r\n";
  const std::size_t used = session.feed(flood);
  EXPECT_LT(used, flood.size());
  EXPECT_LT(session.output().size(), kMaxPendingOutput + 100);
}

TEST(Session, TheTraceFieldsNameSenderPeerHostAndTheOnlyRecipient) {
  World world;
  after_lhlo(world, "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nx\r\n.\r\n");
  ASSERT_EQ(world.sink->taken.size(), 1u);
  EXPECT_THAT(world.sink->taken[0].trace,
              testing::MatchesRegex("Return-Path: <a@b.c>\r\n"
                                    "Received: from client.example.org\r\n\tby mx.example.net \\(waxseal-lmtpd\\)\r\n"
                                    "\twith LMTP\r\n\tid [0-9a-f]*\r\n\tfor <bob@example.org>;\r\n"
                                    "\tTue, 24 Nov 2026 00:05:07 \\+0000\r\n"));
}

TEST(Session, WithSeveralRecipientsTheTraceNamesNone) {
  World world;
  after_lhlo(world,
             "MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<carol@example.org>\r\n"
             "DATA\r\nx\r\n.\r\n");
  ASSERT_EQ(world.sink->taken.size(), 1u);
  EXPECT_THAT(world.sink->taken[0].trace, HasSubstr("Return-Path: <>\r\n"));
  EXPECT_THAT(world.sink->taken[0].trace, HasSubstr("with UTF8LMTP\r\n"));
  EXPECT_THAT(world.sink->taken[0].trace, testing::Not(HasSubstr("for ")));
  EXPECT_TRUE(world.sink->taken[0].smtputf8);
}

TEST(Session, AReloadDoesNotChangeARunningTransaction) {
  World world;
  Session session = world.session();
  converse(session, std::string(kGreeting) + "MAIL FROM:<a@b.c>\r\n");
  const auto old_sink = world.sink;
  World other;
  world.service = other.service;
  EXPECT_EQ(codes(converse(session, "RCPT TO:<bob@example.org>\r\nDATA\r\nx\r\n.\r\n")), "250 2.1.5 354 250 2.0.0");
  EXPECT_EQ(old_sink->taken.size(), 1u);
  EXPECT_TRUE(other.sink->taken.empty());
}

TEST(Session, CloseDestroysTheTransaction) {
  World world;
  Session session = world.session();
  converse(session, std::string(kGreeting) + "MAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nhalf");
  EXPECT_TRUE(session.receiving());
  session.close("4.3.2", "shutting down");
  EXPECT_TRUE(session.closed());
  EXPECT_EQ(converse(session, "\r\n.\r\n"), "421 4.3.2 shutting down\r\n");
  EXPECT_TRUE(world.sink->taken.empty());
}

}  // namespace
}  // namespace waxseal::lmtp
