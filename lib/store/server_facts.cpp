#include "store/server_facts.h"

#include "store/pool.h"

namespace waxseal::store {

ServerFacts server_facts(Database& database) {
  return run_autocommit(database, [](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::integer, "
        "pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean, "
        "current_setting('fsync')::boolean, current_setting('full_page_writes')::boolean, "
        "pg_encoding_to_char(encoding), extract(epoch from clock_timestamp())::bigint, "
        "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), "
        "current_setting('max_connections')::integer FROM pg_database WHERE datname = current_database()");
    ServerFacts facts;
    facts.version = text(rows[0], 0);
    facts.version_number = static_cast<int>(integer(rows[0], 1));
    facts.read_only = boolean(rows[0], 2);
    facts.fsync = boolean(rows[0], 3);
    facts.full_page_writes = boolean(rows[0], 4);
    facts.encoding = text(rows[0], 5);
    facts.now = time_of(rows[0], 6);
    facts.connections = integer(rows[0], 7);
    facts.max_connections = integer(rows[0], 8);
    return facts;
  });
}

}  // namespace waxseal::store
