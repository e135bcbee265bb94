// A database with accounts, and messages whose facts are made up: the store does not look behind them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "store/accounts.h"
#include "store/append.h"
#include "store/snapshot.h"
#include "store/units.h"
#include "support/database.h"

namespace waxseal::store {

inline const Time kNow = from_epoch(1'790'000'000);

// What delivering, reading and re-evaluating needs of a certificate.
inline smime::Unit unit_named(const std::string& name) {
  smime::Unit unit;
  unit.leaf = sha256(name);
  return unit;
}

inline const smime::UnitState kGood{.codes = {}, .path = {sha256("leaf"), sha256("root")}, .next_change = {}};
inline const smime::UnitState kExpired{
    .codes = {smime::Code::cert_expired}, .path = {sha256("leaf"), sha256("root")}, .next_change = {}};

// Signed by alice@example.org, whose verdict hangs on the unit alone.
inline smime::Facts facts_under(const smime::Unit& unit) {
  smime::Candidate candidate{.certificate = unit.leaf, .verifies = true, .unit = unit};
  candidate.addresses = {{.local = "alice", .domain = "example.org"}};
  smime::SignerFacts signer;
  signer.candidates = {candidate};
  smime::LayerFacts layer;
  layer.signers = {signer};
  smime::Facts facts;
  facts.envelope = smime::EnvelopeClass::kSigned;
  facts.layers = {layer};
  facts.identity.from = {{.local = "alice", .domain = "example.org", .display = "", .comment = ""}};
  return facts;
}

class MailStore {
 public:
  MailStore() : bob(account("bob")), carol(account("carol")) {}

  AccountId account(const std::string& name) {
    return create_account(*database, name, {name + "@example.org"}, kNow).value();
  }

  // A message of its own each time.
  NewEmail plain(std::string octets = {}) {
    const std::string number = std::to_string(++count_);
    if (octets.empty()) octets = "Subject: " + number + "\r\n\r\n" + number + "\r\n";
    NewEmail email;
    texts_.push_back(std::make_unique<std::string>(std::move(octets)));
    email.octets = *texts_.back();
    email.blob = sha256(email.octets);
    email.delivery_key = sha256("delivery " + number);
    email.received_at = kNow;
    email.summary.subject = "Subject " + number;
    email.summary.message_id = {number + "@example.org"};
    email.summary.size = email.octets.size();
    return email;
  }
  NewEmail under(const smime::Unit& unit, const smime::UnitState& state = kGood) {
    NewEmail email = plain();
    email.facts = facts_under(unit);
    email.evaluations[unit.id()] = {state, kNow};
    email.at_delivery = smime::judge(email.facts, {{unit.id(), state}}, policy, kNow, smime::Epoch::kAtDelivery);
    return email;
  }
  Appended append(AccountId id, const NewEmail& email) { return append_email(*database, id, email, policy); }
  EmailId deliver(AccountId id, const NewEmail& email) { return append(id, email).email; }

  EmailRow email(AccountId id, EmailId which) {
    Snapshot snapshot(*database, id);
    return get_emails(snapshot, {which}).at(0);
  }
  std::string state(AccountId id, ObjectType type = ObjectType::kEmail) {
    Snapshot snapshot(*database, id);
    return store::state(snapshot, type);
  }
  std::optional<Changes> changes(AccountId id, const std::string& since, std::size_t max = 1000,
                                 ObjectType type = ObjectType::kEmail) {
    Snapshot snapshot(*database, id);
    return store::changes(snapshot, type, since, max);
  }
  MailboxRow mailbox(AccountId id, const std::string& role) {
    Snapshot snapshot(*database, id);
    for (const MailboxRow& row : get_mailboxes(snapshot))
      if (row.role == role) return row;
    return {};
  }

  // Evaluates the unit as a round would, whoever had the lease.
  UnitWrite evaluate(const smime::Unit& unit, const smime::UnitState& state, Time at) {
    const auto stored = find_unit(*database, unit.id());
    return record_unit(*database, stored.value(), {state, at, at + Seconds(3600), 0, policy.version()},
                       RecordUnit::kNewest);
  }
  SweepResult sweep(const smime::Unit& unit, std::size_t batch = 500) {
    return sweep_unit(*database, unit.id(), judge(), batch);
  }
  Judge judge() const {
    return [this](const smime::Facts& facts, const smime::UnitStates& states, Time received_at) {
      return smime::judge(facts, states, policy, received_at);
    };
  }

  test::TestDatabase database;
  smime::Policy policy;
  AccountId bob, carol;

 private:
  int count_ = 0;
  std::vector<std::unique_ptr<std::string>> texts_;
};

}  // namespace waxseal::store
