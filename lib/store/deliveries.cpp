#include "store/deliveries.h"

#include "store/pool.h"

namespace waxseal::store {

std::optional<EmailId> find_delivery(Database& database, AccountId account, const Sha256& delivery_key) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<EmailId> {
    const Rows rows = transaction.exec("SELECT email_id FROM deliveries WHERE account_id = $1 AND delivery_key = $2",
                                       account, delivery_key);
    return rows.empty() ? std::nullopt : std::optional(EmailId{integer(rows[0], 0)});
  });
}

}  // namespace waxseal::store
