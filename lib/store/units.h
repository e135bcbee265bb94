// Validation units and what depends on them: leases, states, the sweep over holders (storage.md "Re-verification
// protocol").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "smime/judge.h"
#include "smime/path.h"
#include "store/database.h"

namespace waxseal::store {

struct ClaimedUnit {
  smime::Unit unit;
  smime::UnitState state;  // as stored
  Time evaluated_at;
  std::int64_t trust_version = 0;
  std::string lease;  // compare-and-set token
};

// Units with next_check_at <= now, oldest first, leased to the caller; nobody else gets them until the lease ends (V1).
std::vector<ClaimedUnit> claim_due_units(Database&, Time now, Seconds lease, std::size_t limit);
// Earliest next_check_at, so that a certificate that expires at X is looked at at X.
std::optional<Time> next_unit_due(Database&);
// Makes every unit due that was evaluated with another trust version or policy version (RVF-04).  Returns how many.
std::size_t make_units_due(Database&, std::int64_t trust_version, std::string_view policy_version, Time now);
// One unit by id, without a lease (read path, `waxseal reverify`).
std::optional<ClaimedUnit> find_unit(Database&, const smime::UnitId&);

struct UnitUpdate {
  smime::UnitState state;
  Time evaluated_at;
  Time next_check_at;
  std::int64_t trust_version = 0;
  std::string policy_version;
  std::int64_t evidence_version = 0;  // of what revocation was judged by
};
enum class UnitWrite { kUnchanged, kChanged, kLost };  // kLost: somebody else has the lease now
// With the lease, or whoever has it now: unless a newer evaluation is there already; then the lease is void.
enum class RecordUnit { kLeased, kNewest };
// Commits the state; `gen` rises only if codes or path changed.  Must be committed before the sweep of its holders.
UnitWrite record_unit(Database&, const ClaimedUnit&, const UnitUpdate&, RecordUnit = RecordUnit::kLeased);
// The same with their leases for many: those that changed nothing, in a sweep all but a few, cost one statement.  As
// many answers as claimed units; nullopt: nothing is recorded, and the answer is kLost.
std::vector<UnitWrite> record_units(Database&, const std::vector<ClaimedUnit>&,
                                    const std::vector<std::optional<UnitUpdate>>&);

// Certificates by id from the store, through the cache.
class StoredCertificates final : public smime::UnitCertificates {
 public:
  StoredCertificates(Database&, smime::CertificateCache&);
  smime::CertificatePtr get(const smime::CertId&) override;

 private:
  Database& database_;
  smime::CertificateCache& cache_;
};

// The verdict of one message from its facts and the current states of all of its units.
using Judge = std::function<smime::Verdict(const smime::Facts&, const smime::UnitStates&, Time received_at)>;

struct SweepResult {
  std::size_t accounts = 0;
  std::size_t emails_examined = 0;
  std::size_t emails_changed = 0;  // each got its own modseq
};
// Brings every email of the unit that is behind its gen up to date: at most `batch` emails a transaction, each holding
// one account's lock; only rows whose visible (status, codes) changed are written to the change log.  Resumable,
// idempotent.
SweepResult sweep_unit(Database&, const smime::UnitId&, const Judge&, std::size_t batch = 500);
// The same for one account of its holders (RVF-07); the others are left to whoever finishes the sweep.
SweepResult sweep_account(Database&, const smime::UnitId&, AccountId, const Judge&, std::size_t batch = 500);

// A unit that mail of the account depends on, and that is due, or whose new state was not carried to the account yet.
struct OverdueUnit {
  smime::UnitId id;
  bool due = false;
  friend bool operator==(const OverdueUnit&, const OverdueUnit&) = default;
};
// One indexed statement whose cost depends on what is due, not on what is stored.
std::vector<OverdueUnit> overdue_units(Database&, AccountId, Time now, std::size_t limit);

// Units whose sweep a crash interrupted.
std::vector<smime::UnitId> unswept_units(Database&, std::size_t limit);

// smimeStatusAtDelivery after an anchor was added (TIM-04): failed, with an anchor-dependent code, one-way.
struct AtDeliveryCandidate {
  AccountId account;
  EmailId email;
  Time received_at;
  smime::Facts facts;
  Time facts_at;       // when the message came
  bool final = false;  // failed for now: only verified may follow (TIM-02)
};
// Pages through all candidates that were last judged with a trust version below `version`.
std::vector<AtDeliveryCandidate> at_delivery_candidates(Database&, std::int64_t version, std::size_t limit);
// Writes the verdict if it is kVerified (number and change in one transaction), and in any case remembers the version.
// kAgain: only evidence is missing, so that it becomes pending_at_delivery() when one of its units changes.
enum class Reconsidered { kSettled, kAgain };
void record_at_delivery(Database&, const AtDeliveryCandidate&, const smime::Verdict&,
                        const std::vector<smime::Evidence>&, std::int64_t version, Reconsidered, Time now);

// Pending ones (TIM-05) that are to be looked at: their time has come, or one of their units changed.
std::vector<AtDeliveryCandidate> pending_at_delivery(Database&, Time now, std::size_t limit);
void postpone_at_delivery(Database&, const AtDeliveryCandidate&, Time retry_at);
struct FinalVerdict {
  smime::Verdict verdict;  // kVerified or kFailed
  std::vector<smime::Evidence> evidence;
  Time finalised_at;
  std::int64_t trust_version = 0;
  std::string policy_version;
};
// Once, with number and change in one transaction; false: somebody else has finalised it, or the message is gone.
bool finalise_at_delivery(Database&, const AtDeliveryCandidate&, const FinalVerdict&);
// How many messages of the unit are signed/verified at delivery for good although they came at `since` or later
// (TIM-07).
std::size_t verified_at_delivery_since(Database&, const smime::UnitId&, Time since);
// When the next pending one is to be looked at.
std::optional<Time> next_pending_at_delivery(Database&);

}  // namespace waxseal::store
