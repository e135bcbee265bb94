// Prometheus' text format, as the daemons' monitors write it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waxseal::cli {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

class MetricsPage {
 public:
  MetricsPage() = default;
  // Lines that are no samples are left out.
  explicit MetricsPage(std::string_view text);

  const std::vector<Sample>& samples() const { return samples_; }
  // Sum of the samples of that name whose labels include these.
  double sum(std::string_view name, const std::map<std::string, std::string>& labels = {}) const;
  // Upper bound, in the histogram's unit, of the part (0.5: median) of what it saw; 0 if it saw nothing.
  double quantile(std::string_view histogram, double part, const std::map<std::string, std::string>& labels = {}) const;

 private:
  std::vector<Sample> samples_;
};

}  // namespace waxseal::cli
