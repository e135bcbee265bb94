// waxseal stats: what the daemons count, for people; Prometheus reads the same pages ([metrics]).

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <thread>

#include "cli/command.h"
#include "cli/http_get.h"
#include "cli/metrics_page.h"
#include "cli/output.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool watch = false;
  int rounds = 0;  // of --watch; 0: until interrupted
  bool json = false;
};
constexpr std::chrono::seconds kWatchInterval{2};

struct Daemon {
  std::string name, address;
};

struct Seen {
  Daemon daemon;
  std::string why_not;  // it cannot be asked; empty: `page` is true
  MetricsPage page;
};

std::vector<Daemon> daemons(const service::Config& config) {
  const service::Config::Metrics& metrics = config.metrics;
  std::vector<Daemon> out = {{"waxseal-lmtpd", metrics.lmtp},
                             {"waxseal-milter", metrics.milter},
                             {"waxseal-jmapd", metrics.jmap},
                             {"waxseal-reverifyd", metrics.reverify}};
  std::erase_if(out, [](const Daemon& daemon) { return daemon.address.empty(); });
  if (out.empty())
    throw Failure(kNo, config.file +
                           ": [metrics] names no address, so nobody can be asked; for example\n"
                           "  [metrics]\n  lmtp = \"inet:127.0.0.1:9424\"");
  return out;
}

Seen ask(const Daemon& daemon) {
  const auto answer = http_get(daemon.address, "/metrics");
  if (!answer) return {daemon, answer.error(), {}};
  if (answer->status != 200) return {daemon, "answers " + std::to_string(answer->status), {}};
  return {daemon, {}, MetricsPage(answer->body)};
}

std::string count(double value) {
  return std::to_string(std::llround(value));
}

std::string milliseconds(double seconds) {
  if (std::isinf(seconds)) return "more";
  char text[32];
  std::snprintf(text, sizeof text, "%g ms", seconds * 1000);
  return text;
}

std::string memory(double octets) {
  return std::to_string(std::llround(octets / 1048576)) + " MiB";
}

// "signed/verified 12, none 30" for each value of a label.
std::string split(const MetricsPage& page, std::string_view metric, const std::string& label) {
  std::string out;
  for (const Sample& sample : page.samples()) {
    const auto value = sample.labels.find(label);
    if (sample.name != metric || value == sample.labels.end() || sample.value == 0) continue;
    out += (out.empty() ? "" : ", ") + value->second + " " + count(sample.value);
  }
  return out.empty() ? "none yet" : out;
}

using Rows = std::vector<std::vector<std::string>>;

void rows_of_delivery(const MetricsPage& page, const std::string& name, Rows& rows) {
  rows.push_back({name, "messages", split(page, "waxseal_messages_total", "status")});
  rows.push_back({name, "reasons", split(page, "waxseal_message_codes_total", "code")});
  rows.push_back({name, "recipients", split(page, "waxseal_deliveries_total", "outcome")});
  for (const char* step : {"judge", "store", "total"}) {
    const std::map<std::string, std::string> labels{{"step", step}};
    if (page.sum("waxseal_step_seconds_count", labels) == 0) continue;
    rows.push_back({name, std::string("time to ") + (step == std::string_view("total") ? "answer" : step),
                    "half within " + milliseconds(page.quantile("waxseal_step_seconds", 0.5, labels)) +
                        ", 99 % within " + milliseconds(page.quantile("waxseal_step_seconds", 0.99, labels))});
  }
}

void rows_of_all(const MetricsPage& page, const std::string& name, Rows& rows) {
  rows.push_back({name, "state", page.sum("waxseal_ready") > 0 ? "ready" : "not ready: /readyz says why"});
  rows.push_back({name, "memory", memory(page.sum("process_resident_memory_bytes"))});
  rows.push_back({name, "database",
                  count(page.sum("waxseal_database_connections", {{"state", "in_use"}})) + " of " +
                      count(page.sum("waxseal_database_pool_size")) + " connections in use, " +
                      count(page.sum("waxseal_database_waits_total")) + " waits"});
}

std::string ago(const MetricsPage& page, std::string_view metric, Time now) {
  const double at = page.sum(metric);
  return at == 0
             ? "never"
             : format_utc_date(from_epoch(std::llround(at))) + (from_epoch(std::llround(at)) > now ? " (to come)" : "");
}

void rows_of(const Seen& seen, Time now, Rows& rows) {
  const std::string& name = seen.daemon.name;
  if (!seen.why_not.empty()) return void(rows.push_back({name, "state", "cannot be asked: " + seen.why_not}));
  rows_of_all(seen.page, name, rows);
  if (name == "waxseal-lmtpd" || name == "waxseal-milter") rows_of_delivery(seen.page, name, rows);
  if (name == "waxseal-jmapd") {
    rows.push_back({name, "requests", split(seen.page, "waxseal_jmap_requests_total", "status")});
    rows.push_back({name, "time to answer",
                    "half within " + milliseconds(seen.page.quantile("waxseal_jmap_request_seconds", 0.5)) +
                        ", 99 % within " + milliseconds(seen.page.quantile("waxseal_jmap_request_seconds", 0.99))});
  }
  if (name == "waxseal-reverifyd") {
    rows.push_back({name, "units", split(seen.page, "waxseal_reverify_units_total", "result")});
    rows.push_back({name, "last round", ago(seen.page, "waxseal_reverify_last_round_timestamp_seconds", now)});
    rows.push_back({name, "next unit due", ago(seen.page, "waxseal_reverify_next_due_timestamp_seconds", now)});
  }
}

Json to_json(const Seen& seen) {
  Json out = {{"daemon", seen.daemon.name}, {"error", seen.why_not.empty() ? Json() : Json(seen.why_not)}};
  Json samples = Json::array();
  for (const Sample& sample : seen.page.samples())
    if (std::isfinite(sample.value))
      samples.push_back({{"name", sample.name}, {"labels", sample.labels}, {"value", sample.value}});
  out["samples"] = samples;
  return out;
}

bool show(Context& context, const Options& options) {
  Rows rows;
  bool all = true;
  for (const Daemon& daemon : daemons(context.config())) {
    const Seen seen = ask(daemon);
    all = all && seen.why_not.empty();
    if (options.json) print_json(context.out, to_json(seen));
    rows_of(seen, context.now(), rows);
  }
  if (!options.json) print_columns(context.out, {"DAEMON", "WHAT", "VALUE"}, rows);
  return all;
}

int stats(Context& context, const Options& options) {
  constexpr const char* kHomeAndClear = "\x1b[H\x1b[2J";
  bool all = show(context, options);
  for (int round = 1; options.watch && (options.rounds == 0 || round < options.rounds) && context.out; ++round) {
    context.out.flush();
    std::this_thread::sleep_for(kWatchInterval);
    if (context.colour) context.out << kHomeAndClear;  // a terminal that takes escapes
    all = show(context, options);
  }
  return all ? kDone : kNo;
}

}  // namespace

void define_stats(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, stats);
  command.add_flag("--watch", options.watch, "Again every two seconds, until interrupted");
  command.add_option("--rounds", options.rounds, "With --watch: so many times")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_flag("--json", options.json, "One JSON object a daemon and line, with every sample");
}

}  // namespace waxseal::cli
