// One message into the accounts of its recipients: those that share a transaction at a time, an answer each, in order
// (robustness.md G1, G2).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "delivery/envelope.h"
#include "delivery/pipeline.h"

namespace waxseal::delivery {

// After the first failure, recipients that would be tried later than this since the start are not tried: an MTA that
// waits for the answer to the last of a thousand recipients must have it (G6).
inline constexpr std::chrono::seconds kFailurePatience{8};

struct Delivered {
  enum class Outcome { kFailed, kStored, kAlreadyStored, kOverQuota, kNeverFits };
  Outcome outcome = Outcome::kFailed;
  EmailId email;    // of kStored and kAlreadyStored
  std::string why;  // of a failure, for the log
  std::chrono::milliseconds took{0};

  bool stored() const { return outcome == Outcome::kStored || outcome == Outcome::kAlreadyStored; }
};

// As many results as recipients.  Never throws: whatever happens to one recipient is that recipient's result.
// `received` are the octets that the MTA handed over, the same at each retry (G3).
std::vector<Delivered> deliver(Pipeline&, const Prepared&, std::string_view sender, const std::vector<Recipient>&,
                               Octets received);

}  // namespace waxseal::delivery
