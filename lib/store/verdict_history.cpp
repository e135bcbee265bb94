#include "store/verdict_history.h"

#include <algorithm>

#include "store/envelope.h"
#include "store/pool.h"
#include "store/thread_hash.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

std::optional<EmailHistory> read_email(Transaction& transaction, AccountId account, EmailId email) {
  const Rows rows = transaction.exec(
      "SELECT extract(epoch from e.received_at)::bigint, e.smime_status, e.smime_codes, m.subject FROM emails e "
      "JOIN email_meta m ON m.account_id = e.account_id AND m.email_id = e.email_id "
      "WHERE e.account_id = $1 AND m.account_id = $1 AND e.email_id = $2",
      account, email);
  if (rows.empty()) return std::nullopt;
  EmailHistory out;
  out.id = email;
  out.received_at = time_of(rows[0], 0);
  out.status = static_cast<smime::Status>(integer(rows[0], 1));
  out.visible_codes = parse_codes(text(rows[0], 2));
  out.subject = text(rows[0], 3);
  return out;
}

void read_at_delivery(Transaction& transaction, AccountId account, EmailHistory& out) {
  for (const Row& row : transaction.exec(
           "SELECT status, codes, trust_version, extract(epoch from changed_at)::bigint, NULL::bigint FROM "
           "at_delivery_history WHERE account_id = $1 AND email_id = $2 "
           "UNION ALL SELECT dlv_status, dlv_codes, trust_version, NULL, extract(epoch from finalised_at)::bigint FROM "
           "email_smime WHERE account_id = $1 AND email_id = $2 ORDER BY 4 NULLS LAST",
           account, out.id)) {
    out.at_delivery.push_back({static_cast<smime::Status>(integer(row, 0)), parse_codes(text(row, 1)), integer(row, 2),
                               optional_time_of(row, 3)});
    out.finalised_at = optional_time_of(row, 4);
  }
}

std::vector<smime::UnitId> read_signers(Transaction& transaction, AccountId account, EmailId email) {
  std::vector<smime::UnitId> out;
  for (const Row& row : transaction.exec("SELECT unit_id FROM email_signers WHERE account_id = $1 AND email_id = $2 "
                                         "ORDER BY ordinal",
                                         account, email))
    out.push_back(digest(row, 0));
  return out;
}

UnitHistory read_unit(Transaction& transaction, const smime::UnitId& id) {
  UnitHistory out;
  out.id = id;
  for (const Row& row : transaction.exec("SELECT leaf, extract(epoch from evaluated_at)::bigint, "
                                         "extract(epoch from next_check_at)::bigint FROM units "
                                         "WHERE bucket = $1 AND unit_id = $2",
                                         bucket_of(id), id)) {
    out.leaf = digest(row, 0);
    out.evaluated_at = optional_time_of(row, 1);
    out.next_check_at = optional_time_of(row, 2);
  }
  for (const Row& row : transaction.exec("SELECT gen, extract(epoch from at)::bigint, codes, path, trust_version, "
                                         "policy_version, evidence FROM unit_history "
                                         "WHERE bucket = $1 AND unit_id = $2 ORDER BY gen",
                                         bucket_of(id), id)) {
    out.generations.push_back({integer(row, 0), time_of(row, 1), parse_codes(text(row, 2)),
                               split_digests(octets(row, 3)), integer(row, 4), text(row, 5), text(row, 6)});
  }
  return out;
}

}  // namespace

std::optional<EmailHistory> email_history(Database& database, AccountId account, EmailId email) {
  std::vector<smime::UnitId> signers;
  auto out = run(
      database,
      [&](Transaction& transaction) {
        auto found = read_email(transaction, account, email);
        if (!found) return found;
        read_at_delivery(transaction, account, *found);
        signers = read_signers(transaction, account, email);
        return found;
      },
      Transaction::Mode::kSnapshot);
  for (const smime::UnitId& id : signers)
    out->units.push_back(run(
        database, [&](Transaction& transaction) { return read_unit(transaction, id); }, Transaction::Mode::kSnapshot));
  return out;
}

std::vector<EmailId> emails_with_message_id(Database& database, AccountId account, std::string_view message_id) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<EmailId> out;
    // Through the thread that the id belongs to: messages that refer to it are there too.
    for (const Row& row : transaction.exec(
             "SELECT DISTINCT e.email_id, m.envelope FROM thread_refs r JOIN emails e ON e.account_id = $1 AND "
             "e.thread_id = r.thread_id JOIN email_meta m ON m.account_id = $1 AND m.email_id = e.email_id "
             "WHERE r.account_id = $1 AND r.ref = $2::uuid ORDER BY e.email_id",
             account, thread_hash(account, 'r', message_id))) {
      mime::Summary summary;
      envelope_from_json(text(row, 1), summary);
      const auto& ids = summary.message_id;
      if (std::find(ids.begin(), ids.end(), message_id) != ids.end()) out.push_back({integer(row, 0)});
    }
    return out;
  });
}

}  // namespace waxseal::store
