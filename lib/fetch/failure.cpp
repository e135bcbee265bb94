#include "fetch/failure.h"

namespace waxseal::fetch {

std::string_view name(FailureKind kind) {
  switch (kind) {
    case FailureKind::kUrl:
      return "url_refused";
    case FailureKind::kAddress:
      return "address_refused";
    case FailureKind::kName:
      return "name_not_found";
    case FailureKind::kConnection:
      return "connection_failed";
    case FailureKind::kTimeout:
      return "timeout";
    case FailureKind::kTooLarge:
      return "too_large";
    case FailureKind::kTruncated:
      return "truncated";
    case FailureKind::kMalformed:
      return "malformed_reply";
    case FailureKind::kStatus:
      return "http_status";
    case FailureKind::kRedirect:
      return "redirect_refused";
    case FailureKind::kBusy:
      return "busy";
    case FailureKind::kHeldBack:
      return "held_back";
    case FailureKind::kStopped:
      return "stopped";
  }
  return "url_refused";
}

}  // namespace waxseal::fetch
