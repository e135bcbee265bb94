#include "jmapd/http/forwarded.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace waxseal::jmapd::http {
namespace {

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  return ::inet_pton(AF_INET, text.c_str(), octets.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1;
}

// The last one of "a, b, c", which is the nearest; cut off.
std::string take_last(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const std::string last(trim(comma == list.npos ? list : list.substr(comma + 1)));
  list = comma == list.npos ? std::string_view() : list.substr(0, comma);
  return last;
}

}  // namespace

void apply_forwarded(Request& request, const std::vector<std::string>& trusted) {
  const auto is_proxy = [&](const std::string& source) {
    return std::find(trusted.begin(), trusted.end(), source) != trusted.end();
  };
  if (!is_proxy(request.source)) return;
  if (ascii_iequals(trim(request.field("x-forwarded-proto")), "https")) request.secure = true;
  std::string joined;  // several fields are one list (RFC 9110 section 5.3)
  for (const Field& field : request.fields) {
    if (field.name == "x-forwarded-for") joined += (joined.empty() ? "" : ",") + field.value;
  }
  std::string_view list = joined;
  while (!list.empty() && is_proxy(request.source)) {
    const std::string nearest = take_last(list);
    if (!is_address(nearest)) return;
    request.source = nearest;
  }
}

}  // namespace waxseal::jmapd::http
