#include "delivery/deliver.h"

#include <set>

namespace waxseal::delivery {

namespace {

using Steady = std::chrono::steady_clock;

Delivered::Outcome outcome_of(const store::Appended& appended) {
  if (appended.room == store::Appended::Room::kNeverFits) return Delivered::Outcome::kNeverFits;
  if (appended.room == store::Appended::Room::kOverQuota) return Delivered::Outcome::kOverQuota;
  return appended.already_stored ? Delivered::Outcome::kAlreadyStored : Delivered::Outcome::kStored;
}

Delivered deliver_one(Pipeline& pipeline, const Prepared& message, std::string_view sender, const Recipient& recipient,
                      Octets received, Pipeline::Again again) {
  Delivered result;
  const auto start = Steady::now();
  try {
    const Sha256 key = store::delivery_key(sender, recipient.address, received);
    const store::Appended appended = pipeline.store(message, recipient.account, key, again);
    result.email = appended.email;
    result.outcome = outcome_of(appended);
  } catch (const std::exception& error) {
    result.why = error.what();
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start);
  return result;
}

}  // namespace

std::vector<Delivered> deliver(Pipeline& pipeline, const Prepared& message, std::string_view sender,
                               const std::vector<Recipient>& recipients, Octets received) {
  std::vector<Delivered> results;
  results.reserve(recipients.size());
  const auto start = Steady::now();
  bool failed = false;
  std::set<AccountId> served;
  for (const Recipient& recipient : recipients) {
    if (failed && Steady::now() - start > kFailurePatience) {
      results.push_back({.why = "not tried: the store failed for an earlier recipient"});
      continue;
    }
    const auto again = served.contains(recipient.account) ? Pipeline::Again::kYes : Pipeline::Again::kNo;
    results.push_back(deliver_one(pipeline, message, sender, recipient, received, again));
    if (results.back().stored()) served.insert(recipient.account);
    failed = failed || results.back().outcome == Delivered::Outcome::kFailed;
  }
  return results;
}

}  // namespace waxseal::delivery
