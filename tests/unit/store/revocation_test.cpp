// The ledger and its events (REV-03, REV-07, REV-32, RVF-04): what a list or an answer writes, and whom it wakes.
#include "store/revocation.h"

#include "base/text.h"
#include "mail_store.h"
#include "smime/ocsp.h"
#include "support/ocsp_reply.h"
#include "support/pki.h"

namespace waxseal::store {
namespace {

using Outcome = EvidenceWrite::Outcome;

constexpr const char* kUrl = "http://crl.example.org/ca.crl";
constexpr Seconds kDay{24 * 3600};

class Ledger : public testing::Test {
 protected:
  Ledger() { trust_.anchors.push_back({parsed(test::pki().root), std::nullopt}); }

  static smime::CertificatePtr parsed(const test::Cert& cert) { return smime::Certificate::parse(cert.der); }
  static test::Cert signer() {
    test::CertSpec spec;
    spec.crl_urls = {kUrl};
    return test::pki().leaf(spec);
  }
  smime::RevocationQuestion question(const test::Cert& cert) const {
    return smime::make_question(parsed(cert), parsed(test::pki().intermediate), parsed(test::pki().root), 0,
                                store_.policy);
  }
  static test::CrlSpec dated(Time from, std::vector<test::Revoked> revoked = {}, std::int64_t number = 1) {
    return {.revoked = std::move(revoked), .this_update = from, .next_update = from + 7 * kDay, .number = number};
  }
  static test::Revoked entry(const test::Cert& cert, std::optional<int> reason = {}) {
    return {cert.serial, kNow - kDay, reason, {}};
  }
  static std::string octets_of(const test::CrlSpec& spec) { return test::make_crl(spec, test::pki().intermediate); }
  EvidenceWrite store(const test::CrlSpec& spec) { return store(octets_of(spec)); }
  EvidenceWrite store(const std::string& octets) {
    const auto crl = smime::Crl::parse(octets);
    const auto list = smime::accept_crl(crl.value(), question(alice_), {trust_, {}}, store_.policy, kNow);
    return store_crl(db(), list.value(), kNow);
  }
  EvidenceWrite answer(test::OcspSays says, Time from = kNow - kDay / 2, std::optional<int> reason = {}) {
    test::OcspReply spec{.answers = {{.certificate = alice_, .issuer = test::pki().intermediate, .says = says}},
                         .signer = test::pki().intermediate,
                         .produced_at = from};
    spec.answers[0].this_update = from;
    spec.answers[0].next_update = kNow + kDay;
    spec.answers[0].reason = reason;
    const auto accepted = smime::accept_ocsp(test::ocsp_reply(spec), question(alice_), store_.policy, kNow);
    return store_ocsp(db(), accepted.value(), kNow);
  }
  smime::CertificateEvidence evidence(const test::Cert& cert) {
    return StoredRevocation(db()).find({question(cert)}, kNow).at(0);
  }
  smime::RevocationState state(const test::Cert& cert) {
    return smime::evaluate_revocation(question(cert), evidence(cert), store_.policy, kNow, smime::Epoch::kNow).state;
  }
  // A unit that depends on the certificate, not due for an hour.
  smime::Unit unit_of(const test::Cert& cert, const smime::UnitState& known = kGood) {
    const smime::Unit unit = unit_named(cert.serial);
    store_.deliver(store_.bob, store_.under(unit, known));
    note_dependencies(db(), unit.id(), {question(cert)});
    store_.database.sql("UPDATE units SET next_check_at = to_timestamp(" + std::to_string(to_epoch(kNow) + 3600) + ")");
    return unit;
  }
  bool due(const smime::Unit& unit) {
    for (const OverdueUnit& each : overdue_units(db(), store_.bob, kNow, 10))
      if (each.id == unit.id() && each.due) return true;
    return false;
  }
  Database& db() { return *store_.database; }

  MailStore store_;
  smime::TrustStore trust_;
  const test::Cert alice_ = signer(), other_ = signer();
};

TEST_F(Ledger, AnEntryStaysWhateverLaterListsSay) {  // REV-07
  const EvidenceWrite first = store(dated(kNow - 2 * kDay, {entry(alice_)}));
  EXPECT_EQ(first.outcome, Outcome::kStored);
  EXPECT_EQ(first.entries_new, 1u);
  EXPECT_EQ(store(dated(kNow - kDay, {}, 2)).entries_released, 0u);
  EXPECT_EQ(state(alice_), smime::RevocationState::kRevoked);
  EXPECT_EQ(state(other_), smime::RevocationState::kGood);
}

// NET-31: its entries are rows and its body is nowhere.
TEST_F(Ledger, AListItselfIsNotKept) {
  test::CrlSpec spec = dated(kNow - kDay, {entry(alice_)});
  for (int i = 0; i < 500; ++i) spec.revoked.push_back({"\x01" + std::to_string(100'000 + i), kNow - kDay, {}, {}});
  const std::string octets = octets_of(spec);
  EXPECT_EQ(store(octets).entries_new, 501u);
  const std::string piece = octets.substr(octets.size() / 2, 64);
  for (const auto& table : store_.database.sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                                               "'public'::regnamespace"))
    EXPECT_EQ(store_.database.value("SELECT count(*) FROM " + table[0] + " AS t WHERE position('" + hex(piece) +
                                    "' IN t::text) > 0"),
              "0")
        << table[0];
  EXPECT_EQ(store_.database.value("SELECT count(*) FROM revocation_entries"), "501");
}

TEST_F(Ledger, AHoldEndsWithTheNextListAndIsRemembered) {  // REV-07
  store(dated(kNow - 2 * kDay, {entry(alice_, smime::kCertificateHold)}));
  EXPECT_EQ(state(alice_), smime::RevocationState::kOnHold);
  EXPECT_EQ(store(dated(kNow - kDay, {}, 2)).entries_released, 1u);
  EXPECT_EQ(state(alice_), smime::RevocationState::kGood);
  EXPECT_EQ(evidence(alice_).entries.at(0).released_at, kNow - kDay);
}

TEST_F(Ledger, ARevocationNeverBecomesAHold) {
  store(dated(kNow - 2 * kDay, {entry(alice_, smime::kKeyCompromise)}));
  EXPECT_EQ(store(dated(kNow - kDay, {entry(alice_, smime::kCertificateHold)}, 2)).entries_new, 0u);
  store(dated(kNow - kDay / 2, {}, 3));
  EXPECT_EQ(state(alice_), smime::RevocationState::kRevoked);
  // Twin: a hold may become a revocation.
  store(dated(kNow - kDay / 3, {entry(other_, smime::kCertificateHold)}, 4));
  EXPECT_EQ(store(dated(kNow - kDay / 4, {entry(other_)}, 5)).entries_new, 1u);
  store(dated(kNow - kDay / 5, {}, 6));
  EXPECT_EQ(state(other_), smime::RevocationState::kRevoked);
}

TEST_F(Ledger, AnOlderListChangesNothing) {  // REV-03
  store(dated(kNow - kDay, {}, 2));
  EXPECT_EQ(store(dated(kNow - 2 * kDay, {entry(alice_)}, 3)).outcome, Outcome::kNotNewer);
  EXPECT_EQ(store(dated(kNow - kDay, {entry(alice_)}, 1)).outcome, Outcome::kNotNewer);
  EXPECT_EQ(state(alice_), smime::RevocationState::kGood);
  EXPECT_EQ(store(dated(kNow - kDay, {entry(alice_)}, 3)).outcome, Outcome::kStored);
  EXPECT_EQ(state(alice_), smime::RevocationState::kRevoked);
}

TEST_F(Ledger, TheSameListIsKnown) {
  const std::string list = octets_of(dated(kNow - kDay, {entry(alice_)}));
  store(list);
  const std::int64_t version = StoredRevocation(db()).version();
  const EvidenceWrite again = store(list);
  EXPECT_EQ(again.outcome, Outcome::kKnown);
  EXPECT_EQ(again.entries_new, 0u);
  EXPECT_EQ(StoredRevocation(db()).version(), version);
}

TEST_F(Ledger, ADifferenceWakesWhomItConcerns) {  // RVF-04
  store(dated(kNow - 2 * kDay));
  const smime::Unit mine = unit_of(alice_), others = unit_of(other_);
  EXPECT_EQ(store(dated(kNow - kDay, {}, 2)).units_due, 0u);
  EXPECT_FALSE(due(mine));
  EXPECT_EQ(store(dated(kNow - kDay / 2, {entry(alice_)}, 3)).units_due, 1u);
  EXPECT_TRUE(due(mine));
  EXPECT_FALSE(due(others));
}

TEST_F(Ledger, AnyListWakesWhoLackedOne) {  // RVF-04: a validity change
  const smime::UnitState lacking{.codes = {smime::Code::crl_unavailable}, .path = kGood.path, .next_change = {}};
  const smime::Unit mine = unit_of(alice_, lacking);
  EXPECT_FALSE(due(mine));
  EXPECT_EQ(store(dated(kNow - kDay)).units_due, 1u);
  EXPECT_TRUE(due(mine));
}

TEST_F(Ledger, WhoReadOlderEvidenceRecordsNothing) {
  const smime::Unit mine = unit_of(alice_);
  store_.database.sql("UPDATE units SET next_check_at = to_timestamp(" + std::to_string(to_epoch(kNow)) + ")");
  const auto claimed = claim_due_units(db(), kNow, Seconds(120), 1);
  ASSERT_EQ(claimed.size(), 1u);
  const std::int64_t before = StoredRevocation(db()).version();
  store(dated(kNow - kDay, {entry(alice_)}));
  UnitUpdate update{kGood, kNow, kNow + kDay, 0, store_.policy.version(), before};
  EXPECT_EQ(record_unit(db(), claimed[0], update), UnitWrite::kLost);
  EXPECT_EQ(record_unit(db(), claimed[0], update, RecordUnit::kNewest), UnitWrite::kLost);
  EXPECT_TRUE(due(mine));
  update.evidence_version = StoredRevocation(db()).version();
  update.evaluated_at = kNow + Seconds(1);
  EXPECT_NE(record_unit(db(), claimed[0], update, RecordUnit::kNewest), UnitWrite::kLost);
}

TEST_F(Ledger, ACrashWhileAListIsWrittenIsMadeGoodByTheNext) {
  const smime::Unit mine = unit_of(alice_);
  const std::string list = octets_of(dated(kNow - kDay, {entry(alice_)}));
  store(list);
  // As a crash leaves it: head and entries are there, nobody was told.
  store_.database.sql("UPDATE units SET next_check_at = to_timestamp(" + std::to_string(to_epoch(kNow) + 3600) + ")");
  EXPECT_EQ(store(list).units_due, 0u);  // the twin: complete
  store_.database.sql("INSERT INTO revocation_loads SELECT bucket, authority, now() FROM revocation_lists");
  EXPECT_EQ(store(list).units_due, 1u);
  EXPECT_TRUE(due(mine));
  EXPECT_EQ(store_.database.value("SELECT count(*) FROM revocation_loads"), "0");
}

TEST_F(Ledger, AnAnswerIsKeptAndWakesItsCertificateAlone) {  // REV-20
  const smime::Unit mine = unit_of(alice_), others = unit_of(other_);
  EXPECT_EQ(answer(test::OcspSays::kGood).units_due, 1u);
  EXPECT_TRUE(due(mine));
  EXPECT_FALSE(due(others));
  EXPECT_EQ(state(alice_), smime::RevocationState::kGood);
  EXPECT_EQ(state(other_), smime::RevocationState::kUndetermined);
}

TEST_F(Ledger, ANewerAnswerOfTheSameKindWakesNobody) {
  answer(test::OcspSays::kGood);
  const smime::Unit mine = unit_of(alice_);
  EXPECT_EQ(answer(test::OcspSays::kGood, kNow - kDay / 4).units_due, 0u);
  EXPECT_FALSE(due(mine));
}

TEST_F(Ledger, AnOlderAnswerChangesNothing) {
  answer(test::OcspSays::kGood, kNow - kDay / 4);
  EXPECT_EQ(answer(test::OcspSays::kRevoked, kNow - kDay / 2).outcome, Outcome::kNotNewer);
  EXPECT_EQ(state(alice_), smime::RevocationState::kGood);
}

TEST_F(Ledger, ARevocationByAnAnswerIsPermanent) {  // REV-07
  EXPECT_EQ(answer(test::OcspSays::kRevoked).entries_new, 1u);
  answer(test::OcspSays::kGood, kNow - kDay / 4);
  EXPECT_EQ(state(alice_), smime::RevocationState::kRevoked);
}

TEST_F(Ledger, AHoldByAnAnswerEndsWithTheNext) {
  answer(test::OcspSays::kRevoked, kNow - kDay / 2, smime::kCertificateHold);
  EXPECT_EQ(state(alice_), smime::RevocationState::kOnHold);
  EXPECT_EQ(answer(test::OcspSays::kGood, kNow - kDay / 4).entries_released, 1u);
  EXPECT_EQ(state(alice_), smime::RevocationState::kGood);
}

TEST_F(Ledger, UnknownIsNotGood) {  // REV-25
  answer(test::OcspSays::kUnknown);
  EXPECT_EQ(state(alice_), smime::RevocationState::kUndetermined);
}

TEST_F(Ledger, AFaultSaysWhyAndWakesOnlyWhereItSaysMore) {  // REV-32
  const smime::UnitState lacking{.codes = {smime::Code::crl_unavailable}, .path = kGood.path, .next_change = {}};
  const smime::Unit mine = unit_of(alice_, lacking), good = unit_of(other_);
  note_fetch_fault(db(), kUrl, smime::Code::crl_unavailable, kNow);
  EXPECT_FALSE(due(mine));
  note_fetch_fault(db(), kUrl, smime::Code::crl_too_large, kNow);
  EXPECT_TRUE(due(mine));
  EXPECT_FALSE(due(good));
  EXPECT_EQ(evidence(alice_).faults, std::vector<smime::Code>{smime::Code::crl_too_large});
  clear_fetch_fault(db(), kUrl);
  EXPECT_TRUE(evidence(alice_).faults.empty());
}

}  // namespace
}  // namespace waxseal::store
