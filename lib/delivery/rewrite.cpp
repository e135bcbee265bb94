#include "delivery/rewrite.h"

namespace waxseal::delivery {

Spool compose(std::string_view trace, std::string_view fields, Octets message, const std::vector<Range>& removed,
              const SpoolOptions& options) {
  Spool spool(options);
  spool.append(trace);
  spool.append(fields);
  std::size_t kept_to = 0;
  for (const Range& range : removed) {
    spool.append(message.substr(kept_to, range.begin - kept_to));
    kept_to = range.end;
  }
  spool.append(message.substr(kept_to));
  return spool;
}

std::string result_fields(const Judged& judged, const authres::Options& options) {
  std::string out;
  if (const auto value = authres::field_value(judged.extracted.facts, judged.at_delivery, options, judged.signer()))
    out = authres::field_lines(*value);
  const std::string_view status = authres::status_words(judged.at_delivery);
  if (options.status_field && !status.empty())
    out += authres::field_lines(" " + std::string(status), authres::kStatusFieldName);
  return out;
}

Rewritten rewrite(Pipeline& pipeline, const Judged& judged_message, std::string_view trace, std::string_view fields,
                  Octets message, const std::vector<Range>& removed, const SpoolOptions& options) {
  Spool spool = compose(trace, fields, message, removed, options);
  Judged judged = pipeline.judge(spool.view(), judged_message.received_at);
  if (fields.empty() || judged.at_delivery == judged_message.at_delivery) return {std::move(spool), std::move(judged)};
  Spool without_fields = compose(trace, "", message, removed, options);
  judged = pipeline.judge(without_fields.view(), judged_message.received_at);
  return {std::move(without_fields), std::move(judged)};
}

}  // namespace waxseal::delivery
