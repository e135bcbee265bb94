// How much mail an account holds and may hold.
#pragma once

#include <cstdint>
#include <optional>

#include "store/snapshot.h"

namespace waxseal::store {

struct QuotaRow {
  std::int64_t used = 0;              // octets
  std::optional<std::int64_t> limit;  // nullopt: none
};
QuotaRow quota(Snapshot&);

}  // namespace waxseal::store
