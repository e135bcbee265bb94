#include "lmtp/inspector.h"

#include "service/metrics.h"

namespace waxseal::lmtp {

using Steady = std::chrono::steady_clock;

Inspector::Inspector(store::Database& database, const Clock& clock, InspectorOptions options)
    : options_(std::move(options)),
      verifier_(options_.policy),
      pipeline_(database, verifier_, clock),
      places_(options_.verifications) {}

// The verdict of what is left after the rewriting; sets inspected.octets.
delivery::Judged Inspector::rewrite(const Delivery& delivery, delivery::Judged judged, Inspected& inspected) {
  authres::Options options = options_.authres;
  options.smtputf8 = delivery.smtputf8;
  const std::string fields = delivery::result_fields(judged, options);
  const auto forged = authres::forged_fields(inspected.received, options);
  if (fields.empty() && forged.empty()) return judged;
  const Octets trace = inspected.octets.substr(0, delivery.trace_octets);
  inspected.rewritten = std::make_unique<delivery::Rewritten>(
      delivery::rewrite(pipeline_, judged, trace, fields, inspected.received, forged, options_.spool));
  inspected.octets = inspected.rewritten->spool.view();
  return std::move(inspected.rewritten->judged);
}

Inspected Inspector::inspect(const Delivery& delivery) {
  const auto place = places_.of_size(delivery.spool->view().size()).enter();
  const auto start = Steady::now();
  Inspected inspected;
  inspected.octets = delivery.spool->view();
  inspected.received = inspected.octets.substr(delivery.trace_octets);
  delivery::Judged judged = pipeline_.judge(inspected.octets, delivery.received_at);
  if (options_.authentication_results) judged = rewrite(delivery, std::move(judged), inspected);
  inspected.prepared = delivery::Pipeline::prepare(std::move(judged), inspected.octets);
  const auto took = Steady::now() - start;
  inspected.judging = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  service::metrics().observe(service::Metric::kStepSeconds, {"judge"}, took);
  service::count_verdict(inspected.prepared.judged.at_delivery);
  return inspected;
}

}  // namespace waxseal::lmtp
