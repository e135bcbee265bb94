#include "service/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace waxseal::service {

namespace {

// Seconds.  From a cached verdict (a millisecond) to the longest wait that an MTA has patience for.
constexpr std::array<double, 14> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                            0.1,    0.25,  0.5,    1,     2.5,  10,    60};

const MetricRow& row_of(Metric metric) {
  for (const MetricRow& row : metric_table())
    if (row.metric == metric) return row;
  throw std::logic_error("a metric without a row");
}

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    out.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return out;
}

std::string number(double value) {
  std::array<char, 32> out{};
  const auto [end, error] = std::to_chars(out.data(), out.data() + out.size(), value);
  return {out.data(), error == std::errc() ? end : out.data()};
}

std::string quoted_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// {a="x",le="0.1"}
std::string label_set(const std::vector<std::string>& names, const std::vector<std::string>& values,
                      std::string_view bound = {}) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (out.empty() ? "" : ",") + names[i] + '=' + quoted_value(values[i]);
  if (!bound.empty()) out += std::string(out.empty() ? "" : ",") + "le=" + quoted_value(bound);
  return out.empty() ? out : '{' + out + '}';
}

std::string_view type_word(MetricType type) {
  constexpr std::string_view kWords[] = {"counter", "gauge", "histogram"};
  return kWords[static_cast<std::size_t>(type)];
}

}  // namespace

Metrics::Series& Metrics::series(Metric metric, Labels labels) {
  Family& family = families_[metric];
  if (const auto found = family.find(labels); found != family.end()) return found->second;
  std::vector<std::string> key(labels.begin(), labels.end());
  key.resize(split(row_of(metric).labels).size());
  if (family.size() >= kMaxSeries && !family.contains(key)) std::fill(key.begin(), key.end(), "other");
  return family[key];
}

void Metrics::add(Metric metric, Labels labels, double amount) {
  const std::lock_guard lock(mutex_);
  series(metric, labels).value += amount;
}

void Metrics::set(Metric metric, Labels labels, double value) {
  const std::lock_guard lock(mutex_);
  series(metric, labels).value = value;
}

void Metrics::observe(Metric metric, Labels labels, std::chrono::duration<double> seconds) {
  const std::lock_guard lock(mutex_);
  Series& one = series(metric, labels);
  one.buckets.resize(kBounds.size());
  one.value += seconds.count();
  ++one.count;
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds.count());
  if (bound != kBounds.end()) ++one.buckets[static_cast<std::size_t>(bound - kBounds.begin())];
}

void Metrics::write(std::string& out, const MetricRow& row, const std::vector<std::string>& labels,
                    const Series& series) {
  const std::vector<std::string> names = split(row.labels);
  const std::string name(row.name);
  if (row.type != MetricType::kHistogram) {
    out += name + label_set(names, labels) + ' ' + number(series.value) + '\n';
    return;
  }
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    below += series.buckets[i];
    out += name + "_bucket" + label_set(names, labels, number(kBounds[i])) + ' ' + std::to_string(below) + '\n';
  }
  out += name + "_bucket" + label_set(names, labels, "+Inf") + ' ' + std::to_string(series.count) + '\n';
  out += name + "_sum" + label_set(names, labels) + ' ' + number(series.value) + '\n';
  out += name + "_count" + label_set(names, labels) + ' ' + std::to_string(series.count) + '\n';
}

std::string Metrics::exposition() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const MetricRow& row : metric_table()) {
    const auto family = families_.find(row.metric);
    if (family == families_.end()) continue;
    out.append("# HELP ").append(row.name).append(" ").append(row.help);
    out.append("\n# TYPE ").append(row.name).append(" ").append(type_word(row.type)).append("\n");
    for (const auto& [labels, series] : family->second) write(out, row, labels, series);
  }
  return out;
}

Metrics& metrics() {
  static Metrics instance;
  return instance;
}

}  // namespace waxseal::service
