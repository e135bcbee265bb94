#include "delivery/rewrite.h"

namespace waxseal::delivery {

Spool compose(std::string_view trace, std::string_view field, Octets message, const std::vector<Range>& removed,
              const SpoolOptions& options) {
  Spool spool(options);
  spool.append(trace);
  spool.append(field);
  std::size_t kept_to = 0;
  for (const Range& range : removed) {
    spool.append(message.substr(kept_to, range.begin - kept_to));
    kept_to = range.end;
  }
  spool.append(message.substr(kept_to));
  return spool;
}

std::string result_field(const Judged& judged, const authres::Options& options) {
  const auto value = authres::field_value(judged.extracted.facts, judged.at_delivery, options, judged.signer());
  return value ? authres::field_lines(*value) : std::string();
}

Rewritten rewrite(Pipeline& pipeline, const Judged& judged_message, std::string_view trace, std::string_view field,
                  Octets message, const std::vector<Range>& removed, const SpoolOptions& options) {
  Spool spool = compose(trace, field, message, removed, options);
  Judged judged = pipeline.judge(spool.view(), judged_message.received_at);
  if (field.empty() || judged.at_delivery == judged_message.at_delivery) return {std::move(spool), std::move(judged)};
  Spool without_field = compose(trace, "", message, removed, options);
  judged = pipeline.judge(without_field.view(), judged_message.received_at);
  return {std::move(without_field), std::move(judged)};
}

}  // namespace waxseal::delivery
