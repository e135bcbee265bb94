#include "service/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
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

constexpr std::size_t kUsualLine = 512;  // octets

struct Shape {
  std::string program = "waxseal";
  bool json = false;
  bool journal = false;
};

struct Settings {
  std::atomic<Level> level{Level::kInfo};
  std::mutex mutex;
  Shape shape;

  Shape present_shape() {
    const std::lock_guard lock(mutex);
    return shape;
  }
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
  const bool quote = text.empty() || text.find(' ') != std::string::npos || text.find('=') != std::string::npos;
  if (!line.empty()) line += ' ';
  line.append(key).append(quote ? "=\"" : "=").append(text).append(quote ? "\"" : "");
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
  settings.level = level;
  settings.shape = {std::string(program), json, stderr_is_journal()};
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
  const Shape shape = current().present_shape();
  const LevelRow& row = kLevels[static_cast<std::size_t>(level)];
  std::string line = shape.json ? "{" : "";
  line.reserve(kUsualLine);
  const auto add = shape.json ? add_json : add_logfmt;
  if (!shape.journal) add(line, "time", format_utc_date(SystemClock().now()));  // the journal has its own
  add(line, "level", row.name);
  add(line, "program", shape.program);
  add(line, "event", event);
  for (const auto& [key, value] : fields) add(line, key, value);
  line += shape.json ? "}\n" : "\n";
  if (shape.journal) line.insert(0, row.syslog_prefix);
  // One write, so that lines of several processes do not mix; without stdio's lock, for which threads would wait.  What
  // cannot be logged is lost.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace waxseal::service
