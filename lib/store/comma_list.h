// Lists of words without commas in one text column: "a,b,c"; empty text is the empty list.  Private to lib/store.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace waxseal::store {

inline std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ',';
    out += word;
  }
  return out;
}

inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

}  // namespace waxseal::store
