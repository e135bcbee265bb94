#include "store/tombstones.h"

namespace waxseal::store {

void bury(Transaction& transaction, AccountId account, Buried kind, const std::vector<std::int64_t>& ids,
          Numbers& numbers) {
  if (ids.empty()) return;
  std::vector<std::int64_t> modseqs;
  for (std::size_t i = 0; i < ids.size(); ++i) modseqs.push_back(numbers.take());
  transaction.exec(
      "INSERT INTO tombstones (account_id, kind, modseq, object_id, at) "
      "SELECT $1, $4, c.modseq, c.id, now() FROM unnest($2::bigint[], $3::bigint[]) AS c (id, modseq)",
      account, id_array(ids), id_array(modseqs), static_cast<int>(kind));
}

}  // namespace waxseal::store
