#include "store/facts_renewal.h"

#include "store/account_lock.h"
#include "store/append_prepared.h"
#include "store/pool.h"
#include "store/snapshot.h"
#include "store/unit_notes.h"
#include "store/unit_rows.h"
#include "store/verdict_rows.h"

namespace waxseal::store {

namespace {

void write_signers(Transaction& transaction, const OldFacts& old, const std::map<smime::UnitId, StoredUnit>& stored) {
  std::vector<Sha256> units;
  std::vector<std::int64_t> gens;
  for (const auto& [id, unit] : stored) {
    units.push_back(id);
    gens.push_back(unit.gen);
  }
  transaction.exec("DELETE FROM email_signers WHERE account_id = $1 AND email_id = $2", old.account, old.email);
  transaction.exec(
      "INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) "
      "SELECT $1, $2, ordinal - 1, unit_id, gen FROM unnest($3::bytea[], $4::bigint[]) WITH ORDINALITY AS u (unit_id, "
      "gen, ordinal)",
      old.account, old.email, digest_array(units), id_array(gens));
}

// Under the lock; false: somebody else was here.
bool write_facts(Transaction& transaction, const OldFacts& old, const NewFacts& now) {
  const Rows written = transaction.exec(
      "UPDATE email_smime SET facts_version = $3, facts = $4 WHERE account_id = $1 AND email_id = $2 AND "
      "facts_version < $3 RETURNING 1",
      old.account, old.email, smime::kFactsVersion, smime::facts_to_json(now.facts));
  if (written.empty()) return false;
  transaction.exec("UPDATE email_meta SET signers = $3 WHERE account_id = $1 AND email_id = $2 AND signers <> $3",
                   old.account, old.email, signers_text(now.facts, now.certificates));
  return true;
}

}  // namespace

bool facts_are_current(Database& database) {
  return run_autocommit(database, [](Transaction& transaction) {
    const Rows rows = transaction.exec("SELECT facts_version FROM verifier_state WHERE id = 1");
    return !rows.empty() && integer(rows[0], 0) >= smime::kFactsVersion;
  });
}

void note_facts_current(Database& database) {
  run_autocommit(database, [](Transaction& transaction) {
    transaction.exec("UPDATE verifier_state SET facts_version = $1 WHERE id = 1 AND facts_version < $1",
                     smime::kFactsVersion);
  });
}

FactsPage old_facts(Database& database, AccountId account, EmailId after, std::size_t most) {
  return run_autocommit(database, [&](Transaction& transaction) {
    FactsPage page{.old = {}, .last = after, .account = account};
    const Rows rows = transaction.exec(
        "SELECT f.account_id, f.email_id, f.facts_version < $4, m.blob_id, extract(epoch from m.received_at)::bigint "
        "FROM (SELECT account_id, email_id, facts_version FROM email_smime WHERE (account_id, email_id) > ($1, $2) "
        "ORDER BY account_id, email_id LIMIT $3) f JOIN email_meta m ON m.account_id = f.account_id AND m.email_id = "
        "f.email_id ORDER BY f.account_id, f.email_id",
        account, after, most, smime::kFactsVersion);
    for (const Row& row : rows) {
      page.account = {integer(row, 0)};
      page.last = {integer(row, 1)};
      if (boolean(row, 2)) page.old.push_back({page.account, page.last, digest(row, 3), time_of(row, 4)});
    }
    page.end = static_cast<std::size_t>(rows.size()) < most;
    return page;
  });
}

void note_units(Database& database, AccountId account, const NewFacts& now, std::string_view policy_version,
                Time time) {
  const auto units = units_by_id(now.facts);
  const std::string policy(policy_version);
  note_units(database,
             {.account = account,
              .units = units,
              .certificates = now.certificates,
              .evaluations = {},
              .at = time,
              .policy_version = policy},
             Note::kEverything);
}

Renewed renew_facts(Database& database, const OldFacts& old, const NewFacts& now, const Judge& judge, Time time) {
  const std::string id = "{" + std::to_string(old.email.value) + "}";
  return run(database, [&](Transaction& transaction) {
    if (!account_exists(transaction, old.account)) return Renewed::kNot;
    lock_account(transaction, old.account);
    const auto visible = read_visible(transaction, old.account, id);
    if (visible.empty() || !write_facts(transaction, old, now)) return Renewed::kNot;
    const auto stored = read_units(transaction, unit_ids(now.facts));  // after the lock
    write_signers(transaction, old, stored);
    smime::Verdict verdict = judge(now.facts, states_of(stored), old.received_at);
    if (shows(visible.begin()->second, verdict)) return Renewed::kFactsAlone;
    write_verdicts(transaction, old.account, time, {{old.email, std::move(verdict)}});
    return Renewed::kVerdictToo;
  });
}

std::optional<std::string> message_octets(Database& database, AccountId account, const Sha256& blob) {
  Snapshot snapshot(database, account);
  const auto size = blob_size(snapshot, blob);
  return size ? read_octets(snapshot, blob, 0, *size) : std::nullopt;
}

}  // namespace waxseal::store
