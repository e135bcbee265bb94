// smimeStatusAtDelivery: pending ones become final once (TIM-05), and an added anchor turns failed into verified, never
// back (TIM-02, TIM-04).
#include "store/account_lock.h"
#include "store/anchor_codes.h"
#include "store/pool.h"
#include "store/unit_rows.h"
#include "store/units.h"

namespace waxseal::store {

namespace {

struct NewStatus {
  smime::Status status = smime::Status::kFailed;
  std::string codes, evidence;
  Time at;
};

// One number, one visible change; what it was stays known (`waxseal why`).
void write_status(Transaction& transaction, const AtDeliveryCandidate& candidate, const NewStatus& now) {
  AccountLock lock(transaction, candidate.account, 1, kEmailType);
  transaction.exec(
      "WITH h AS (INSERT INTO at_delivery_history (account_id, email_id, changed_at, status, codes, trust_version) "
      "SELECT account_id, email_id, $7, dlv_status, dlv_codes, trust_version FROM email_smime WHERE account_id = $1 "
      "AND "
      "email_id = $2 ON CONFLICT (account_id, email_id, changed_at) DO NOTHING), "
      "b AS (UPDATE email_mailbox SET dlv_status = $3 WHERE account_id = $1 AND email_id = $2), "
      "d AS (UPDATE email_smime SET dlv_status = $3, dlv_codes = $5::smallint[], evidence = $6 WHERE account_id = $1 "
      "AND "
      "email_id = $2) "
      "UPDATE emails SET dlv_status = $3, modseq = $4 WHERE account_id = $1 AND email_id = $2",
      candidate.account, candidate.email, static_cast<int>(now.status), lock.take(), now.codes, now.evidence, now.at);
}

// Only if it is still failed: nothing else turns into verified here (TIM-02).
void write_verified(Transaction& transaction, const AtDeliveryCandidate& candidate, const NewStatus& verified) {
  const Rows open = transaction.exec(
      "SELECT 1 FROM email_smime WHERE account_id = $1 AND email_id = $2 AND dlv_status = $3 AND finalised_at IS NOT "
      "NULL",
      candidate.account, candidate.email, static_cast<int>(smime::Status::kFailed));
  if (!open.empty()) write_status(transaction, candidate, verified);
}

NewStatus new_status(const smime::Verdict& verdict, const std::vector<smime::Evidence>& evidence, Time at) {
  return {verdict.status, codes_array(verdict.codes), smime::evidence_text(evidence), at};
}

// nullopt: its facts are of another kFactsVersion; it waits until they are renewed.
std::optional<AtDeliveryCandidate> read_candidate(const Row& row) {
  auto facts = smime::facts_from_json(text(row, 3));
  if (!facts) return std::nullopt;
  return AtDeliveryCandidate{.account = {integer(row, 0)},
                             .email = {integer(row, 1)},
                             .received_at = time_of(row, 2),
                             .facts = *std::move(facts),
                             .facts_at = time_of(row, 4)};
}

}  // namespace

std::vector<AtDeliveryCandidate> at_delivery_candidates(Database& database, std::int64_t version, std::size_t limit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AtDeliveryCandidate> out;
    // Over all accounts: background work, one index range on each shard.
    for (const Row& row :
         transaction.exec("SELECT account_id, email_id, extract(epoch from dlv_at)::bigint, facts, "
                          "extract(epoch from facts_at)::bigint FROM email_smime WHERE recheck AND trust_version < $1 "
                          "AND finalised_at IS NOT NULL ORDER BY trust_version, account_id, email_id LIMIT $2",
                          version, limit)) {
      if (auto candidate = read_candidate(row)) out.push_back(*std::move(candidate));
    }
    return out;
  });
}

void record_at_delivery(Database& database, const AtDeliveryCandidate& candidate, const smime::Verdict& verdict,
                        const std::vector<smime::Evidence>& evidence, std::int64_t version, Reconsidered reconsidered,
                        Time now) {
  const bool verified = verdict.status == smime::Status::kVerified;
  run(database, [&](Transaction& transaction) {
    lock_account(transaction, candidate.account);
    if (verified) write_verified(transaction, candidate, new_status(verdict, evidence, now));
    transaction.exec(
        "UPDATE email_smime SET trust_version = $3, recheck = recheck AND NOT $4::boolean, "
        "retry_at = CASE WHEN $5::boolean THEN 'infinity'::timestamptz END "
        "WHERE account_id = $1 AND email_id = $2 AND trust_version <= $3 AND finalised_at IS NOT NULL",
        candidate.account, candidate.email, version, verified, reconsidered == Reconsidered::kAgain);
  });
}

std::vector<AtDeliveryCandidate> pending_at_delivery(Database& database, Time now, std::size_t limit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AtDeliveryCandidate> out;
    for (const Row& row : transaction.exec(
             "SELECT account_id, email_id, extract(epoch from dlv_at)::bigint, facts, extract(epoch from "
             "facts_at)::bigint, finalised_at IS NOT NULL FROM email_smime WHERE retry_at <= $1 ORDER BY retry_at, "
             "account_id, email_id LIMIT $2",
             now, limit)) {
      auto candidate = read_candidate(row);
      if (!candidate) continue;
      candidate->final = boolean(row, 5);
      out.push_back(*std::move(candidate));
    }
    return out;
  });
}

void postpone_at_delivery(Database& database, const AtDeliveryCandidate& candidate, Time retry_at) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE email_smime SET retry_at = $3 WHERE account_id = $1 AND email_id = $2 AND retry_at IS NOT NULL",
        candidate.account, candidate.email, retry_at);
  });
}

bool finalise_at_delivery(Database& database, const AtDeliveryCandidate& candidate, const FinalVerdict& final) {
  return run(database, [&](Transaction& transaction) {
    lock_account(transaction, candidate.account);
    const Rows pending = transaction.exec(
        "UPDATE email_smime SET finalised_at = $3, trust_version = $4, policy_version = $5, recheck = "
        "$6::boolean, "
        "retry_at = NULL WHERE account_id = $1 AND email_id = $2 AND finalised_at IS NULL RETURNING 1",
        candidate.account, candidate.email, final.finalised_at, final.trust_version, final.policy_version,
        an_anchor_may_help(final.verdict));
    if (pending.empty()) return false;
    write_status(transaction, candidate, new_status(final.verdict, final.evidence, final.finalised_at));
    return true;
  });
}

std::size_t verified_at_delivery_since(Database& database, const smime::UnitId& unit, Time since) {
  const std::string accounts = run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AccountId> out;
    for (const Row& row : transaction.exec("SELECT account_id FROM unit_holders WHERE bucket = $1 AND unit_id = $2",
                                           bucket_of(unit), unit))
      out.push_back({integer(row, 0)});
    return array_of(out, [](AccountId id) { return id.value; });
  });
  return run_autocommit(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "SELECT count(DISTINCT (d.account_id, d.email_id)) FROM email_signers s JOIN email_smime d ON "
        "d.account_id = s.account_id AND d.email_id = s.email_id WHERE s.account_id = ANY($1::bigint[]) AND s.unit_id "
        "= $2 AND d.dlv_status = $3 AND d.finalised_at IS NOT NULL AND d.dlv_at >= $4",
        accounts, unit, static_cast<int>(smime::Status::kVerified), since);
    return static_cast<std::size_t>(integer(rows[0], 0));
  });
}

std::optional<Time> next_pending_at_delivery(Database& database) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<Time> {
    const Rows rows = transaction.exec(
        "SELECT extract(epoch from retry_at)::bigint FROM email_smime WHERE retry_at < 'infinity' "
        "ORDER BY retry_at LIMIT 1");
    if (rows.empty()) return std::nullopt;
    return optional_time_of(rows[0], 0);
  });
}

}  // namespace waxseal::store
