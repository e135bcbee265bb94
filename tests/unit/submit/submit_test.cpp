#include "submit/submit.h"

#include <gtest/gtest.h>

#include <map>

#include "unit/submit/scripted_relay.h"

namespace waxseal::submit {
namespace {

const std::string kMessage = "From: alice@example.org\r\nSubject: s\r\n\r\nText\r\n";

// What a friendly relay says, but for the commands that begin with a key of `other`.
ScriptedRelay::Script friendly(const std::map<std::string, std::string>& other = {}) {
  return [other](const std::string& command) -> std::string {
    for (const auto& [prefix, reply] : other) {
      if (command.starts_with(prefix)) return reply;
    }
    if (command.starts_with("EHLO")) return "250-relay.example.net\r\n250 SIZE 1000000";
    if (command == "DATA") return "354 go on";
    return "250 2.0.0 " + (command == "." ? std::string("queued") : std::string("fine"));
  };
}

Message to_both(Octets octets = kMessage) {
  return {{"alice@example.org", {}}, {{"bob@example.net", {}}, {"carol@example.net", {}}}, octets};
}

std::vector<Fate> fates(const Outcome& outcome) {
  std::vector<Fate> out;
  for (const Recipient& one : outcome.recipients) out.push_back(one.fate);
  return out;
}

TEST(Submit, TheRelayTakesItForEverybody) {
  ScriptedRelay relay(friendly());
  const Outcome outcome = submit(relay.options(), to_both());
  EXPECT_EQ(fates(outcome), (std::vector{Fate::kTaken, Fate::kTaken}));
  EXPECT_FALSE(outcome.in_doubt);
  EXPECT_EQ(outcome.recipients[0].reply, "250 2.0.0 fine");  // of RCPT, as RFC 8621 section 7 says
  EXPECT_EQ(relay.data(), "From: alice@example.org\nSubject: s\n\nText\n");
}

TEST(Submit, EachRecipientHasItsOwnFate) {
  ScriptedRelay relay(friendly({{"RCPT TO:<carol", "550 5.1.1 nobody of that name"}}));
  const Outcome outcome = submit(relay.options(), to_both());
  EXPECT_EQ(fates(outcome), (std::vector{Fate::kTaken, Fate::kRefused}));
  EXPECT_EQ(outcome.recipients[1].reply, "550 5.1.1 nobody of that name");
}

TEST(Submit, WhenNobodyIsTakenNothingIsHandedOver) {
  ScriptedRelay relay(friendly({{"RCPT", "550 5.1.1 no"}}));
  EXPECT_EQ(fates(submit(relay.options(), to_both())), (std::vector{Fate::kRefused, Fate::kRefused}));
  for (const std::string& command : relay.commands()) EXPECT_NE(command, "DATA");
}

TEST(Submit, WhatIsTheRelaysFaultOrOursIsTriedAgain) {
  for (const char* reply : {"421 4.3.2 closing", "451 4.3.0 later", "530 5.7.0 log in first", "535 5.7.8 wrong"}) {
    ScriptedRelay relay(friendly({{"MAIL", reply}}));
    EXPECT_EQ(fates(submit(relay.options(), to_both())), (std::vector{Fate::kLater, Fate::kLater})) << reply;
  }
}

TEST(Submit, WhatIsTheMessagesFaultIsNot) {
  for (const char* command : {"MAIL", "DATA", "."}) {
    ScriptedRelay relay(friendly({{command, "552 5.3.4 too large"}}));
    const Outcome outcome = submit(relay.options(), to_both());
    EXPECT_EQ(fates(outcome), (std::vector{Fate::kRefused, Fate::kRefused})) << command;
    EXPECT_EQ(outcome.recipients[0].reply, "552 5.3.4 too large") << command;
  }
}

TEST(Submit, ALostAnswerToTheFullStopIsInDoubtAndOneBeforeItIsNot) {
  ScriptedRelay silent(friendly({{".", ""}}));
  const Outcome doubtful = submit(silent.options(), to_both());
  EXPECT_TRUE(doubtful.in_doubt);
  EXPECT_EQ(fates(doubtful), (std::vector{Fate::kLater, Fate::kLater}));
  ScriptedRelay gone(friendly({{"DATA", ""}}));
  const Outcome certain = submit(gone.options(), to_both());
  EXPECT_FALSE(certain.in_doubt);
  EXPECT_EQ(fates(certain), (std::vector{Fate::kLater, Fate::kLater}));
}

TEST(Submit, AddressesOutsideAsciiNeedSmtpUtf8) {
  Message message = to_both();
  message.to[0].email = "b\xC3\xB6" "b@example.net";
  ScriptedRelay without(friendly());
  EXPECT_EQ(fates(submit(without.options(), message)), (std::vector{Fate::kRefused, Fate::kRefused}));
  ScriptedRelay with(friendly({{"EHLO", "250-relay.example.net\r\n250 SMTPUTF8"}}));
  EXPECT_EQ(fates(submit(with.options(), message)), (std::vector{Fate::kTaken, Fate::kTaken}));
}

TEST(Submit, ParametersGoWithTheirAddresses) {
  Message message = to_both();
  message.from.parameters = {{"RET", "HDRS"}, {"ENVID", "a+b"}};
  message.to[0].parameters = {{"NOTIFY", "NEVER"}};
  ScriptedRelay relay(friendly());
  (void)submit(relay.options(), message);
  const auto& commands = relay.commands();
  ASSERT_GE(commands.size(), 4u);
  EXPECT_EQ(commands[1], "MAIL FROM:<alice@example.org> ENVID=a+2Bb RET=HDRS SIZE=" + std::to_string(kMessage.size()));
  EXPECT_EQ(commands[2], "RCPT TO:<bob@example.net> NOTIFY=NEVER");
  EXPECT_EQ(commands[3], "RCPT TO:<carol@example.net>");
}

TEST(Data, HasCrlfEverywhereStuffedDotsAndAFullStop) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"a\nb\rc\r\n", "a\r\nb\r\nc\r\n.\r\n"},
      {".\r\n..\r\na.b\r\n", "..\r\n...\r\na.b\r\n.\r\n"},
      {"a\r.\r\n", "a\r\n..\r\n.\r\n"},  // no relay may see the end of the data here
      {"a\n.\n", "a\r\n..\r\n.\r\n"},
  };
  for (const auto& [message, wire] : cases) EXPECT_EQ(as_data(message), wire) << message;
}

}  // namespace
}  // namespace waxseal::submit
