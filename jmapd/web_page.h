// The page that jmapd serves: files of jmapd/web/, part of the binary.  A JMAP client like any other.
#pragma once

#include <string_view>
#include <vector>

#include "jmapd/http/message.h"

namespace waxseal::jmapd {

struct WebFile {
  std::string_view name;  // "main.js"
  std::string_view octets;
};
const std::vector<WebFile>& web_files();  // generated from jmapd/web/

// "/" and "/web/NAME": 200, 304 for who has it already, or 404.  Loads nothing from elsewhere and is framed by nobody:
// the Content-Security-Policy says so.
http::Response web_page(const http::Request& request);

}  // namespace waxseal::jmapd
