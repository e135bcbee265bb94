// What lies behind the S/MIME verdict of stored messages: facts, states of their units, certificates.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "smime/facts.h"
#include "smime/judge.h"
#include "store/snapshot.h"

namespace waxseal::store {

// One state that a unit had.
struct UnitPast {
  Time at;
  std::vector<smime::Code> codes;
  std::vector<smime::Evidence> evidence;
};

struct SmimeRecord {
  smime::Facts facts;
  smime::UnitStates units;                     // those that were evaluated
  std::optional<Time> next_check_at;           // when the first of them is looked at again, at latest
  std::vector<smime::Code> codes_at_delivery;  // warnings included
  std::optional<Time> finalised_at;            // of smimeStatusAtDelivery; nullopt: pending
  std::vector<smime::Evidence> evidence_at_delivery;            // what revocation was judged by then
  std::map<smime::UnitId, Time> evaluated_at;                   // of `units`
  std::map<smime::UnitId, std::vector<UnitPast>> history = {};  // oldest first, at most kKeptGenerations
};

// DER by SHA-256; what a message names and the store does not have is left out.
using CertificateOctets = std::map<smime::CertId, std::string>;

// Of the messages that have an S/MIME envelope, by email id.
std::map<std::int64_t, SmimeRecord> get_smime_records(Snapshot&, const std::vector<EmailId>& ids);
// The certificates that `record` needs to be told: candidates of each signature, and their paths up to the anchor.
CertificateOctets get_certificates(Snapshot&, const SmimeRecord& record);

}  // namespace waxseal::store
