// Why a fetch gave nothing.  A failure never replaces what was fetched before (NET-10).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace waxseal::fetch {

enum class FailureKind {
  kUrl,         // refused before DNS (NET-01, NET-03)
  kAddress,     // a name that leads to a place where we do not go (NET-04)
  kName,        // the name has no address
  kConnection,  // refused, reset, unreachable; also TLS
  kTimeout,     // the deadline of the whole fetch (NET-07)
  kTooLarge,    // NET-08
  kTruncated,   // less than Content-Length announced
  kMalformed,   // not HTTP, or an encoding that nobody asked for
  kStatus,      // neither 200 nor, with our validators, 304
  kRedirect,    // more than three, or without Location
  kBusy,        // too many fetches wait already (NET-14)
  kHeldBack,    // failed a short time ago (NET-12): no connection was tried
  kStopped,     // the program is about to end
};

// "url_refused", "timeout", ...: stable, for logs and the database.
std::string_view name(FailureKind kind);

// Refused for what it is: only another configuration can change that (NET-12).
constexpr bool permanent(FailureKind kind) {
  return kind == FailureKind::kUrl || kind == FailureKind::kAddress;
}
// Says nothing about the server: nothing is held against it.
constexpr bool our_own(FailureKind kind) {
  return kind == FailureKind::kBusy || kind == FailureKind::kStopped || kind == FailureKind::kHeldBack;
}

struct Failure {
  FailureKind kind = FailureKind::kUrl;
  std::string detail;            // English, ASCII, without octets of the server's choice
  std::optional<Time> retry_at;  // nullopt: not before the configuration changes

  std::string text() const { return std::string(name(kind)) + ": " + detail; }
};

}  // namespace waxseal::fetch
