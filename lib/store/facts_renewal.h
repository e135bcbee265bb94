// Facts that an older verifier read, renewed from the octets (verification.md 5.3, "verifier upgrade"; RVF-01).  What
// was said at delivery stays (TIM-02).  Several may do it at once: each message is renewed once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "smime/facts.h"
#include "store/units.h"

namespace waxseal::store {

struct OldFacts {
  AccountId account;
  EmailId email;
  Sha256 blob;
  Time received_at;
};

// Nothing older than smime::kFactsVersion is left: one row is read.
bool facts_are_current(Database&);
// To be called when old_facts() has been followed to its end.
void note_facts_current(Database&);

struct FactsPage {
  std::vector<OldFacts> old;  // of the messages that were looked at
  EmailId last;               // continue behind it
  AccountId account;
  bool end = false;
};
// Looks at the facts of `most` messages behind (account, after), whatever their version.
FactsPage old_facts(Database&, AccountId account, EmailId after, std::size_t most);

struct NewFacts {
  smime::Facts facts;
  std::map<smime::CertId, smime::CertificatePtr> certificates;
};
// Units that the new facts name are made known, and are due if nobody has evaluated them.  Before renew_facts().
void note_units(Database&, AccountId, const NewFacts&, std::string_view policy_version, Time now);

enum class Renewed { kNot, kFactsAlone, kVerdictToo };  // kNot: gone, or renewed by somebody else
// Facts, signers and, if it differs, the verdict with a number of its own, in one transaction.
Renewed renew_facts(Database&, const OldFacts&, const NewFacts&, const Judge&, Time now);

// The octets of a stored message; nullopt: they are not there, or not all of them.
std::optional<std::string> message_octets(Database&, AccountId, const Sha256& blob);

}  // namespace waxseal::store
