// The texts of schema/*.sql, in order of their names.
#pragma once

#include <string_view>
#include <vector>

namespace waxseal::store {

struct EmbeddedMigration {
  std::string_view name;  // "001_accounts"
  std::string_view sql;
};

const std::vector<EmbeddedMigration>& embedded_migrations();

}  // namespace waxseal::store
