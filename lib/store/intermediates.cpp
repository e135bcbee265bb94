#include "store/intermediates.h"

#include <algorithm>

#include "store/pool.h"
#include "store/revocation_rows.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kHoldersAsked = 8;

bool an_issuer_may_help(smime::Code code) {
  return smime::row(code).name.starts_with("chain_") && code != smime::Code::chain_self_signed;
}

// '{412,...}': the predicate of the partial index, literally (R9).
const std::string& codes_without_path() {
  static const std::string codes = [] {
    std::vector<smime::Code> out;
    for (const smime::CodeRow& row : smime::all_codes())
      if (an_issuer_may_help(row.code)) out.push_back(row.code);
    return codes_array(out);
  }();
  return codes;
}

std::vector<smime::UnitId> units_without_path(Database& database) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<smime::UnitId> out;
    for (const Row& row :
         transaction.exec("SELECT unit_id FROM units WHERE codes && '" + codes_without_path() + "'::smallint[]"))
      out.push_back(digest(row, 0));
    return out;
  });
}

std::vector<AccountId> some_holders(Database& database, const smime::UnitId& unit) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AccountId> out;
    for (const Row& row :
         transaction.exec("SELECT account_id FROM unit_holders WHERE bucket = $1 AND unit_id = $2 LIMIT $3",
                          bucket_of(unit), unit, kHoldersAsked))
      out.push_back({integer(row, 0)});
    return out;
  });
}

}  // namespace

bool add_intermediate(Database& database, const smime::CertId& id, Octets der, Time now) {
  const bool added = run(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "INSERT INTO intermediates (cert_id, der, added_at) VALUES ($1, $2, $3) ON CONFLICT (cert_id) DO NOTHING", id,
        binary(der), now);
    if (rows.affected_rows() == 0) {
      transaction.abandon();
      return false;
    }
    transaction.exec("UPDATE trust_state SET pool_version = pool_version + 1 WHERE id = 1");
    return true;
  });
  if (added) announce(database, units_without_path(database), now + kPoolDelay);
  return added;
}

// PTH-02 c.
void add_path_to_pool(Database& database, const smime::UnitState& state, Time now) {
  const auto concerns_path = [](smime::Code code) { return smime::row(code).phase != smime::Phase::kRevocation; };
  if (std::ranges::any_of(state.codes, concerns_path) || state.path.size() < 3) return;
  KnownRows& known = database.impl().committed;
  for (std::size_t i = 1; i + 1 < state.path.size(); ++i) {
    const smime::CertId& id = state.path[i];
    Sha256Stream digest_of;
    const Sha256 key = digest_of.add("pool").add(id.view()).finish();
    if (known.contains(key)) continue;
    const std::string der = run_autocommit(database, [&](Transaction& transaction) {
      const Rows rows =
          transaction.exec("SELECT der FROM certificates WHERE bucket = $1 AND cert_id = $2", bucket_of(id), id);
      return rows.empty() ? std::string() : octets(rows[0], 0);
    });
    if (der.empty()) continue;  // configured by the operator: it is in the trust store already
    add_intermediate(database, id, der, now);
    known.add(key);
  }
}

void keep_certificate(Database& database, const smime::Certificate& certificate) {
  run_autocommit(database, [&](Transaction& transaction) { insert_certificate(transaction, certificate); });
}

std::vector<smime::Facts> facts_of_unit(Database& database, const smime::UnitId& unit, std::size_t limit) {
  std::vector<smime::Facts> out;
  for (const AccountId account : some_holders(database, unit)) {
    run_autocommit(database, [&](Transaction& transaction) {
      for (const Row& row : transaction.exec(
               "SELECT f.facts FROM (SELECT DISTINCT email_id FROM email_signers WHERE account_id = $1 AND unit_id = "
               "$2 LIMIT $3) s JOIN email_smime f ON f.account_id = $1 AND f.email_id = s.email_id",
               account, unit, limit - out.size()))
        if (auto facts = smime::facts_from_json(text(row, 0))) out.push_back(std::move(*facts));
    });
    if (out.size() >= limit) break;
  }
  return out;
}

}  // namespace waxseal::store
