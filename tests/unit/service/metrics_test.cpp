#include "service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "support/source/source_directory.h"

namespace waxseal::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(MetricsText, CountersAddUpByLabel) {
  Metrics metrics;
  metrics.add(Metric::kMessages, {"signed/verified"});
  metrics.add(Metric::kMessages, {"signed/verified"}, 2);
  metrics.add(Metric::kMessages, {"none"});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("# TYPE waxseal_messages_total counter\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_messages_total{status=\"signed/verified\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_messages_total{status=\"none\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("waxseal_deliveries_total")));  // nothing was counted there
}

TEST(MetricsText, AGaugeIsWhatWasSetLast) {
  Metrics metrics;
  metrics.set(Metric::kLmtpConnections, {}, 7);
  metrics.set(Metric::kLmtpConnections, {}, 3);
  EXPECT_THAT(metrics.exposition(), HasSubstr("\nwaxseal_lmtp_connections 3\n"));
}

TEST(MetricsText, AHistogramIsCumulativeAndEndsWithEverything) {
  Metrics metrics;
  metrics.observe(Metric::kStepSeconds, {"judge"}, 3ms);
  metrics.observe(Metric::kStepSeconds, {"judge"}, 30ms);
  metrics.observe(Metric::kStepSeconds, {"judge"}, 100s);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_bucket{step=\"judge\",le=\"0.0025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_bucket{step=\"judge\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_bucket{step=\"judge\",le=\"0.05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_bucket{step=\"judge\",le=\"60\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_bucket{step=\"judge\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_sum{step=\"judge\"} 100.033\n"));
  EXPECT_THAT(text, HasSubstr("waxseal_step_seconds_count{step=\"judge\"} 3\n"));
}

TEST(MetricsText, LabelsAreEscaped) {
  Metrics metrics;
  metrics.add(Metric::kMessages, {"a\"b\\c\nd"});
  EXPECT_THAT(metrics.exposition(), HasSubstr("{status=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricsText, TheNumberOfSeriesIsBounded) {
  Metrics metrics;
  for (int i = 0; i < 1000; ++i) metrics.add(Metric::kMessages, {std::to_string(i)});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("waxseal_messages_total{status=\"255\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("waxseal_messages_total{status=\"256\"}")));
  EXPECT_THAT(text, HasSubstr("waxseal_messages_total{status=\"other\"} 744\n"));
}

std::string document() {
  return (std::ostringstream() << std::ifstream(test::source_directory() + "/docs/METRICS.md").rdbuf()).str();
}

TEST(MetricTable, EachRowIsDocumentedWithItsTypeAndLabels) {
  const std::string page = document();
  const std::string types[] = {"counter", "gauge", "histogram"};
  std::set<std::string_view> names;
  for (const MetricRow& row : metric_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_THAT(page, HasSubstr("| `" + std::string(row.name) + "` | " + types[static_cast<std::size_t>(row.type)]))
        << "describe it in docs/METRICS.md";
    std::istringstream labels{std::string(row.labels)};
    const auto at = page.find("| `" + std::string(row.name) + "` |");
    const std::string line = at == std::string::npos ? "" : page.substr(at, page.find('\n', at) - at);
    for (std::string label; std::getline(labels, label, ',');) EXPECT_THAT(line, HasSubstr('`' + label + '`'));
  }
}

TEST(MetricTable, NothingIsDocumentedThatDoesNotExist) {
  std::istringstream lines(document());
  std::set<std::string, std::less<>> names;
  for (const MetricRow& row : metric_table()) names.insert(std::string(row.name));
  std::size_t documented = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `waxseal_") && !line.starts_with("| `process_")) continue;
    ++documented;
    EXPECT_TRUE(names.contains(line.substr(3, line.find('`', 3) - 3))) << line;
  }
  EXPECT_EQ(documented, names.size());
}

}  // namespace
}  // namespace waxseal::service
