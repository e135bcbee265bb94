#include "cli/metrics_page.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace waxseal::cli {

namespace {

// name="value", with \" and \\ and \n in it; returns where it ends.
std::size_t read_label(std::string_view text, std::size_t at, std::map<std::string, std::string>& labels) {
  const std::size_t equals = text.find("=\"", at);
  if (equals == text.npos) return text.npos;
  std::string value;
  std::size_t i = equals + 2;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  if (i >= text.size()) return text.npos;
  labels[std::string(text.substr(at, equals - at))] = value;
  return i + 1;
}

std::optional<double> number(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return out;
}

std::optional<Sample> sample_of(std::string_view line) {
  const std::size_t name_end = line.find_first_of("{ ");
  if (line.empty() || line.front() == '#' || name_end == line.npos) return std::nullopt;
  Sample out{.name = std::string(line.substr(0, name_end))};
  std::size_t at = name_end;
  if (line[at] == '{') {
    while (at < line.size() && line[at] != '}') {
      at = read_label(line, at + 1, out.labels);
      if (at == line.npos) return std::nullopt;
    }
    ++at;
  }
  if (at + 1 >= line.size()) return std::nullopt;
  const auto value = number(line.substr(at + 1));
  if (!value) return std::nullopt;
  out.value = *value;
  return out;
}

bool includes(const Sample& sample, const std::map<std::string, std::string>& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) {
    const auto found = sample.labels.find(label.first);
    return found != sample.labels.end() && found->second == label.second;
  });
}

}  // namespace

MetricsPage::MetricsPage(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto sample = sample_of(text.substr(0, end))) samples_.push_back(std::move(*sample));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

double MetricsPage::sum(std::string_view name, const std::map<std::string, std::string>& labels) const {
  double out = 0;
  for (const Sample& sample : samples_)
    if (sample.name == name && includes(sample, labels)) out += sample.value;
  return out;
}

double MetricsPage::quantile(std::string_view histogram, double part,
                             const std::map<std::string, std::string>& labels) const {
  const std::string buckets = std::string(histogram) + "_bucket";
  std::map<double, double> cumulative;  // by upper bound
  for (const Sample& sample : samples_) {
    if (sample.name != buckets || !includes(sample, labels)) continue;
    const auto bound = sample.labels.find("le");
    if (bound == sample.labels.end()) continue;
    if (const auto le = number(bound->second)) cumulative[*le] += sample.value;
  }
  if (cumulative.empty() || cumulative.rbegin()->second == 0) return 0;
  const double wanted = part * cumulative.rbegin()->second;
  for (const auto& [le, count] : cumulative)
    if (count >= wanted) return le;
  return 0;
}

}  // namespace waxseal::cli
