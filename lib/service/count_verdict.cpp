#include "service/metrics.h"
#include "smime/code.h"

namespace waxseal::service {

void count_verdict(const smime::Verdict& verdict) {
  metrics().add(Metric::kMessages, {smime::status_token(verdict.status).value_or("none")});
  for (const smime::Code code : verdict.codes) metrics().add(Metric::kMessageCodes, {smime::row(code).name});
}

}  // namespace waxseal::service
