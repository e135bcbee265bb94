#include "store/email_tables.h"

namespace waxseal::store {

namespace {

std::string deletion(const std::string& table) {
  return "DELETE FROM " + table + " WHERE account_id = $1 AND email_id = ANY($2::bigint[])";
}

std::string all_deletions() {
  std::string out = "WITH email_mailbox_rows AS (" + deletion("email_mailbox") + ")";
  for (const EmailTable& table : kEmailTables)
    out += ", " + std::string(table.name) + "_rows AS (" + deletion(table.name) + ")";
  return out + " " + deletion("emails");
}

}  // namespace

void delete_email_rows(Transaction& transaction, AccountId account, const std::string& ids) {
  static const std::string kSql = all_deletions();
  transaction.exec(kSql, account, ids);
}

}  // namespace waxseal::store
