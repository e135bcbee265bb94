#include "lmtp/reply.h"

namespace waxseal::lmtp {

std::string Reply::lines() const {
  const std::string number = std::to_string(code);
  const std::string first = enhanced.empty() ? text : enhanced + ' ' + text;
  std::string out = number + (more.empty() ? " " : "-") + first + "\r\n";
  for (std::size_t i = 0; i < more.size(); ++i) out += number + (i + 1 == more.size() ? " " : "-") + more[i] + "\r\n";
  return out;
}

}  // namespace waxseal::lmtp
