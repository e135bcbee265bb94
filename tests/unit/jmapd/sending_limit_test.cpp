// How much an account may send: submission.messages_per_hour and submission.recipients_per_day.
#include <thread>

#include "jmapd/relay_settings.h"
#include "service/config.h"
#include "support/database_invariants.h"
#include "unit/jmapd/sender.h"

namespace waxseal::jmapd {
namespace {

class SendingLimit : public testing::Test {
 protected:
  store::SendingLimits& limits() { return sender.mail.limits().submission.sending; }
  Json wanted(std::size_t recipients = 1) {
    Json object = sender.wanted(email);
    std::vector<std::string> to;
    for (std::size_t i = 0; i < recipients; ++i) to.push_back("r" + std::to_string(i) + "@example.net");
    object["envelope"] = Sender::envelope("alice@example.org", to);
    return object;
  }
  // "" if it is sent.
  std::string type(std::size_t recipients = 1) { return sender.type(wanted(recipients)); }
  std::string description() { return sender.refused(wanted()).at("description"); }
  std::string rows() { return sender.mail.sql().value("SELECT count(*) FROM sent_counts"); }
  void pass(Seconds time) { sender.mail.clock().advance(time); }

  Sender sender;
  const std::string email = sender.draft();
};

TEST_F(SendingLimit, MessagesOfAnHour) {
  limits().messages_per_hour = 3;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(type(), "") << i;
  EXPECT_EQ(type(), "rateLimit");
  pass(Seconds(3599));
  EXPECT_EQ(type(), "rateLimit");
  pass(Seconds(301));
  EXPECT_EQ(type(), "");
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST_F(SendingLimit, NoHourAndNoDayHasMoreThanItMay) {
  limits() = {.messages_per_hour = 4, .recipients_per_day = 50};
  std::vector<std::pair<Time, std::size_t>> sent;
  for (int step = 0; step < 380; ++step) {  // 29 hours, a try every four and a half minutes
    const std::size_t recipients = static_cast<std::size_t>(step) % 3 + 1;
    if (type(recipients).empty()) sent.emplace_back(sender.mail.clock().now(), recipients);
    pass(Seconds(277));
  }
  std::size_t hour = 0, day = 0;
  for (const auto& [end, last] : sent) {
    std::size_t in_hour = 0, in_day = 0;
    for (const auto& [when, recipients] : sent) {
      if (when <= end && when > end - Seconds(3600)) ++in_hour;
      if (when <= end && when > end - Seconds(86400)) in_day += recipients;
    }
    hour = std::max(hour, in_hour);
    day = std::max(day, in_day);
  }
  EXPECT_EQ(hour, 4u);  // reached, and not passed
  EXPECT_GE(day, 48u);  // at most three in one message
  EXPECT_LE(day, 50u);
}

TEST_F(SendingLimit, TheErrorSaysWhenItWorks) {
  limits().messages_per_hour = 2;
  EXPECT_EQ(type(), "");
  pass(Seconds(900));
  EXPECT_EQ(type(), "");
  const std::string text = description();
  const Time until = *parse_date_time(text.substr(text.rfind(' ') + 1));
  EXPECT_NE(text.find("2 messages in an hour"), text.npos) << text;
  sender.mail.clock().set(until - Seconds(1));
  EXPECT_EQ(type(), "rateLimit");
  sender.mail.clock().set(until);
  EXPECT_EQ(type(), "");
  EXPECT_EQ(type(), "rateLimit");  // the second one of the hour is still there
}

TEST_F(SendingLimit, RecipientsOfADay) {
  limits().recipients_per_day = 10;
  EXPECT_EQ(type(6), "");
  EXPECT_EQ(type(5), "rateLimit");
  EXPECT_NE(sender.refused(wanted(5)).at("description").get<std::string>().find("10 recipients in a day"),
            std::string::npos);
  EXPECT_EQ(type(4), "");  // what fits is sent
  pass(Seconds(3601));
  EXPECT_EQ(type(), "rateLimit");
  pass(Seconds(86400));
  EXPECT_EQ(type(10), "");
  // What no day has room for is not put off for ever.
  EXPECT_EQ(type(11), "tooManyRecipients");
  EXPECT_EQ(sender.refused(wanted(11)).at("maxRecipients"), 10);
  limits().recipients_per_day = 0;
  EXPECT_EQ(type(11), "");
}

TEST_F(SendingLimit, WhatWasRefusedDoesNotCount) {
  limits() = {.messages_per_hour = 2, .recipients_per_day = 4};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sender.type(sender.wanted("e999")), "invalidProperties");
    EXPECT_EQ(type(0), "noRecipients");
    EXPECT_EQ(type(5), "tooManyRecipients");
  }
  EXPECT_EQ(sender.mail.refusal("EmailSubmission/set", {{"ifInState", "1.1"}, {"create", {{"k", wanted()}}}}),
            "stateMismatch");
  EXPECT_EQ(rows(), "0");
  EXPECT_EQ(type(3), "");
  EXPECT_EQ(type(2), "rateLimit");
  EXPECT_EQ(type(1), "");  // the second message: the one before counted for nothing
  EXPECT_EQ(type(1), "rateLimit");
}

TEST_F(SendingLimit, WhatIsSentInOneCallCountsOneByOne) {
  limits().messages_per_hour = 2;
  const Json answer = sender.mail.call(
      "EmailSubmission/set", {{"create", {{"a", wanted()}, {"b", wanted()}, {"c", wanted()}, {"d", wanted()}}}});
  EXPECT_EQ(answer.at("created").size(), 2u);
  EXPECT_EQ(answer.at("notCreated").at("c").at("type"), "rateLimit");
  EXPECT_EQ(answer.at("notCreated").at("d").at("type"), "rateLimit");
  EXPECT_EQ(sender.mail.sql().value("SELECT count(*) FROM outgoing"), "2");
  EXPECT_EQ(sender.mail.sql().value("SELECT sum(messages) FROM sent_counts"), "2");
  EXPECT_EQ(test::broken_invariants(sender.mail.sql()), "");
}

TEST_F(SendingLimit, ConcernsNobodyElse) {
  limits().messages_per_hour = 1;
  EXPECT_EQ(type(), "");
  EXPECT_EQ(type(), "rateLimit");
  sender.mail.limits().submission.unlimited = {"alice@example.org"};
  EXPECT_EQ(type(), "");
  sender.mail.limits().submission.unlimited = {"bob@example.org"};
  EXPECT_EQ(type(), "rateLimit");
  limits().messages_per_hour = 0;
  EXPECT_EQ(type(), "");
}

TEST_F(SendingLimit, KeepsNoRowsOfOtherDays) {
  limits().messages_per_hour = 10;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(type(), "");
    pass(Seconds(6 * 3600));
  }
  EXPECT_EQ(rows(), "5");  // a day and the present
  ASSERT_TRUE(store::remove_account(sender.mail.database(), "alice@example.org"));
  EXPECT_EQ(rows(), "0");
}

// Two programs on one database: together they send as many as one may.
TEST_F(SendingLimit, HoldsForAllProgramsTogether) {
  constexpr std::size_t kLimit = 12;
  store::NewSubmission one;
  {
    store::Snapshot snapshot(sender.mail.database(), sender.mail.id());
    const auto rows = store::get_emails(snapshot, {*email_from_wire(email)});
    one.submission = {.identity = *identity_from_wire(sender.identity),
                      .email = rows[0].id,
                      .thread = rows[0].thread,
                      .envelope = "{}",
                      .send_at = sender.mail.clock().now()};
    one.blob = rows[0].blob;
    one.recipients = 1;
    one.give_up_at = sender.mail.clock().now();
  }
  std::atomic<std::size_t> sent = 0, paused = 0;
  std::vector<std::thread> programs;
  for (std::int64_t program = 0; program < 2; ++program) {
    programs.emplace_back([&, program] {
      const auto own = sender.mail.sql().connect();
      for (std::int64_t i = 0; i < 10; ++i) {
        store::SubmissionWrite write;
        write.create = {one};
        write.limits.messages_per_hour = kLimit;
        write.now = sender.mail.clock().now();
        const auto written = store::write_submissions(*own, sender.mail.id(), write, (program * 10 + i + 1) * 1000);
        ++(written.created.at(0).pause ? paused : sent);
      }
    });
  }
  for (std::thread& program : programs) program.join();
  EXPECT_EQ(sent, kLimit);
  EXPECT_EQ(paused, 20 - kLimit);
  EXPECT_EQ(sender.mail.sql().value("SELECT count(*) FROM outgoing"), std::to_string(kLimit));
}

// The answer to a commit was lost, and the call runs again.
TEST_F(SendingLimit, WhatRunsAgainCountsOnce) {
  limits().messages_per_hour = 1;
  store::NewSubmission one;
  {
    store::Snapshot snapshot(sender.mail.database(), sender.mail.id());
    one.blob = store::get_emails(snapshot, {*email_from_wire(email)})[0].blob;
  }
  one.submission.envelope = "{}";
  one.recipients = 1;
  store::SubmissionWrite write;
  write.create = {one, one};
  write.limits = limits();
  write.now = sender.mail.clock().now();
  const auto first = store::write_submissions(sender.mail.database(), sender.mail.id(), write, 5000);
  const auto again = store::write_submissions(sender.mail.database(), sender.mail.id(), write, 5000);
  EXPECT_NE(first.created[0].id.value, 0);
  EXPECT_EQ(again.created[0].id, first.created[0].id);
  EXPECT_TRUE(first.created[1].pause && again.created[1].pause);
  EXPECT_EQ(sender.mail.sql().value("SELECT sum(messages) FROM sent_counts"), "1");
}

TEST(SendingLimitSettings, ReachTheRules) {
  service::Config config;
  EXPECT_EQ(submission_rules(config).limits_of("alice").messages_per_hour, 200u);
  EXPECT_EQ(submission_rules(config).limits_of("alice").recipients_per_day, 2000u);
  config.submission.messages_per_hour = 7;
  config.submission.recipients_per_day = 0;
  config.submission.unlimited = {"News@Example.org"};
  EXPECT_EQ(submission_rules(config).limits_of("alice").messages_per_hour, 7u);
  EXPECT_EQ(submission_rules(config).limits_of("alice").recipients_per_day, 0u);
  EXPECT_EQ(submission_rules(config).limits_of("news@example.org").messages_per_hour, 0u);
}

}  // namespace
}  // namespace waxseal::jmapd
