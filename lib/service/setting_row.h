// One row of the table of settings; private to lib/service.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "service/config.h"

namespace waxseal::service {

// Where the value of a setting lives in a Config.
using Target = std::variant<std::string& (*)(Config&), bool& (*)(Config&), std::int64_t& (*)(Config&),
                            std::size_t& (*)(Config&), std::vector<std::string>& (*)(Config&)>;

struct SettingRow {
  std::string_view key;  // "section.name" or "name"
  Target target;
  std::string_view meaning;
  std::vector<std::string> choices = {};  // of a string, or of each of a list; empty: any
  std::int64_t least = 0, most = 0;       // of a number
};

const std::vector<SettingRow>& setting_rows();
std::string_view type_name(const SettingRow&);

}  // namespace waxseal::service
