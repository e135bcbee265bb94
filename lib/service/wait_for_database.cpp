#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "service/lifecycle.h"
#include "service/log.h"

namespace waxseal::service {

namespace {

bool pause(std::chrono::milliseconds length, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kStep{100};
  for (std::chrono::milliseconds left = length; left.count() > 0; left -= kStep) {
    if (stop && stop()) return false;
    std::this_thread::sleep_for(std::min(left, kStep));
  }
  return true;
}

std::optional<std::string> why_unusable(store::Database& database) {
  try {
    database.check();
    return std::nullopt;
  } catch (const store::Unavailable& error) {
    return error.what();
  } catch (const store::SchemaMismatch& error) {
    return error.what();  // `waxseal db migrate` may be running
  }
}

}  // namespace

bool wait_for_database(store::Database& database, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kLongest{10'000};
  std::chrono::milliseconds wait{250};
  while (true) {
    if (stop && stop()) return false;
    const auto why = why_unusable(database);
    if (!why) return true;
    log_warn("database_unavailable", {{"error", *why}, {"retry_ms", std::to_string(wait.count())}});
    if (!pause(wait, stop)) return false;
    wait = std::min(wait * 2, kLongest);
  }
}

}  // namespace waxseal::service
