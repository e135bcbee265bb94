#include "delivery/deliver.h"

#include <algorithm>
#include <set>
#include <span>

namespace waxseal::delivery {

namespace {

using Steady = std::chrono::steady_clock;

Delivered::Outcome outcome_of(const store::Appended& appended) {
  if (appended.room == store::Appended::Room::kNeverFits) return Delivered::Outcome::kNeverFits;
  if (appended.room == store::Appended::Room::kOverQuota) return Delivered::Outcome::kOverQuota;
  return appended.already_stored ? Delivered::Outcome::kAlreadyStored : Delivered::Outcome::kStored;
}

std::string why(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

Delivered result_of(const store::Outcome& outcome) {
  Delivered result;
  if (outcome.error) {
    result.why = why(outcome.error);
  } else {
    result.email = outcome.appended.email;
    result.outcome = outcome_of(outcome.appended);
  }
  return result;
}

// Those that share a transaction.
class Together {
 public:
  Together(Pipeline& pipeline, const Prepared& message, std::string_view sender, Octets received)
      : pipeline_(pipeline), message_(message), sender_(sender), received_(received) {}

  std::vector<Delivered> deliver(std::span<const Recipient> recipients) {
    const auto start = Steady::now();
    std::vector<Delivered> results = store(recipients);
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i].took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start);
      if (results[i].stored()) served_.insert(recipients[i].account);
    }
    return results;
  }

 private:
  std::vector<Delivered> store(std::span<const Recipient> recipients) try {
    std::vector<Pipeline::Copy> copies;
    for (const Recipient& recipient : recipients)
      copies.push_back({recipient.account, store::delivery_key(sender_, recipient.address, received_),
                        served_.contains(recipient.account)});
    std::vector<Delivered> results;
    for (const store::Outcome& outcome : pipeline_.store(message_, copies)) results.push_back(result_of(outcome));
    return results;
  } catch (const std::exception& error) {
    Delivered failed;
    failed.why = error.what();
    return std::vector<Delivered>(recipients.size(), failed);
  }

  Pipeline& pipeline_;
  const Prepared& message_;
  const std::string_view sender_;
  const Octets received_;
  std::set<AccountId> served_;
};

}  // namespace

std::vector<Delivered> deliver(Pipeline& pipeline, const Prepared& message, std::string_view sender,
                               const std::vector<Recipient>& recipients, Octets received) {
  Together together(pipeline, message, sender, received);
  std::vector<Delivered> results;
  const auto start = Steady::now();
  bool failed = false;
  const std::span<const Recipient> all(recipients);
  while (results.size() < all.size()) {
    const auto next = all.subspan(results.size(), std::min(store::kTogether, all.size() - results.size()));
    if (failed && Steady::now() - start > kFailurePatience) {
      results.resize(all.size(), {.why = "not tried: the store failed for an earlier recipient"});
      break;
    }
    for (Delivered& result : together.deliver(next)) {
      failed = failed || result.outcome == Delivered::Outcome::kFailed;
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace waxseal::delivery
