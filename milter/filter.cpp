#include "milter/filter.h"

#include <algorithm>

#include "milter/handling.h"

namespace waxseal::milter {

Filter::Filter(store::Database& database, const Clock& clock, FilterOptions options)
    : database_(database),
      clock_(clock),
      options_(std::move(options)),
      verifier_(options_.policy),
      pipeline_(database, verifier_, clock),
      places_(options_.verifications),
      heartbeat_(options_.progress_interval) {}

Answer Filter::finish(Message& message, const std::string& queue_id, Edits& edits) {
  return Handling(*this, message, queue_id, edits).run();
}

}  // namespace waxseal::milter
