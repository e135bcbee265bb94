// What an SMTP server says (RFC 5321 section 4.2).
#pragma once

#include <string>
#include <vector>

namespace waxseal::submit {

struct Reply {
  int code = 0;      // 0: there was none
  std::string text;  // one line as RFC 8621 section 7 wants it: "550 5.7.1 Our system has detected that ..."

  bool positive() const { return code >= 200 && code < 400; }
  bool permanent() const { return code >= 500; }
};

// `lines` without their line ends, at least one.  Octets that are not UTF-8, and controls, become U+FFFD.
Reply read_reply(const std::vector<std::string>& lines);

}  // namespace waxseal::submit
