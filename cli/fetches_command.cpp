// waxseal fetches: what waxseal-reverifyd fetches, and what went wrong.

#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "store/fetch_schedule.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool failing = false;
  bool json = false;
};

const char* kind_name(store::FetchKind kind) {
  if (kind == store::FetchKind::kOcsp) return "ocsp";
  return kind == store::FetchKind::kAia ? "issuer" : "crl";
}

std::string time_text(const std::optional<Time>& time, const char* none) {
  return time ? format_utc_date(*time) : none;
}

Json time_json(const std::optional<Time>& time) {
  return time ? Json(format_utc_date(*time)) : Json();
}

Json to_json(const store::FetchRow& row) {
  return {{"kind", kind_name(row.kind)},
          {"url", row.url},
          {"fetchedAt", time_json(row.fetched_at)},
          {"nextUpdate", time_json(row.next_update)},
          {"nextFetchAt", time_json(row.next_fetch_at)},
          {"failures", row.failures},
          {"error", row.last_error.empty() ? Json() : Json(row.last_error)}};
}

int fetches(Context& context, const Options& options) {
  std::vector<std::vector<std::string>> rows;
  for (const store::FetchRow& row : store::list_fetches(context.database())) {
    if (options.failing && row.last_error.empty()) continue;
    if (options.json) print_json(context.out, to_json(row));
    rows.push_back({kind_name(row.kind), time_text(row.fetched_at, "never"), time_text(row.next_update, "-"),
                    time_text(row.next_fetch_at, "refused"), std::to_string(row.failures), printable(row.url),
                    printable(row.last_error)});
  }
  if (options.json) return kDone;
  print_columns(context.out, {"KIND", "FETCHED", "NEXT UPDATE", "NEXT FETCH", "FAILURES", "URL", "ERROR"}, rows);
  return kDone;
}

}  // namespace

void define_fetches(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, fetches);
  command.add_flag("--failing", options.failing, "Only those that failed the last time");
  command.add_flag("--json", options.json, "One JSON object a line");
}

}  // namespace waxseal::cli
