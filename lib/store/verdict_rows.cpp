#include "store/verdict_rows.h"

#include "store/account_lock.h"
#include "store/daily_counts.h"
#include "store/unit_rows.h"

namespace waxseal::store {

std::map<std::int64_t, Visible> read_visible(Transaction& transaction, AccountId account, const std::string& ids) {
  std::map<std::int64_t, Visible> out;
  for (const Row& row : transaction.exec("SELECT email_id, smime_status, smime_codes FROM emails "
                                         "WHERE account_id = $1 AND email_id = ANY($2::bigint[])",
                                         account, ids)) {
    out[integer(row, 0)] = {static_cast<smime::Status>(integer(row, 1)), parse_codes(text(row, 2))};
  }
  return out;
}

bool shows(const Visible& visible, const smime::Verdict& verdict) {
  return verdict.status == visible.status && verdict.visible_codes() == visible.codes;
}

void write_verdicts(Transaction& transaction, AccountId account, Time when, const NewVerdicts& changed) {
  if (changed.empty()) return;
  AccountLock numbers(transaction, account, static_cast<std::int64_t>(changed.size()), kEmailType);
  std::string ids = "{", modseqs = "{", statuses = "{";
  std::vector<std::string> codes;
  for (const auto& [id, verdict] : changed) {
    const char* const comma = codes.empty() ? "" : ",";
    ids += comma + std::to_string(id.value);
    modseqs += comma + std::to_string(numbers.take());
    statuses += comma + std::to_string(static_cast<int>(verdict.status));
    codes.push_back(codes_array(verdict.visible_codes()));
  }
  transaction.exec(
      "WITH c AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[]) AS c (id, modseq, "
      "status, codes)), "
      "b AS (UPDATE email_mailbox b SET smime_status = c.status FROM c WHERE b.account_id = $1 AND b.email_id = c.id) "
      "UPDATE emails e SET modseq = c.modseq, smime_status = c.status, smime_codes = c.codes::smallint[] "
      "FROM c WHERE e.account_id = $1 AND e.email_id = c.id",
      account, ids + "}", modseqs + "}", statuses + "}", text_array(codes));
  count_changes_of_day(transaction, account, when, changed);
}

}  // namespace waxseal::store
