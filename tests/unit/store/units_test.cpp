// Validation units: leases, generations, the sweep (storage.md "Re-verification protocol"; robustness.md V1-V3).
#include <thread>

#include "invariants.h"
#include "mail_store.h"

namespace waxseal::store {
namespace {

class Units : public testing::Test {
 protected:
  smime::Unit deliver(const std::string& name) {
    const smime::Unit unit = unit_named(name);
    store_.deliver(store_.bob, store_.under(unit));
    return unit;
  }
  void due_at(const smime::Unit& unit, Time at) {
    store_.database.sql("UPDATE units SET next_check_at = to_timestamp(" + std::to_string(to_epoch(at)) +
                        ") WHERE leaf = decode('" + unit.leaf.hex() + "', 'hex')");
  }
  std::vector<ClaimedUnit> claim(Time now, std::size_t limit = 10) {
    return claim_due_units(*store_.database, now, Seconds(120), limit);
  }
  UnitUpdate update(const smime::UnitState& state, Time at) {
    return {state, at, at + Seconds(3600), 0, store_.policy.version()};
  }
  std::string gen(const smime::Unit& unit) {
    return store_.database.value("SELECT gen FROM units WHERE leaf = decode('" + unit.leaf.hex() + "', 'hex')");
  }

  MailStore store_;
};

TEST_F(Units, AreClaimedWhenTheyAreDueTheOldestFirst) {
  const smime::Unit late = deliver("late"), early = deliver("early"), not_due = deliver("not due");
  due_at(late, kNow - Seconds(1));
  due_at(early, kNow - Seconds(100));
  due_at(not_due, kNow + Seconds(1));
  EXPECT_EQ(next_unit_due(*store_.database), kNow - Seconds(100));
  const auto claimed = claim(kNow);
  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_EQ(claimed[0].unit, early);
  EXPECT_EQ(claimed[1].unit, late);
  EXPECT_EQ(claimed[0].state, kGood);
  EXPECT_TRUE(claim(kNow).empty()) << "leased";
  EXPECT_TRUE(claim(kNow + Seconds(119)).size() == 1u) << "only the third";
  EXPECT_EQ(claim(kNow + Seconds(121)).size(), 2u) << "the lease of the first two is over";
}

TEST_F(Units, AreClaimedByOneOfMany) {
  for (int i = 0; i < 20; ++i) due_at(deliver("unit " + std::to_string(i)), kNow);
  std::vector<std::size_t> claimed(4);
  std::vector<std::thread> threads;
  for (std::size_t& count : claimed)
    threads.emplace_back([&] {
      const auto own = store_.database.connect(1);
      for (int round = 0; round < 10; ++round) count += claim_due_units(*own, kNow, Seconds(120), 3).size();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(claimed[0] + claimed[1] + claimed[2] + claimed[3], 20u);
}

TEST_F(Units, WhoLostTheLeaseWritesNothing) {
  const smime::Unit unit = deliver("alice");
  due_at(unit, kNow);
  const ClaimedUnit first = claim(kNow).at(0);
  const ClaimedUnit second = claim(kNow + Seconds(121)).at(0);
  EXPECT_EQ(record_unit(*store_.database, first, update(kExpired, kNow)), UnitWrite::kLost);
  EXPECT_EQ(find_unit(*store_.database, unit.id())->state, kGood);
  EXPECT_EQ(record_unit(*store_.database, second, update(kExpired, kNow)), UnitWrite::kChanged);
  EXPECT_EQ(find_unit(*store_.database, unit.id())->state, kExpired);
  EXPECT_EQ(record_unit(*store_.database, second, update(kGood, kNow)), UnitWrite::kLost) << "the lease ends with it";
}

TEST_F(Units, GenerationsRiseOnlyWithTheState) {  // RVF-02
  const smime::Unit unit = deliver("alice");
  const std::string first = gen(unit);
  EXPECT_EQ(store_.evaluate(unit, kGood, kNow + Seconds(10)), UnitWrite::kUnchanged);
  EXPECT_EQ(gen(unit), first);
  EXPECT_EQ(find_unit(*store_.database, unit.id())->evaluated_at, kNow + Seconds(10));
  EXPECT_EQ(store_.evaluate(unit, kExpired, kNow + Seconds(20)), UnitWrite::kChanged);
  EXPECT_NE(gen(unit), first);
  EXPECT_EQ(store_.evaluate(unit, kGood, kNow + Seconds(15)), UnitWrite::kLost) << "older than what is there";
  smime::UnitState another_path = kExpired;
  another_path.path.push_back(sha256("another root"));
  EXPECT_EQ(store_.evaluate(unit, another_path, kNow + Seconds(30)), UnitWrite::kChanged);
}

TEST_F(Units, ManyAreRecordedAsEachWouldBe) {  // RVF-02
  const std::vector<smime::Unit> units = {deliver("same"), deliver("changed"), deliver("leased again"),
                                          deliver("broken"), deliver("same, newer evidence")};
  for (std::size_t i = 0; i < units.size(); ++i) due_at(units[i], kNow - Seconds(100 - static_cast<long>(i)));
  const std::vector<ClaimedUnit> claimed = claim(kNow);
  ASSERT_EQ(claimed.size(), units.size());
  store_.database.sql("UPDATE units SET lease = 'another''s' WHERE leaf = decode('" + units[2].leaf.hex() +
                      "', 'hex')");
  store_.database.sql("UPDATE units SET evidence_version = 9 WHERE leaf = decode('" + units[4].leaf.hex() +
                      "', 'hex')");
  const std::string first = gen(units[1]);
  const Time later = kNow + Seconds(5);
  EXPECT_EQ(
      record_units(
          *store_.database, claimed,
          {update(kGood, later), update(kExpired, later), update(kGood, later), std::nullopt, update(kGood, later)}),
      (std::vector{UnitWrite::kUnchanged, UnitWrite::kChanged, UnitWrite::kLost, UnitWrite::kLost, UnitWrite::kLost}));
  EXPECT_EQ(find_unit(*store_.database, units[0].id())->evaluated_at, later);
  EXPECT_EQ(gen(units[0]), first);
  EXPECT_EQ(find_unit(*store_.database, units[1].id())->state, kExpired);
  EXPECT_NE(gen(units[1]), first);
  for (std::size_t i = 2; i < units.size(); ++i)
    EXPECT_NE(find_unit(*store_.database, units[i].id())->evaluated_at, later) << i;
  EXPECT_EQ(claim(kNow + Seconds(3599)).size(), 3u) << "the recorded ones are due in an hour; these are leased or lost";
}

TEST_F(Units, OfAnotherTrustOrPolicyBecomeDue) {  // RVF-02, RVF-04
  const smime::Unit unit = deliver("alice");
  EXPECT_EQ(make_units_due(*store_.database, 0, store_.policy.version(), kNow), 0u);
  EXPECT_EQ(make_units_due(*store_.database, 1, store_.policy.version(), kNow), 1u);
  EXPECT_EQ(claim(kNow).size(), 1u);
}

TEST_F(Units, ASweepChangesWhatAClientSeesAndNothingElse) {
  const smime::Unit unit = unit_named("alice");
  const EmailId his = store_.deliver(store_.bob, store_.under(unit));
  const EmailId hers = store_.deliver(store_.carol, store_.under(unit));
  NewEmail from_somebody_else = store_.under(unit);
  from_somebody_else.facts.identity.from.at(0).local = "mallory";
  store_.deliver(store_.bob, from_somebody_else);
  const EmailId plain = store_.deliver(store_.bob, store_.plain());
  const std::string before = store_.state(store_.bob);

  store_.evaluate(unit, kExpired, kNow + Seconds(10));
  const SweepResult result = store_.sweep(unit, 1);
  EXPECT_EQ(result.accounts, 2u);
  EXPECT_EQ(result.emails_examined, 3u);
  EXPECT_EQ(store_.email(store_.bob, his).status, smime::Status::kFailed);
  EXPECT_EQ(store_.email(store_.bob, his).status_at_delivery, smime::Status::kVerified);
  EXPECT_EQ(store_.email(store_.carol, hers).status, smime::Status::kFailed);
  EXPECT_EQ(store_.email(store_.bob, plain).status, smime::Status::kNone);
  const Changes changes = store_.changes(store_.bob, before).value();
  EXPECT_EQ(changes.updated.size(), 2u) << "failed for another reason is a change, too: the texts differ";
  EXPECT_EQ(broken_invariants(store_.database), "");

  EXPECT_EQ(store_.sweep(unit).emails_examined, 0u) << "done is done";
  const std::string after = store_.state(store_.bob);
  store_.evaluate(unit, kExpired, kNow + Seconds(20));
  EXPECT_EQ(store_.sweep(unit).emails_changed, 0u);
  EXPECT_EQ(store_.state(store_.bob), after) << "a stamp moves no state";
}

TEST_F(Units, ASweepThatWasInterruptedIsFoundAgain) {
  const smime::Unit unit = unit_named("alice");
  store_.deliver(store_.bob, store_.under(unit));
  const EmailId hers = store_.deliver(store_.carol, store_.under(unit));
  EXPECT_TRUE(unswept_units(*store_.database, 10).empty());
  store_.evaluate(unit, kExpired, kNow + Seconds(10));
  EXPECT_EQ(unswept_units(*store_.database, 10), std::vector{unit.id()});
  sweep_account(*store_.database, unit.id(), store_.bob, store_.judge());  // and then the machine went down
  EXPECT_EQ(store_.email(store_.carol, hers).status, smime::Status::kVerified);
  EXPECT_EQ(unswept_units(*store_.database, 10), std::vector{unit.id()});
  EXPECT_EQ(store_.sweep(unit).emails_changed, 1u);
  EXPECT_EQ(store_.email(store_.carol, hers).status, smime::Status::kFailed);
  EXPECT_TRUE(unswept_units(*store_.database, 10).empty());
}

TEST_F(Units, OverdueOnesAreFoundForTheAccountThatDependsOnThem) {
  const smime::Unit unit = deliver("alice");
  due_at(unit, kNow);
  EXPECT_TRUE(overdue_units(*store_.database, store_.bob, kNow - Seconds(1), 10).empty());
  EXPECT_EQ(overdue_units(*store_.database, store_.bob, kNow, 10), (std::vector<OverdueUnit>{{unit.id(), true}}));
  EXPECT_TRUE(overdue_units(*store_.database, store_.carol, kNow, 10).empty());
}

}  // namespace
}  // namespace waxseal::store
