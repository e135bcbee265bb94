// One message for many: whoever can shares a transaction, and each has an answer of its own.
#include "delivery/deliver.h"

#include <gmock/gmock.h>

#include "unit/delivery/site.h"

namespace waxseal::delivery {
namespace {

using Outcome = Delivered::Outcome;

class Deliver : public testing::Test {
 protected:
  Deliver() : message_(Pipeline::prepare(pipeline_.judge(mail_, site_.clock.now()), mail_)) {}

  // user0, user1, ...
  std::vector<Recipient> recipients(std::size_t count) {
    std::vector<Recipient> out;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "user" + std::to_string(i);
      const std::string address = name + "@example.org";
      out.push_back({address, store::create_account(*site_.database, name, {address}, site_.clock.now()).value()});
    }
    return out;
  }
  std::vector<Outcome> outcomes(const std::vector<Recipient>& recipients) {
    std::vector<Outcome> out;
    for (const Delivered& each : deliver(pipeline_, message_, "alice@example.org", recipients, mail_))
      out.push_back(each.outcome);
    return out;
  }
  std::string number(const std::string& sql) { return site_.database.value(sql); }

  test::Site site_;
  Pipeline pipeline_{*site_.database, site_.verifier, site_.clock};
  const std::string mail_ = test::signed_mail();
  const Prepared message_;
};

TEST_F(Deliver, RecipientsShareATransaction) {
  const auto all = recipients(store::kTogether + 3);
  EXPECT_EQ(outcomes(all), std::vector<Outcome>(all.size(), Outcome::kStored));
  EXPECT_EQ(number("SELECT count(*) FROM emails"), std::to_string(all.size()));
  EXPECT_EQ(number("SELECT count(DISTINCT account_id) FROM emails WHERE smime_status = 3"), std::to_string(all.size()));
  EXPECT_EQ(number("SELECT count(DISTINCT xmin::text) FROM emails"), "2");
  for (const Recipient& each : all) EXPECT_EQ(site_.octets(each.account, site_.newest(each.account)), mail_);
}

TEST_F(Deliver, AgainIsAlreadyStored) {
  const auto all = recipients(3);
  outcomes(all);
  EXPECT_EQ(outcomes(all), std::vector<Outcome>(3, Outcome::kAlreadyStored));
  EXPECT_EQ(number("SELECT count(*) FROM emails"), "3");
}

TEST_F(Deliver, TheTroubleOfOneIsNoOthers) {
  auto all = recipients(5);
  store::set_quota(*site_.database, all[1].account, 10);
  all[3].account = {4711};  // removed since it was asked for
  EXPECT_EQ(outcomes(all),
            (std::vector{Outcome::kStored, Outcome::kNeverFits, Outcome::kStored, Outcome::kFailed, Outcome::kStored}));
  EXPECT_EQ(number("SELECT count(*) FROM emails"), "3");
}

// Two addresses of one account: a copy for each, and the octets once.
TEST_F(Deliver, AnAccountWithTwoOfTheAddressesHasTwoCopies) {
  auto all = recipients(3);
  all[2].account = all[0].account;
  EXPECT_EQ(outcomes(all), std::vector<Outcome>(3, Outcome::kStored));
  EXPECT_EQ(number("SELECT refs FROM blobs WHERE account_id = " + std::to_string(all[0].account.value)), "2");
  EXPECT_EQ(number("SELECT count(*) FROM blob_chunks"), "2");
}

TEST_F(Deliver, LargeOctetsComeToEachAccountFirst) {
  const std::string large = mail_ + std::string(600'000, 'x') + "\r\n";
  const Prepared message = Pipeline::prepare(pipeline_.judge(large, site_.clock.now()), large);
  auto all = recipients(3);
  all.push_back({"other@example.org", all[0].account});
  for (const Delivered& each : deliver(pipeline_, message, "alice@example.org", all, large))
    EXPECT_EQ(each.outcome, Outcome::kStored) << each.why;
  for (const Recipient& each : all) EXPECT_EQ(site_.octets(each.account, site_.newest(each.account)), large);
  EXPECT_EQ(number("SELECT sum(refs) FROM blobs"), "4");
}

}  // namespace
}  // namespace waxseal::delivery
