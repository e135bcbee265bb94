#include "store/unit_notes.h"

#include "store/intermediates.h"
#include "store/pool.h"
#include "store/revocation.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

Sha256 holder_key(const smime::UnitId& unit, AccountId account) {
  Sha256Stream digest;
  return digest.add("holder").add(unit.view()).add(std::to_string(account.value)).finish();
}

void note_certificate(Database& database, const MessageUnits& message, const smime::CertId& id) {
  KnownRows& committed = database.impl().committed;
  const auto found = message.certificates.find(id);
  if (found == message.certificates.end() || !found->second || committed.contains(id)) return;
  run_autocommit(database, [&](Transaction& transaction) { insert_certificate(transaction, *found->second); });
  committed.add(id);
}

// Certificates, unit and holder, each committed before the delivery that needs it (R6).  A bucket is a transaction
// (R2); for a signer who wrote to the account before there is nothing to do.
void note_unit(Database& database, const MessageUnits& message, const smime::UnitId& id, const smime::Unit& unit,
               Note note) {
  KnownRows& committed = database.impl().committed;
  const Sha256 key = holder_key(id, message.account);
  if (note == Note::kWhatIsNotKnown && committed.contains(key)) return;
  note_certificate(database, message, unit.leaf);
  for (const smime::CertId& supplied : unit.bundle) note_certificate(database, message, supplied);

  UnitInsert insert{.unit = &unit,
                    .id = id,
                    .evaluated_at = message.at,
                    .trust_version = message.trust_version,
                    .evidence_version = message.evidence_version,
                    .policy_version = message.policy_version};
  const auto evaluation = message.evaluations.find(id);
  if (evaluation != message.evaluations.end()) {
    insert.state = &evaluation->second.state;
    insert.evaluated_at = evaluation->second.evaluated_at;
    note_dependencies(database, id, evaluation->second.questions);
    // A list that came between the evaluation and the note did not find the unit.
    insert.overtaken = StoredRevocation(database).version() != message.evidence_version;
  }
  run(database, [&](Transaction& transaction) {
    upsert_unit(transaction, insert);
    insert_holder(transaction, id, message.account);
  });
  if (insert.state != nullptr) add_path_to_pool(database, *insert.state, insert.evaluated_at);
  committed.add(key);
}

}  // namespace

void note_units(Database& database, const MessageUnits& message, Note note) {
  for (const auto& [id, unit] : message.units) note_unit(database, message, id, unit, note);
}

}  // namespace waxseal::store
