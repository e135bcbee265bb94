#include "delivery/deliver.h"

namespace waxseal::delivery {

namespace {

using Steady = std::chrono::steady_clock;

Delivered deliver_one(Pipeline& pipeline, const Prepared& message, std::string_view sender, const Recipient& recipient,
                      Octets received) {
  Delivered result;
  const auto start = Steady::now();
  try {
    const Sha256 key = store::delivery_key(sender, recipient.address, received);
    const store::Appended appended = pipeline.store(message, recipient.account, key);
    result.email = appended.email;
    result.outcome = appended.already_stored ? Delivered::Outcome::kAlreadyStored : Delivered::Outcome::kStored;
  } catch (const std::exception& error) {
    result.why = error.what();
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start);
  return result;
}

}  // namespace

std::vector<Delivered> deliver(Pipeline& pipeline, const Prepared& message, std::string_view sender,
                               const std::vector<Recipient>& recipients, Octets received,
                               const std::function<void()>& after_each) {
  std::vector<Delivered> results;
  results.reserve(recipients.size());
  const auto start = Steady::now();
  bool failed = false;
  for (const Recipient& recipient : recipients) {
    if (failed && Steady::now() - start > kFailurePatience) {
      results.push_back({.why = "not tried: the store failed for an earlier recipient"});
      continue;
    }
    results.push_back(deliver_one(pipeline, message, sender, recipient, received));
    if (after_each) after_each();
    failed = failed || results.back().outcome == Delivered::Outcome::kFailed;
  }
  return results;
}

}  // namespace waxseal::delivery
