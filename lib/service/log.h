// One event per line, key=value or JSON, to standard error; syslog priority prefix under systemd.  Thread-safe.
// Values are escaped (rule R37); bodies and credentials are never logged.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace waxseal::service {

enum class Level { kError, kWarn, kInfo, kDebug };

using LogField = std::pair<std::string_view, std::string>;

void configure_log(std::string_view program, Level level, bool json);
Level level_named(std::string_view name);  // of the setting log.level
void set_log_level(Level level);
bool log_enabled(Level level);
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
inline void log_error(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(Level::kError, event, f);
}
inline void log_warn(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(Level::kWarn, event, f);
}
inline void log_info(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(Level::kInfo, event, f);
}
inline void log_debug(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(Level::kDebug, event, f);
}

}  // namespace waxseal::service
