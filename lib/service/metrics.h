// What a program counts, as Prometheus reads it (text exposition format 0.0.4).  Thread-safe.
//
// One table names every metric (metric_table.cpp); docs/METRICS.md describes each, and a test compares the two.  Label
// values come from tables of ours (statuses, codes, steps, outcomes), never from mail; and the number of series is
// bounded in any case.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smime/judge.h"

namespace waxseal::service {

enum class Metric {
  kMessages,
  kMessageCodes,
  kMessageOctets,
  kDeliveries,
  kStepSeconds,
  kLmtpConnections,
  kLmtpConnectionsRefused,
  kLmtpQueue,
  kLmtpReplies,
  kRelayIdleConnections,
  kRelayRecipients,
  kMilterConnections,
  kMilterMessages,
  kMilterAnswers,
  kJmapRequests,
  kJmapRequestSeconds,
  kSubmissionRecipients,
  kSubmissionsLimited,
  kReverifyUnits,
  kReverifyEmailsChanged,
  kReverifyRounds,
  kReverifyLastRound,
  kReverifyNextDue,
  kDatabaseConnections,
  kDatabasePoolSize,
  kDatabaseWaits,
  kDatabaseConnects,
  kDatabaseFailures,
  kReady,
  kStartTime,
  kBuildInfo,
  kResidentMemory,
  kCpuSeconds,
  kOpenFiles,
};

enum class MetricType { kCounter, kGauge, kHistogram };

struct MetricRow {
  Metric metric;
  MetricType type;
  std::string_view name;
  std::string_view labels;  // names, separated by commas
  std::string_view help;
};
std::span<const MetricRow> metric_table();

class Metrics {
 public:
  using Labels = std::initializer_list<std::string_view>;

  // `labels`: as many values as the table has names.
  void add(Metric, Labels labels = {}, double amount = 1);
  void set(Metric, Labels labels, double value);
  void observe(Metric, Labels labels, std::chrono::duration<double> seconds);

  // Everything that was ever counted or set, in the order of the table.
  std::string exposition() const;

  static constexpr std::size_t kMaxSeries = 256;  // of one metric; what is beyond is counted as "other"

 private:
  struct Series {
    double value = 0;  // of a histogram: the sum
    std::uint64_t count = 0;
    std::vector<std::uint64_t> buckets;  // not cumulative
  };
  // Finds label values without making strings of them.
  struct Before {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
  };
  using Family = std::map<std::vector<std::string>, Series, Before>;

  Series& series(Metric, Labels labels);  // under the lock
  static void write(std::string& out, const MetricRow& row, const std::vector<std::string>& labels,
                    const Series& series);

  mutable std::mutex mutex_;
  std::map<Metric, Family> families_;
};

Metrics& metrics();  // of this process

// One message was judged: its status ("none": not signed) and the reasons for it.
void count_verdict(const smime::Verdict&);

}  // namespace waxseal::service
