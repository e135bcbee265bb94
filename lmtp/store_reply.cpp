#include "lmtp/store_reply.h"

namespace waxseal::lmtp {

using delivery::Delivered;

Reply reply_for(const Delivered& delivered, const std::string& id, OnQuota on_quota) {
  switch (delivered.outcome) {
    case Delivered::Outcome::kStored:
      return {250, "2.0.0", id + " stored"};
    case Delivered::Outcome::kAlreadyStored:
      return {250, "2.0.0", id + " already stored"};
    case Delivered::Outcome::kOverQuota:
      if (on_quota == OnQuota::kReject) return {552, "5.2.2", "the mailbox is full"};
      return {452, "4.2.2", "the mailbox is full, try again later"};
    case Delivered::Outcome::kNeverFits:  // rule R6: what cannot succeed later is permanent
      return {552, "5.2.2", "the message is larger than the whole mailbox may be"};
    case Delivered::Outcome::kFailed:
      break;
  }
  return kStoreUnavailable;
}

}  // namespace waxseal::lmtp
