// smimeStatusAtDelivery after an anchor was added (TIM-02, TIM-04): one-way, from failed to verified.
#include "store/account_lock.h"
#include "store/pool.h"
#include "store/unit_rows.h"
#include "store/units.h"

namespace waxseal::store {

namespace {

// One number, one visible change; only if it is still failed: nothing else turns into verified here (TIM-02).
void write_verified(Transaction& transaction, const AtDeliveryCandidate& candidate, const smime::Verdict& verdict) {
  const Rows open = transaction.exec(
      "SELECT 1 FROM email_at_delivery WHERE account_id = $1 AND email_id = $2 AND status = $3 AND finalised_at IS NOT "
      "NULL",
      candidate.account, candidate.email, static_cast<int>(smime::Status::kFailed));
  if (open.empty()) return;
  AccountLock lock(transaction, candidate.account, 1, kEmailType);
  const int verified = static_cast<int>(verdict.status);
  transaction.exec(
      "WITH b AS (UPDATE email_mailbox SET dlv_status = $3 WHERE account_id = $1 AND email_id = $2), "
      "d AS (UPDATE email_at_delivery SET status = $3, codes = $5::smallint[] WHERE account_id = $1 AND email_id = $2) "
      "UPDATE emails SET dlv_status = $3, modseq = $4 WHERE account_id = $1 AND email_id = $2",
      candidate.account, candidate.email, verified, lock.take(), codes_array(verdict.codes));
}

}  // namespace

std::vector<AtDeliveryCandidate> at_delivery_candidates(Database& database, std::int64_t version, std::size_t limit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AtDeliveryCandidate> out;
    // Over all accounts: background work, one index range on each shard.
    for (const Row& row :
         transaction.exec("SELECT d.account_id, d.email_id, extract(epoch from d.received_at)::bigint, f.facts "
                          "FROM (SELECT account_id, email_id, received_at FROM email_at_delivery WHERE recheck AND "
                          "trust_version < $1 "
                          "AND finalised_at IS NOT NULL ORDER BY trust_version, account_id, email_id LIMIT $2) d "
                          "JOIN email_facts f ON f.account_id = d.account_id AND f.email_id = d.email_id",
                          version, limit)) {
      AtDeliveryCandidate candidate{
          .account = {integer(row, 0)}, .email = {integer(row, 1)}, .received_at = time_of(row, 2), .facts = {}};
      if (auto facts = smime::facts_from_json(text(row, 3))) candidate.facts = std::move(*facts);
      out.push_back(std::move(candidate));
    }
    return out;
  });
}

void record_at_delivery(Database& database, const AtDeliveryCandidate& candidate, const smime::Verdict& verdict,
                        std::int64_t version) {
  const bool verified = verdict.status == smime::Status::kVerified;
  run(database, [&](Transaction& transaction) {
    lock_account(transaction, candidate.account);
    if (verified) write_verified(transaction, candidate, verdict);
    transaction.exec(
        "UPDATE email_at_delivery SET trust_version = $3, recheck = recheck AND NOT $4::boolean "
        "WHERE account_id = $1 AND email_id = $2 AND trust_version < $3",
        candidate.account, candidate.email, version, verified);
  });
}

}  // namespace waxseal::store
