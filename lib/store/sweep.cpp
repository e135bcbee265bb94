// The sweep: a unit's new state is carried to every message that depends on it (storage.md section 2, "Re-verification
// protocol").  What makes it complete: the unit was committed before its holders are listed, a delivery notes its
// holder before it takes the account's lock and reads the unit after it (or after the modseq that must still be there
// when it writes), and the sweep decides that an account is done under that lock.
#include <algorithm>

#include "store/account_lock.h"
#include "store/pool.h"
#include "store/unit_rows.h"
#include "store/units.h"
#include "store/verdict_rows.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kHolderPage = 100;

// A message behind the unit's generation, with what never changes about it; read and parsed before the lock is taken
// (R8).
struct Candidate {
  EmailId id;
  Time received_at;
  std::optional<smime::Facts>
      facts;  // nullopt: of another kFactsVersion; its verdict stays until the facts are renewed
  std::set<smime::UnitId> units;
};

struct Step {
  std::size_t examined = 0;
  std::size_t changed = 0;
  bool more = false;
};

struct Goal {
  smime::UnitId unit;
  std::int64_t gen = 0;
  Time evaluated_at;
  std::size_t batch = 500;
};

std::optional<Goal> goal_of(Database& database, const smime::UnitId& id, std::size_t batch) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<Goal> {
    const Rows rows = transaction.exec(
        "SELECT gen, extract(epoch from coalesce(evaluated_at, next_check_at))::bigint FROM units WHERE bucket = $1 "
        "AND "
        "unit_id = $2",
        bucket_of(id), id);
    if (rows.empty()) return std::nullopt;
    return Goal{id, integer(rows[0], 0), time_of(rows[0], 1), std::max<std::size_t>(batch, 1)};
  });
}

std::vector<AccountId> holders_behind(Database& database, const Goal& goal, AccountId after) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AccountId> out;
    for (const Row& row : transaction.exec("SELECT account_id FROM unit_holders WHERE bucket = $1 AND unit_id = $2 AND "
                                           "account_id > $3 AND applied_gen < $4 "
                                           "ORDER BY account_id LIMIT $5",
                                           bucket_of(goal.unit), goal.unit, after, goal.gen, kHolderPage)) {
      out.push_back({integer(row, 0)});
    }
    return out;
  });
}

std::vector<Candidate> read_candidates(Database& database, const Goal& goal, AccountId account) {
  return run(
      database,
      [&](Transaction& transaction) {
        std::vector<Candidate> out;
        std::map<std::int64_t, std::size_t> index;
        for (const Row& row : transaction.exec(
                 "SELECT s.email_id, extract(epoch from e.received_at)::bigint, f.facts FROM (SELECT email_id FROM "
                 "email_signers WHERE account_id = $1 AND unit_id = $2 AND applied_gen < $3 ORDER BY applied_gen, "
                 "email_id "
                 "LIMIT $4) s JOIN emails e ON e.account_id = $1 AND e.email_id = s.email_id "
                 "JOIN email_smime f ON f.account_id = $1 AND f.email_id = s.email_id",
                 account, goal.unit, goal.gen, goal.batch)) {
          index[integer(row, 0)] = out.size();
          out.push_back({{integer(row, 0)}, time_of(row, 1), smime::facts_from_json(text(row, 2)), {}});
        }
        const std::string ids = array_of(out, [](const Candidate& each) { return each.id.value; });
        for (const Row& row : transaction.exec(
                 "SELECT email_id, unit_id FROM email_signers WHERE account_id = $1 AND email_id = ANY($2::bigint[])",
                 account, ids)) {
          out[index.at(integer(row, 0))].units.insert(digest(row, 1));
        }
        return out;
      },
      Transaction::Mode::kSnapshot);
}

// RVF-05: only what a client can see counts, and each such message gets a number of its own.
NewVerdicts judge_all(const std::vector<Candidate>& candidates, const std::map<std::int64_t, Visible>& visible,
                      const smime::UnitStates& states, const Judge& judge) {
  NewVerdicts out;
  for (const Candidate& candidate : candidates) {
    const auto now = visible.find(candidate.id.value);
    if (now == visible.end() || !candidate.facts) continue;  // destroyed meanwhile, or facts to be renewed
    smime::Verdict verdict = judge(*candidate.facts, states, candidate.received_at);
    if (shows(now->second, verdict)) continue;
    out.emplace_back(candidate.id, std::move(verdict));
  }
  return out;
}

// The generations that were read under the lock, for every unit of the candidates: another unit's sweep has less to do.
void write_generations(Transaction& transaction, AccountId account, const std::string& ids,
                       const std::map<smime::UnitId, StoredUnit>& units) {
  std::vector<Sha256> names;
  std::vector<std::int64_t> gens;
  for (const auto& [id, unit] : units) {
    names.push_back(id);
    gens.push_back(unit.gen);
  }
  transaction.exec(
      "UPDATE email_signers s SET applied_gen = u.gen FROM unnest($3::bytea[], $4::bigint[]) AS u (unit_id, gen) "
      "WHERE s.account_id = $1 AND s.email_id = ANY($2::bigint[]) AND s.unit_id = u.unit_id AND s.applied_gen < u.gen",
      account, ids, digest_array(names), id_array(gens));
}

// A pending verdict at delivery of these messages is worth another look: what its unit lacked may be there (TIM-05).
void wake_pending(Transaction& transaction, AccountId account, const std::string& ids) {
  transaction.exec(
      "UPDATE email_smime SET retry_at = dlv_at WHERE account_id = $1 AND email_id = ANY($2::bigint[]) "
      "AND retry_at IS NOT NULL",
      account, ids);
}

bool any_behind(Transaction& transaction, const Goal& goal, AccountId account) {
  const Rows rows = transaction.exec(
      "SELECT EXISTS (SELECT 1 FROM email_signers WHERE account_id = $1 AND unit_id = $2 AND applied_gen < $3)",
      account, goal.unit, goal.gen);
  return boolean(rows[0], 0);
}

Step sweep_batch(Database& database, const Goal& goal, AccountId account, const Judge& judge) {
  const std::vector<Candidate> candidates = read_candidates(database, goal, account);
  const std::string ids = array_of(candidates, [](const Candidate& each) { return each.id.value; });
  std::set<smime::UnitId> wanted;
  for (const Candidate& each : candidates) wanted.insert(each.units.begin(), each.units.end());

  return run(database, [&](Transaction& transaction) -> Step {
    if (!account_exists(transaction, account)) return {};  // removed: its holder row is a spare one
    lock_account(transaction, account);
    const auto units = read_units(transaction, wanted);  // after the lock
    const auto changed = judge_all(candidates, read_visible(transaction, account, ids), states_of(units), judge);
    write_verdicts(transaction, account, goal.evaluated_at, changed);
    if (!candidates.empty()) {
      write_generations(transaction, account, ids, units);
      wake_pending(transaction, account, ids);
    }
    // Under the lock: a delivery that read the old generation has committed by now, or is refused by the modseq that
    // the lock moved and will read the new one.
    return {candidates.size(), changed.size(), any_behind(transaction, goal, account)};
  });
}

void note_holders_done(Database& database, const Goal& goal, const std::vector<AccountId>& accounts) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE unit_holders SET applied_gen = $3 WHERE bucket = $1 AND unit_id = $2 "
        "AND account_id = ANY($4::bigint[]) AND applied_gen < $3",
        bucket_of(goal.unit), goal.unit, goal.gen, array_of(accounts, [](AccountId id) { return id.value; }));
  });
}

void sweep_holder(Database& database, const Goal& goal, AccountId account, const Judge& judge, SweepResult& result) {
  for (Step step{.more = true}; step.more;) {
    step = sweep_batch(database, goal, account, judge);
    result.emails_examined += step.examined;
    result.emails_changed += step.changed;
  }
  ++result.accounts;
}

void note_unit_swept(Database& database, const Goal& goal) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE units SET swept_gen = $3 WHERE bucket = $1 AND unit_id = $2 AND swept_gen < $3 AND NOT EXISTS "
        "(SELECT 1 FROM unit_holders h WHERE h.bucket = $1 AND h.unit_id = $2 AND h.applied_gen < $3)",
        bucket_of(goal.unit), goal.unit, goal.gen);
  });
}

}  // namespace

SweepResult sweep_unit(Database& database, const smime::UnitId& id, const Judge& judge, std::size_t batch) {
  SweepResult result;
  const std::optional<Goal> found = goal_of(database, id, batch);
  if (!found) return result;
  const Goal& goal = *found;
  AccountId after{-1};
  for (;;) {
    const std::vector<AccountId> page = holders_behind(database, goal, after);
    if (page.empty()) break;
    for (const AccountId account : page) sweep_holder(database, goal, account, judge, result);
    note_holders_done(database, goal, page);
    after = page.back();
  }
  note_unit_swept(database, goal);
  return result;
}

SweepResult sweep_account(Database& database, const smime::UnitId& id, AccountId account, const Judge& judge,
                          std::size_t batch) {
  SweepResult result;
  const std::optional<Goal> found = goal_of(database, id, batch);
  if (!found) return result;
  const Goal& goal = *found;
  sweep_holder(database, goal, account, judge, result);
  note_holders_done(database, goal, {account});
  note_unit_swept(database, goal);
  return result;
}

}  // namespace waxseal::store
