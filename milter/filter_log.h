// What the milter says about messages.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "delivery/deliver.h"
#include "milter/filter.h"

namespace waxseal::milter {

// What became of a message, and how long each step took.
struct Report {
  using Steady = std::chrono::steady_clock;

  Steady::time_point start = Steady::now();  // of its end
  Steady::duration receive{0}, wait{0}, judge{0}, store{0};
  std::size_t stored = 0;  // recipients
  bool skipped = false;
  std::string error;  // what went wrong, if anything did
};

// One line per message.  `verdict`: nullptr if there is none.
void log_message(const std::string& queue_id, const Message&, const smime::Verdict* verdict, const Answer&,
                 const Report&);
// One line per recipient of ours.
void log_stored(const std::string& queue_id, const Message&, const delivery::Prepared&,
                const std::vector<delivery::Recipient>&, const std::vector<delivery::Delivered>&);

}  // namespace waxseal::milter
