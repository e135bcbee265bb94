#include "service/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/text.h"

namespace waxseal::service {

namespace {

constexpr std::size_t kLongestValue = 1000;  // octets of one value; a stranger must not fill the log with one line

struct LevelRow {
  std::string_view name;
  const char* syslog_prefix;  // sd-daemon(3)
};
constexpr LevelRow kLevels[] = {{"error", "<3>"}, {"warn", "<4>"}, {"info", "<6>"}, {"debug", "<7>"}};

struct Settings {
  std::mutex mutex;
  std::string program = "waxseal";
  std::atomic<Level> level{Level::kInfo};
  bool json = false;
  bool journal = false;
};

Settings& current() {
  static Settings settings;
  return settings;
}

// systemd.exec(5): JOURNAL_STREAM names device and inode of the descriptor that goes to the journal.  It is inherited,
// so that a redirected standard error must not be taken for it.
bool stderr_is_journal() {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (!named || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == named;
}

// escape_for_log leaves no quote, no control and no 8-bit octet, so that logfmt only needs quotes around spaces and
// '='.
void add_logfmt(std::string& line, std::string_view key, std::string_view value) {
  const std::string text = escape_for_log(value, kLongestValue);
  const bool quote = text.empty() || text.find_first_of(" =") != std::string::npos;
  if (!line.empty()) line += ' ';
  line += key;
  line += quote ? "=\"" + text + '"' : '=' + text;
}

// ... and JSON only needs its backslashes doubled.
void add_json(std::string& line, std::string_view key, std::string_view value) {
  line += line.ends_with('{') ? "\"" : ",\"";
  line += key;
  line += "\":\"";
  for (char c : escape_for_log(value, kLongestValue)) line += c == '\\' ? std::string("\\\\") : std::string(1, c);
  line += '"';
}

}  // namespace

void configure_log(std::string_view program, Level level, bool json) {
  Settings& settings = current();
  const std::lock_guard lock(settings.mutex);
  settings.program = program;
  settings.level = level;
  settings.json = json;
  settings.journal = stderr_is_journal();
}

Level level_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevels); ++i)
    if (kLevels[i].name == name) return static_cast<Level>(i);
  return Level::kInfo;
}

void set_log_level(Level level) {
  current().level = level;
}

bool log_enabled(Level level) {
  return level <= current().level.load(std::memory_order_relaxed);
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  Settings& settings = current();
  const LevelRow& row = kLevels[static_cast<std::size_t>(level)];
  const std::lock_guard lock(settings.mutex);
  std::string line = settings.json ? "{" : "";
  const auto add = settings.json ? add_json : add_logfmt;
  if (!settings.journal) add(line, "time", format_utc_date(SystemClock().now()));  // the journal has its own
  add(line, "level", row.name);
  add(line, "program", settings.program);
  add(line, "event", event);
  for (const auto& [key, value] : fields) add(line, key, value);
  line += settings.json ? "}\n" : "\n";
  if (settings.journal) line.insert(0, row.syslog_prefix);
  std::fwrite(line.data(), 1, line.size(),
              stderr);  // unbuffered: one write, so that lines of several processes do not mix
}

}  // namespace waxseal::service
