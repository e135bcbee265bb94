#include "delivery/pipeline.h"

#include <gmock/gmock.h>

#include "delivery/rewrite.h"
#include "delivery/trace.h"
#include "unit/delivery/site.h"

namespace waxseal::delivery {
namespace {

using smime::Status;
using testing::HasSubstr;
using testing::Not;

struct PipelineTest : testing::Test {
  test::Site site;
  Pipeline pipeline{*site.database, site.verifier, site.clock};

  std::string trace() const {
    return trace_fields({.sender = "a@b.c", .by = "mx.example.net", .id = "1", .date = site.clock.now()});
  }
  static authres::Options options() {
    authres::Options out;
    out.authserv_id = "mx.example.net";
    return out;
  }
};

TEST_F(PipelineTest, JudgesAtTheTimeOfReceipt) {
  const std::string mail = test::signed_mail();
  EXPECT_EQ(pipeline.judge(mail, test::default_now()).at_delivery.status, Status::kVerified);
  EXPECT_EQ(pipeline.judge(mail, test::default_not_after() + Seconds(1)).at_delivery.status, Status::kFailed);
  EXPECT_EQ(pipeline.judge(test::plain_mail(), test::default_now()).at_delivery.status, Status::kNone);
}

// imported_at_delivery (TIM-08): by the time that the client names, or by the time of the import.
TEST_F(PipelineTest, AnImportIsJudgedAsOfThenOrAsOfNow) {
  site.clock.set(test::default_not_after() + Seconds(86400));
  const std::string mail = test::signed_mail();
  EXPECT_EQ(pipeline.judge_import(mail, test::default_now()).at_delivery.status, Status::kVerified);
  smime::Policy policy;
  ASSERT_TRUE(policy.set("revocation.imported_at_delivery", "import_time"));
  smime::Verifier verifier{policy};
  Pipeline strict{*site.database, verifier, site.clock};
  const Judged judged = strict.judge_import(mail, test::default_now());
  EXPECT_EQ(judged.at_delivery.status, Status::kFailed);
  EXPECT_EQ(judged.received_at, test::default_now());
  const Prepared prepared = Pipeline::prepare(judged, mail);
  strict.import(prepared, site.bob, store::delivery_key("", "", mail), {}, {});
  EXPECT_EQ(site.newest(site.bob).received_at, test::default_now());
  EXPECT_EQ(site.database.value("SELECT extract(epoch from dlv_at)::bigint FROM email_smime"),
            std::to_string(to_epoch(site.clock.now())));
}

TEST_F(PipelineTest, AnImportIsJudgedThenAndEvaluatedNow) {
  site.clock.set(test::default_not_after() + Seconds(86400));
  const Judged judged = pipeline.judge(test::signed_mail(), test::default_now());
  EXPECT_EQ(judged.at_delivery.status, Status::kVerified);
  ASSERT_EQ(judged.evaluations.size(), 1u);
  const auto& [unit, evaluation] = *judged.evaluations.begin();
  EXPECT_EQ(evaluation.evaluated_at, site.clock.now());
  EXPECT_THAT(evaluation.state.codes, testing::Contains(smime::Code::cert_expired));
}

// TIM-08: as of which time imported mail is judged at delivery, and that it says so.
TEST_F(PipelineTest, AnImportIsJudgedAtWhatItSaysOrNow) {
  const std::string mail = test::signed_mail();
  site.clock.set(test::default_not_after() + Seconds(86400));
  smime::Policy as_of_now;
  ASSERT_TRUE(as_of_now.set("revocation.imported_at_delivery", "import_time"));
  smime::Verifier other(as_of_now);
  Pipeline strict(*site.database, other, site.clock);
  const MailboxId inbox{std::stoll(site.database.value(
      "SELECT mailbox_id FROM mailboxes WHERE role = 'inbox' AND account_id = " + std::to_string(site.bob.value)))};
  const auto import = [&](Pipeline& by, const char* key) {
    const Prepared prepared = Pipeline::prepare(by.judge_import(mail, test::default_now()), mail);
    by.import(prepared, site.bob, sha256(key), {.mailboxes = {inbox}, .keywords = {}}, std::nullopt);
    return site.newest(site.bob);
  };
  const store::EmailRow as_said = import(pipeline, "1"), now = import(strict, "2");
  EXPECT_EQ(as_said.status_at_delivery, Status::kVerified);
  EXPECT_EQ(now.status_at_delivery, Status::kFailed);
  EXPECT_EQ(as_said.received_at, test::default_now());
  EXPECT_EQ(now.received_at, test::default_now());
  // Mail that is delivered is judged at its receipt, whatever imports are judged at.
  EXPECT_EQ(strict.judge(mail, test::default_now()).at_delivery.status, Status::kVerified);
}

TEST_F(PipelineTest, StoresWhatWasJudgedOctetForOctet) {
  const std::string mail = test::signed_mail();
  pipeline.store(pipeline.judge(mail, site.clock.now()), mail, site.bob, sha256("key"));
  const store::EmailRow email = site.newest(site.bob);
  EXPECT_EQ(email.status, Status::kVerified);
  EXPECT_EQ(email.status_at_delivery, Status::kVerified);
  EXPECT_EQ(email.received_at, site.clock.now());
  EXPECT_EQ(site.octets(site.bob, email), mail);
}

TEST_F(PipelineTest, TheSameDeliveryIsStoredOnce) {
  const std::string mail = test::plain_mail();
  const Prepared prepared = Pipeline::prepare(pipeline.judge(mail, site.clock.now()), mail);
  const std::vector<Recipient> recipients = {
      {"bob@example.org", site.bob}, {"carol@example.org", site.carol}, {"bob@example.org", site.bob}};
  const auto outcomes = [&](std::string_view sender, Octets received) {
    std::vector<Delivered::Outcome> out;
    for (const Delivered& d : deliver(pipeline, prepared, sender, recipients, received)) out.push_back(d.outcome);
    return out;
  };
  using enum Delivered::Outcome;
  EXPECT_THAT(outcomes("a@b.c", mail), testing::ElementsAre(kStored, kStored, kAlreadyStored));
  EXPECT_THAT(outcomes("a@b.c", mail), testing::ElementsAre(kAlreadyStored, kAlreadyStored, kAlreadyStored));
  EXPECT_EQ(site.email_count(site.bob), 1u);
  // Another sender, or other octets, is another delivery.
  EXPECT_THAT(outcomes("d@b.c", mail), testing::ElementsAre(kStored, kStored, kAlreadyStored));
  EXPECT_THAT(outcomes("a@b.c", "other octets"), testing::ElementsAre(kStored, kStored, kAlreadyStored));
}

// The argument in pipeline.h, shown: what is stored is judged itself, and fields of ours above it change no fact.
TEST_F(PipelineTest, OurFieldsChangeNoFact) {
  const std::string mails[] = {test::signed_mail(),
                               test::opaque_signed_mail({.cert = test::alice()}),
                               test::plain_mail(),
                               test::clear_signed_mail({.cert = test::alice()}, "eve@example.org"),
                               "no header",
                               "\r\nbody only\r\n",
                               ""};
  for (const std::string& mail : mails) {
    const Judged alone = pipeline.judge(mail, site.clock.now());
    const std::string field = result_fields(alone, options());
    Rewritten stored = rewrite(pipeline, alone, trace(), field, mail, {}, {});
    EXPECT_EQ(stored.spool.view(), trace() + field + mail);
    EXPECT_EQ(stored.judged.at_delivery, alone.at_delivery) << mail;
    EXPECT_EQ(smime::facts_to_json(stored.judged.extracted.facts), smime::facts_to_json(alone.extracted.facts)) << mail;
  }
}

TEST_F(PipelineTest, AFieldThatTheStoredOctetsDoNotBearOutIsLeftOut) {
  // Exactly as many fields as are read: with ours on top there are too many.
  std::string fields;
  const std::string mail = test::signed_mail();
  const std::size_t have = mime::read_header(mail).fields.size();
  for (std::size_t i = have; i < mime::HeaderLimits{}.fields; ++i) fields += "X-Filler: x\r\n";
  const std::string full = fields + mail;
  const Judged alone = pipeline.judge(full, site.clock.now());
  ASSERT_EQ(alone.at_delivery.status, Status::kVerified);
  const std::string field = result_fields(alone, options());
  ASSERT_THAT(field, HasSubstr("smime=pass"));
  Rewritten stored = rewrite(pipeline, alone, trace(), field, full, {}, {});
  EXPECT_NE(stored.judged.at_delivery.status, Status::kVerified);
  EXPECT_THAT(std::string(stored.spool.view().substr(0, 600)), Not(HasSubstr("smime=pass")));
}

TEST_F(PipelineTest, ARemovedRootIsSeenWithinASecond) {
  const std::string mail = test::signed_mail();
  EXPECT_EQ(pipeline.judge(mail, site.clock.now()).at_delivery.status, Status::kVerified);
  store::remove_anchor(*site.database, smime::Certificate::parse(test::pki().root.der)->id(), site.clock.now());
  site.clock.advance(Seconds(2));
  EXPECT_EQ(pipeline.judge(mail, site.clock.now()).at_delivery.status, Status::kFailed);
}

TEST(PipelineWithoutDatabase, FailsEveryRecipientAndSaysWhy) {
  store::Database database({.url = "host=127.0.0.1 port=1 dbname=none"});
  smime::Verifier verifier{smime::Policy{}};
  const ManualClock clock(test::default_now());
  Pipeline pipeline(database, verifier, clock);
  EXPECT_THROW(pipeline.judge("x", clock.now()), store::Unavailable);
  const auto results = deliver(pipeline, Pipeline::prepare({}, "x"), "a@b.c", {{"b@c.d", {1}}, {"e@f.g", {2}}}, "x");
  ASSERT_EQ(results.size(), 2u);
  for (const Delivered& result : results) {
    EXPECT_EQ(result.outcome, Delivered::Outcome::kFailed);
    EXPECT_NE(result.why, "");
  }
}

TEST_F(PipelineTest, AQuotaIsKeptToTheOctetAndADuplicateIsNeverOverIt) {
  using Room = store::Appended::Room;
  const std::string mail = test::plain_mail();
  const auto size = static_cast<std::int64_t>(mail.size());
  const Judged judged = pipeline.judge(mail, site.clock.now());
  store::set_quota(*site.database, site.bob, 2 * size);
  EXPECT_EQ(pipeline.store(judged, mail, site.bob, sha256("1")).room, Room::kFits);
  EXPECT_EQ(pipeline.store(judged, mail, site.bob, sha256("2")).room, Room::kFits);
  EXPECT_EQ(pipeline.store(judged, mail, site.bob, sha256("3")).room, Room::kOverQuota);
  EXPECT_EQ(site.email_count(site.bob), 2u);
  EXPECT_TRUE(pipeline.store(judged, mail, site.bob, sha256("2")).already_stored);
  store::set_quota(*site.database, site.bob, size - 1);
  EXPECT_EQ(pipeline.store(judged, mail, site.bob, sha256("3")).room, Room::kNeverFits);
  store::set_quota(*site.database, site.bob, std::nullopt);
  EXPECT_EQ(pipeline.store(judged, mail, site.bob, sha256("3")).room, Room::kFits);
  EXPECT_EQ(site.email_count(site.bob), 3u);
}

}  // namespace
}  // namespace waxseal::delivery
