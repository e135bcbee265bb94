// The table of metrics.  A new one is an enumerator, a row here and a line in docs/METRICS.md.

#include "service/metrics.h"

namespace waxseal::service {

namespace {

using enum Metric;
using enum MetricType;

constexpr MetricRow kRows[] = {
    {kMessages, kCounter, "waxseal_messages_total", "status", "Messages judged, by their S/MIME status."},
    {kMessageCodes, kCounter, "waxseal_message_codes_total", "code", "Reasons given for those statuses."},
    {kMessageOctets, kCounter, "waxseal_message_octets_total", "", "Octets of messages received."},
    {kDeliveries, kCounter, "waxseal_deliveries_total", "outcome", "Recipients of messages, by what became of them."},
    {kStepSeconds, kHistogram, "waxseal_step_seconds", "step", "Time that one message spent in each step."},
    {kLmtpConnections, kGauge, "waxseal_lmtp_connections", "", "Open LMTP connections."},
    {kLmtpConnectionsRefused, kCounter, "waxseal_lmtp_connections_refused_total", "",
     "LMTP connections sent away because there were too many."},
    {kLmtpQueue, kGauge, "waxseal_lmtp_queue", "", "LMTP connections that wait for a worker."},
    {kLmtpReplies, kCounter, "waxseal_lmtp_replies_total", "code", "LMTP replies, by code and enhanced code."},
    {kRelayIdleConnections, kGauge, "waxseal_relay_idle_connections", "", "Kept connections to the next hop."},
    {kRelayRecipients, kCounter, "waxseal_relay_recipients_total", "outcome",
     "Recipients handed to the next hop, by its answer."},
    {kMilterConnections, kGauge, "waxseal_milter_connections", "", "Connections that the MTA has open."},
    {kMilterMessages, kGauge, "waxseal_milter_messages", "", "Messages that the MTA is handing over."},
    {kMilterAnswers, kCounter, "waxseal_milter_answers_total", "answer", "Answers at the end of a message."},
    {kJmapRequests, kCounter, "waxseal_jmap_requests_total", "status", "HTTP requests, by status."},
    {kJmapRequestSeconds, kHistogram, "waxseal_jmap_request_seconds", "", "Time to answer an HTTP request."},
    {kSubmissionRecipients, kCounter, "waxseal_submission_recipients_total", "outcome",
     "Recipients of messages that clients sent, by the relay's answer."},
    {kSubmissionsLimited, kCounter, "waxseal_submissions_limited_total", "limit",
     "Messages that clients could not send for a while, by the limit that was reached."},
    {kReverifyUnits, kCounter, "waxseal_reverify_units_total", "result", "Validation units looked at, by result."},
    {kReverifyEmailsChanged, kCounter, "waxseal_reverify_emails_changed_total", "",
     "Stored messages whose visible verdict changed."},
    {kReverifyRounds, kCounter, "waxseal_reverify_rounds_total", "result", "Rounds of re-verification, by result."},
    {kReverifyLastRound, kGauge, "waxseal_reverify_last_round_timestamp_seconds", "",
     "When the last round ended without an error."},
    {kReverifyNextDue, kGauge, "waxseal_reverify_next_due_timestamp_seconds", "",
     "When the next validation unit is due; in the past: units are waiting."},
    {kDatabaseConnections, kGauge, "waxseal_database_connections", "state", "Connections to PostgreSQL."},
    {kDatabasePoolSize, kGauge, "waxseal_database_pool_size", "", "Connections that may be opened at most."},
    {kDatabaseWaits, kCounter, "waxseal_database_waits_total", "", "Times that somebody waited for a free connection."},
    {kDatabaseConnects, kCounter, "waxseal_database_connects_total", "", "Connections opened."},
    {kDatabaseFailures, kCounter, "waxseal_database_failures_total", "kind", "Transactions that failed, by kind."},
    {kReady, kGauge, "waxseal_ready", "", "1 while /readyz says so."},
    {kStartTime, kGauge, "process_start_time_seconds", "", "When the program was started."},
    {kBuildInfo, kGauge, "waxseal_build_info", "program,version", "Always 1."},
    {kResidentMemory, kGauge, "process_resident_memory_bytes", "", "Resident memory."},
    {kCpuSeconds, kCounter, "process_cpu_seconds_total", "", "User and system CPU time."},
    {kOpenFiles, kGauge, "process_open_fds", "", "Open file descriptors."},
};

}  // namespace

std::span<const MetricRow> metric_table() {
  return kRows;
}

}  // namespace waxseal::service
