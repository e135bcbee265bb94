// LMTP from the socket to the database.
#include <gmock/gmock.h>

#include <thread>

#include "lmtp/delivery_log.h"
#include "lmtp/store_sink.h"
#include "unit/delivery/site.h"
#include "unit/lmtp/test_server.h"

namespace waxseal::lmtp {
namespace {

using namespace std::chrono_literals;
using smime::Status;
using testing::HasSubstr;
using testing::Not;

struct LmtpDelivery : testing::Test {
  test::Site site;
  std::shared_ptr<Service> service = std::make_shared<Service>();
  std::unique_ptr<TestServer> server;

  LmtpDelivery() {
    service->hostname = "mx.example.net";
    use_sink(false);
    server = std::make_unique<TestServer>(
        ServerOptions{.workers = 2, .max_connections = 20}, [this] { return service; }, site.clock);
  }
  void use_sink(bool authentication_results) {
    StoreSinkOptions options;
    options.authentication_results = authentication_results;
    options.authres.authserv_id = "mx.example.net";
    service->sink = std::make_shared<StoreSink>(*site.database, site.clock, options);
  }
  // The answers behind the final dot.
  std::string deliver(const std::string& mail, const std::string& recipient = "bob@example.org") {
    Client client(server->port());
    EXPECT_EQ(client.begin_message(recipient), "354");
    return client.ask(mail + ".\r\n");
  }
};

TEST_F(LmtpDelivery, StoresTraceFieldsAndThenExactlyWhatWasSent) {
  const std::string mail = test::signed_mail();
  EXPECT_EQ(deliver(mail), "250 2.0.0");
  const store::EmailRow email = site.newest(site.bob);
  EXPECT_EQ(email.status, Status::kVerified);
  EXPECT_EQ(email.status_at_delivery, Status::kVerified);
  const std::string stored = site.octets(site.bob, email);
  ASSERT_TRUE(stored.ends_with(mail));
  EXPECT_THAT(stored.substr(0, stored.size() - mail.size()),
              testing::MatchesRegex("Return-Path: <a@b.c>\r\nReceived: from client.example.org\r\n(\t.*\r\n)*"));
}

TEST_F(LmtpDelivery, EveryRecipientGetsTheSameOctets) {
  Client client(server->port());
  client.answer();
  client.ask("LHLO client.example.org\r\n");
  client.ask("MAIL FROM:<a@b.c>\r\n");
  EXPECT_EQ(client.ask("RCPT TO:<bob@example.org>\r\n"), "250 2.1.5");
  EXPECT_EQ(client.ask("RCPT TO:<nobody@example.org>\r\n"), "550 5.1.1");
  EXPECT_EQ(client.ask("RCPT TO:<Carol+tag@Example.ORG>\r\n"), "250 2.1.5");
  EXPECT_EQ(client.ask("RCPT TO:<bob@example.org>\r\n"), "250 2.1.5");
  client.ask("DATA\r\n");
  EXPECT_EQ(client.ask(test::plain_mail() + ".\r\n"), "250 2.0.0");
  EXPECT_EQ(client.answer(), "250 2.0.0");
  EXPECT_EQ(client.answer(), "250 2.0.0");
  EXPECT_EQ(site.email_count(site.bob), 1u);
  EXPECT_EQ(site.email_count(site.carol), 1u);
  EXPECT_EQ(site.newest(site.bob).blob, site.newest(site.carol).blob);
}

TEST_F(LmtpDelivery, AfterALostReplyTheRetryIsStoredOnce) {
  const std::string mail = test::signed_mail();
  {
    Client client(server->port());
    EXPECT_EQ(client.begin_message(), "354");
    client.send(mail + ".\r\n");
  }  // gone before the answer
  for (int i = 0; i < 100 && site.email_count(site.bob) == 0; ++i) std::this_thread::sleep_for(50ms);
  site.clock.advance(Seconds(300));  // other trace fields, the same octets received
  EXPECT_EQ(deliver(mail), "250 2.0.0");
  EXPECT_EQ(site.email_count(site.bob), 1u);
  EXPECT_EQ(deliver(mail + "another line\r\n"), "250 2.0.0");
  EXPECT_EQ(site.email_count(site.bob), 2u);
}

const std::string kForged =
    "Authentication-Results: MX.example.net; smime=pass body.smime-identifier=boss@example.org\r\n";
const std::string kForeign = "Authentication-Results: other.example.org; spf=pass\r\n";

TEST_F(LmtpDelivery, BehindTheMilterItsFieldIsKept) {
  const std::string mail = kForged + kForeign + test::signed_mail();
  EXPECT_EQ(deliver(mail), "250 2.0.0");
  EXPECT_TRUE(site.octets(site.bob, site.newest(site.bob)).ends_with(mail));
}

TEST_F(LmtpDelivery, WithoutAMilterForgedFieldsGoAndOursIsAdded) {
  use_sink(true);
  const std::string mail = test::signed_mail();
  EXPECT_EQ(deliver(kForged + kForeign + kForged + mail), "250 2.0.0");
  const store::EmailRow email = site.newest(site.bob);
  EXPECT_EQ(email.status, Status::kVerified);
  const std::string stored = site.octets(site.bob, email);
  EXPECT_THAT(stored, HasSubstr("+0000\r\nAuthentication-Results: mx.example.net;\r\n\tsmime=pass "
                                "body.smime-identifier=alice@example.org body.smime-part=2\r\n" +
                                kForeign));
  EXPECT_TRUE(stored.ends_with(kForeign + mail));
  EXPECT_THAT(stored, Not(HasSubstr("boss")));
}

TEST_F(LmtpDelivery, UnsignedMailLosesForgedFieldsAndGetsNone) {
  use_sink(true);
  EXPECT_EQ(deliver(kForged + test::plain_mail()), "250 2.0.0");
  const std::string stored = site.octets(site.bob, site.newest(site.bob));
  EXPECT_THAT(stored, Not(HasSubstr("Authentication-Results")));
  EXPECT_TRUE(stored.ends_with("\r\n" + test::plain_mail()));
}

TEST_F(LmtpDelivery, MailThatNobodyCanParseIsStoredAsItIs) {
  const std::string nul("Subject: \0x\r\n\r\n\0\xFF\x80\r\n", 20);
  const std::string mails[] = {"",
                               "\r\n",
                               "no header at all\r\n",
                               nul,
                               ": : :\r\nFrom \r\n\r\n",
                               "Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n"};
  for (const std::string& mail : mails) {
    EXPECT_EQ(deliver(mail), "250 2.0.0") << mail;
    EXPECT_TRUE(site.octets(site.bob, site.newest(site.bob)).ends_with("\r\n" + mail)) << mail;
  }
}

// A cluster of its own that dies and comes back (G1, G6).
struct LmtpOutage : testing::Test {
  test::Cluster cluster;
  test::TestDatabase database{test::TestDatabase::Schema::kMigrated, cluster};
  SystemClock clock;
  std::shared_ptr<Service> service = std::make_shared<Service>();
  std::unique_ptr<TestServer> server;

  LmtpOutage() {
    store::create_account(*database, "bob", {"bob@example.org"}, clock.now()).value();
    service->hostname = "mx.example.net";
    service->sink = std::make_shared<StoreSink>(*database, clock, StoreSinkOptions{});
    server = std::make_unique<TestServer>(
        ServerOptions{.workers = 4, .max_connections = 20}, [this] { return service; }, clock);
  }
};

TEST_F(LmtpOutage, WithoutADatabaseEverythingIsTemporaryWithinTenSeconds) {
  Client early(server->port());
  EXPECT_EQ(early.begin_message(), "354");
  cluster.stop();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(early.ask(test::plain_mail() + ".\r\n"), "451 4.3.0");
  Client late(server->port());
  late.answer();
  late.ask("LHLO client.example.org\r\n");
  late.ask("MAIL FROM:<a@b.c>\r\n");
  EXPECT_EQ(late.ask("RCPT TO:<bob+late@example.org>\r\n"), "451 4.3.0");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  cluster.start();
  Client again(server->port());
  EXPECT_EQ(again.begin_message(), "354");
  EXPECT_EQ(again.ask(test::plain_mail() + ".\r\n"), "250 2.0.0");
}

TEST_F(LmtpOutage, WhatWasAcknowledgedBeforeACrashIsThereOnceAfterIt) {
  std::atomic<bool> stop = false;
  std::vector<std::vector<std::string>> acknowledged(3);
  std::vector<std::thread> writers;
  for (std::size_t w = 0; w < acknowledged.size(); ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !stop;) {
        const std::string subject = "m-" + std::to_string(w) + "-" + std::to_string(i);
        Client client(server->port());
        const bool stored =
            client.begin_message() == "354" && client.ask(test::plain_mail(subject) + ".\r\n") == "250 2.0.0";
        if (stored) acknowledged[w].push_back(subject);
        if (stored)
          ++i;  // otherwise the same octets again
        else
          std::this_thread::sleep_for(50ms);
      }
    });
  }
  for (int crash = 0; crash < 3; ++crash) {
    std::this_thread::sleep_for(700ms);
    cluster.stop();
    std::this_thread::sleep_for(200ms);
    cluster.start();
  }
  std::this_thread::sleep_for(1s);
  stop = true;
  for (std::thread& writer : writers) writer.join();
  std::size_t total = 0;
  for (const auto& subjects : acknowledged) {
    for (const std::string& subject : subjects)
      EXPECT_EQ(database.value("SELECT count(*) FROM email_meta WHERE subject = '" + subject + "'"), "1") << subject;
    total += subjects.size();
  }
  EXPECT_GT(total, 10u);
  EXPECT_EQ(database.value("SELECT count(*) - count(DISTINCT subject) FROM email_meta"), "0");
}

TEST(QueueId, IsTakenFromTheTopmostReceivedField) {
  EXPECT_EQ(
      queue_id_of("Received: from a (b [192.0.2.1])\r\n\tby mx (Postfix) with ESMTPS id 4XyZ12;\r\n\tdate\r\n\r\n"),
      "4XyZ12");
  EXPECT_EQ(queue_id_of("Received: by mx (Postfix, from userid 0)\r\n\tid 4ABC; date\r\n"
                        "Received: from x by y id OLD; date\r\n\r\n"),
            "4ABC");
  EXPECT_EQ(queue_id_of("Received: from a by b; date\r\n\r\n"), "");
  EXPECT_EQ(queue_id_of("Subject: x id y\r\n\r\n"), "");
}

}  // namespace
}  // namespace waxseal::lmtp
