// Relay mode: each combination of our store and the next hop.
#include <gmock/gmock.h>

#include "lmtp/relay_sink.h"
#include "unit/delivery/site.h"
#include "unit/lmtp/fake_sink.h"
#include "unit/lmtp/scripted_next_hop.h"

namespace waxseal::lmtp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Relay : testing::Test {
  test::Site site;
  std::shared_ptr<Service> service = std::make_shared<Service>();
  RelaySinkOptions options;
  std::function<std::string(const std::string&)> answer = ScriptedNextHop::friendly;
  ScriptedNextHop next_hop{[this](const std::string& line) { return answer(line); }};

  Relay() {
    service->hostname = "mx.example.net";
    options.authres.authserv_id = "mx.example.net";
    options.next_hop.address = next_hop.address();
    options.next_hop.hostname = "mx.example.net";
    options.next_hop.timeout = 400ms;
  }
  void use_options() { service->sink = std::make_shared<RelaySink>(*site.database, site.clock, options); }

  // The answers to RCPT and then those behind the final dot.
  std::string deliver(const std::string& mail, const std::vector<std::string>& recipients = {"bob@example.org"},
                      const std::string& mail_parameters = "") {
    if (!service->sink) use_options();
    Session session([this] { return service; }, site.clock);
    converse(session, "LHLO client.example.org\r\nMAIL FROM:<a@b.c>" + mail_parameters + "\r\n");
    std::string commands;
    for (const std::string& recipient : recipients) commands += "RCPT TO:<" + recipient + ">\r\n";
    std::string answers = codes(converse(session, commands));
    answers += " | " + codes(converse(session, "DATA\r\n"));
    return answers + ' ' + codes(converse(session, mail + ".\r\n"));
  }
  // Answers lines that begin with `prefix` otherwise.
  void otherwise(const std::string& prefix, const std::string& what) {
    answer = [prefix, what, before = answer](const std::string& line) {
      return line.starts_with(prefix) ? what : before(line);
    };
  }
};

const std::vector<std::string> kThree{"bob@example.org", "nobody@example.org", "carol@example.org"};
const std::string kThreeAccepted = "250 2.1.5 250 2.1.5 250 2.1.5 | 354 ";

TEST_F(Relay, PassesOnExactlyWhatCameBehindItsOwnTraceFieldAndStoresACopy) {
  const std::string mail = test::signed_mail();
  EXPECT_EQ(deliver(mail), "250 2.1.5 | 354 250 2.0.0");
  ASSERT_EQ(next_hop.texts().size(), 1u);
  const std::string passed_on = next_hop.texts()[0];
  ASSERT_TRUE(passed_on.ends_with("+0000\r\n" + mail));
  EXPECT_THAT(passed_on, StartsWith("Received: from client.example.org\r\n\tby mx.example.net (waxseal-lmtpd)"));
  EXPECT_THAT(next_hop.commands(),
              ElementsAre("LHLO mx.example.net", "MAIL FROM:<a@b.c>", "RCPT TO:<bob@example.org>", "DATA"));
  const store::EmailRow email = site.newest(site.bob);
  EXPECT_EQ(email.status, smime::Status::kVerified);
  EXPECT_EQ(site.octets(site.bob, email), "Return-Path: <a@b.c>\r\n" + passed_on);
}

TEST_F(Relay, AddsItsResultAndRemovesForgedOnesWhereItIsTold) {
  options.authentication_results = true;
  const std::string forged = "Authentication-Results: mx.example.net; smime=pass\r\n";
  const std::string mail = test::signed_mail();
  EXPECT_EQ(deliver(forged + mail), "250 2.1.5 | 354 250 2.0.0");
  const std::string passed_on = next_hop.texts().at(0);
  EXPECT_THAT(passed_on, HasSubstr("+0000\r\nAuthentication-Results: mx.example.net;\r\n\tsmime=pass body.smime-id"));
  EXPECT_TRUE(passed_on.ends_with("\r\n" + mail));
  EXPECT_THAT(passed_on, Not(HasSubstr(forged)));
}

TEST_F(Relay, DotsSurviveThePassage) {
  const std::string head = "Subject: dots\r\n\r\n";
  EXPECT_EQ(deliver(head + "...\r\n..x\r\na.\r\n"), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_TRUE(next_hop.texts().at(0).ends_with(head + "..\r\n.x\r\na.\r\n"));
}

TEST_F(Relay, OneRecipientOfThreeRefusedByTheNextHopIsRefusedWithItsWordsAndGetsNoCopy) {
  otherwise("RCPT TO:<bob@", "550 5.1.1 unknown user\r\n");
  otherwise(".", "250 2.0.0 for the second\r\n452 4.2.2 the third is full\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "550 5.1.1 250 2.0.0 452 4.2.2");
  EXPECT_EQ(site.email_count(site.bob), 0u);
  EXPECT_EQ(site.email_count(site.carol), 1u);
  // Again for the third, as an MTA does: no second copy.
  EXPECT_EQ(deliver(test::plain_mail(), {"carol@example.org"}), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_EQ(site.email_count(site.carol), 1u);
}

TEST_F(Relay, ARefusedSenderIsRefusedForEveryRecipient) {
  otherwise("MAIL", "451 4.7.1 greylisted\r\n");
  otherwise("RCPT", "503 5.5.1 no MAIL\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "451 4.7.1 451 4.7.1 451 4.7.1");
  EXPECT_EQ(site.email_count(site.bob), 0u);
}

TEST_F(Relay, ANextHopThatHangsIsTemporaryAndThenLeftAlone) {
  answer = [](const std::string&) { return ScriptedNextHop::kSilence; };
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 451 4.4.1");
  EXPECT_EQ(site.email_count(site.bob), 0u);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(deliver(test::plain_mail()), StartsWith("451 4.4.1 | 503 5.5.1"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 200ms);
}

TEST_F(Relay, ANextHopThatIsNotThereIsTemporary) {
  options.next_hop.address = "inet:127.0.0.1:1";
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 451 4.4.1");
  EXPECT_EQ(site.email_count(site.bob), 0u);
}

TEST_F(Relay, AMissingConfirmationIsTemporaryAndTheCopyIsStoredOnce) {
  otherwise(".", ScriptedNextHop::kClose);
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 451 4.4.2");
  EXPECT_EQ(site.email_count(site.bob), 1u);
  std::this_thread::sleep_for(NextHop::kRest);
  answer = ScriptedNextHop::friendly;
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_EQ(site.email_count(site.bob), 1u);
  EXPECT_EQ(next_hop.texts().size(), 2u);
}

TEST_F(Relay, ConfirmationsThatCameBeforeTheConnectionBrokeCount) {
  otherwise(".", "250 2.0.0 the first\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "250 2.0.0 451 4.4.2 451 4.4.2");
}

TEST_F(Relay, ARefusalOfDataIsGivenToEveryRecipient) {
  otherwise("DATA", "452 4.3.1 disk full\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "452 4.3.1 452 4.3.1 452 4.3.1");
}

TEST_F(Relay, AnswersWithoutEnhancedCodesGetThem) {
  otherwise(".", "554 refused by content\r\n");
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 554 5.0.0");
}

TEST_F(Relay, ClosingTheNextHopsConnectionIsNotClosingOurs) {
  otherwise(".", "421 4.3.2 going down\r\n");
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 451 4.3.2");
}

TEST_F(Relay, ConnectionsAreUsedAgain) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(test::plain_mail(std::to_string(i))), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_EQ(next_hop.accepted, 1);
}

TEST_F(Relay, AKeptConnectionThatTheNextHopCutsAtOurNextWordIsReplacedByANewOne) {
  EXPECT_EQ(deliver(test::plain_mail("first")), "250 2.1.5 | 354 250 2.0.0");
  std::atomic<bool> cut = true;
  otherwise("MAIL", "250 2.1.0 ok\r\n");
  answer = [&cut, before = answer](const std::string& line) {
    return line.starts_with("MAIL") && cut.exchange(false) ? ScriptedNextHop::kClose : before(line);
  };
  EXPECT_EQ(deliver(test::plain_mail("second")), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_EQ(next_hop.accepted, 2);
  EXPECT_EQ(next_hop.texts().size(), 2u);
}

TEST_F(Relay, Smtputf8MailGoesOnlyToThoseWhoTakeIt) {
  EXPECT_EQ(deliver(test::plain_mail(), {"b\xC3\xB6@example.org"}, " SMTPUTF8"), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_THAT(next_hop.commands(), testing::Contains("MAIL FROM:<a@b.c> BODY=8BITMIME SMTPUTF8"));
  otherwise("LHLO", "250 next.example.org\r\n");
  use_options();  // forgets the connection
  EXPECT_EQ(deliver(test::plain_mail(), {"b\xC3\xB6@example.org"}, " SMTPUTF8"), "250 2.1.5 | 354 550 5.6.7");
}

// Our store fails: the account vanished between RCPT and the text.
struct RelayWithoutAStore : Relay {
  void lose_bob() {
    site.database.sql("UPDATE account_state SET account_id = -1 WHERE account_id = " + std::to_string(site.bob.value));
  }
  void SetUp() override {
    site.database.sql("ALTER TABLE account_state DROP CONSTRAINT account_state_account_id_fkey");
    lose_bob();
  }
};

TEST_F(RelayWithoutAStore, ARequiredCopyThatCannotBeStoredKeepsTheMessageFromThatRecipientAlone) {
  otherwise(".", "250 2.0.0 a\r\n250 2.0.0 b\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "451 4.3.0 250 2.0.0 250 2.0.0");
  EXPECT_THAT(next_hop.commands(),
              ElementsAre("LHLO mx.example.net", "MAIL FROM:<a@b.c>", "RCPT TO:<bob@example.org>",
                          "RCPT TO:<nobody@example.org>", "RCPT TO:<carol@example.org>", "RSET", "MAIL FROM:<a@b.c>",
                          "RCPT TO:<nobody@example.org>", "RCPT TO:<carol@example.org>", "DATA"));
  EXPECT_EQ(site.email_count(site.carol), 1u);
}

TEST_F(RelayWithoutAStore, AnOptionalOneDoesNot) {
  options.copies = Copies::kOptional;
  otherwise(".", "250 2.0.0 a\r\n250 2.0.0 b\r\n250 2.0.0 c\r\n");
  EXPECT_EQ(deliver(test::plain_mail(), kThree), kThreeAccepted + "250 2.0.0 250 2.0.0 250 2.0.0");
}

TEST_F(Relay, WithoutCopiesNothingIsStored) {
  options.copies = Copies::kNone;
  EXPECT_EQ(deliver(test::plain_mail()), "250 2.1.5 | 354 250 2.0.0");
  EXPECT_EQ(site.email_count(site.bob), 0u);
}

}  // namespace
}  // namespace waxseal::lmtp
