// What clients may send (RFC 8621 sections 1.3.2 and 7.5).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/submissions.h"

namespace waxseal::jmapd {

struct SubmissionRules {
  std::size_t max_recipients = 1000;
  std::size_t max_message_octets = 50'000'000;
  Seconds max_delayed_send{30 * 86400};
  Seconds give_up{5 * 86400};       // after sendAt
  std::string delimiters = "+";     // an address of the account may have a tag
  bool own_from = true;             // the From of a message must be of the account; the envelope's sender always is
  std::set<std::string> forbidden;  // login names that may not send
  store::SendingLimits sending;     // of each account
  std::set<std::string> unlimited;  // login names that `sending` does not concern
  // EHLO keyword -> its parameters: what a client may use of the relay's.
  std::map<std::string, std::vector<std::string>> extensions;

  store::SendingLimits limits_of(const std::string& name) const {
    return unlimited.contains(name) ? store::SendingLimits() : sending;
  }
};

}  // namespace waxseal::jmapd
