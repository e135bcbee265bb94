// Revocation evidence in PostgreSQL: heads of lists, the permanent ledger of revocations (REV-07), OCSP answers, faults
// of fetches; and which units depend on which certificate (RVF-04).  Bodies of lists are not kept (NET-31).
//
// Writing a list: its entries go into the ledger by difference, then its head is inserted, then the units that the
// difference concerns become due.  Each step is committed by itself and can be run again; a crash in between leaves
// what was written, and the next fetch finishes it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "smime/crl_acceptance.h"
#include "smime/ocsp.h"
#include "store/database.h"

namespace waxseal::store {

struct EvidenceWrite {
  enum class Outcome {
    kStored,    // newer than what was there
    kKnown,     // this very list or answer was there already
    kNotNewer,  // REV-03: older than the one in use; nothing was changed
  };
  Outcome outcome = Outcome::kKnown;
  std::size_t entries_new = 0;       // revocations that the ledger did not have, or had otherwise
  std::size_t entries_released = 0;  // holds that ended
  std::size_t units_due = 0;         // made due (RVF-04): a difference for one of their certificates, or new validity
};

// REV-03's last rule is here: not older than the stored one of the same (authority, scope, kind).  Throws Unavailable.
EvidenceWrite store_crl(Database&, const smime::AcceptedCrl&, Time now);
EvidenceWrite store_ocsp(Database&, const smime::OcspAnswer&, Time now);

// Why the last fetch of a URL failed (crl_unavailable, crl_too_large, crl_url_not_allowed, ocsp_unavailable, ...):
// units name it instead of a plain "unavailable" (REV-32).  A changed fault makes the units due that lack evidence from
// it.
void note_fetch_fault(Database&, std::string_view url, smime::Code, Time now);
void clear_fetch_fault(Database&, std::string_view url);

// One round trip for any number of questions.  Throws Unavailable.
class StoredRevocation final : public smime::RevocationSource {
 public:
  // kRecent: what this process read within the last second will do (kEvidenceIsRecent), and costs no round trip.
  enum class Reading { kPresent, kRecent };
  explicit StoredRevocation(Database& database, Reading reading = Reading::kPresent)
      : database_(database), reading_(reading) {}
  std::vector<smime::CertificateEvidence> find(const std::vector<smime::RevocationQuestion>& questions,
                                               Time at) override;
  // Of the evidence that was read, the oldest of several reads; the present one if none was.  It rises with every list
  // or answer that changes something; a unit state is recorded with it and loses against a newer one.
  std::int64_t version();

 private:
  Database& database_;
  Reading reading_;
  std::optional<std::int64_t> version_;
};

// Notes that the unit's verdict depends on these certificates, before their evidence is read: a list that is stored
// afterwards finds the unit.
void note_dependencies(Database&, const smime::UnitId&, const std::vector<smime::RevocationQuestion>& questions);

// Units that depend on certificates of the authority with one of these serials.
std::vector<smime::UnitId> units_of_serials(Database&, const smime::Authority&, const std::set<std::string>& serials);
// All units that depend on the authority.
std::vector<smime::UnitId> units_of_authority(Database&, const smime::Authority&);

}  // namespace waxseal::store
