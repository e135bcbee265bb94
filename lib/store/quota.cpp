#include "store/quota.h"

#include "store/snapshot_impl.h"

namespace waxseal::store {

QuotaRow quota(Snapshot& snapshot) {
  const Rows rows = snapshot.impl().exec("SELECT used_bytes, quota_bytes FROM account_state WHERE account_id = $1",
                                         snapshot.account());
  return {integer(rows[0], 0), optional_integer(rows[0], 1)};
}

}  // namespace waxseal::store
