#include "store/keywords.h"

#include <array>
#include <utility>

namespace waxseal::store {

namespace {

constexpr std::array<std::pair<std::string_view, int>, 5> kBits{
    {{"$seen", kSeen}, {"$flagged", 2}, {"$answered", 4}, {"$draft", kDraft}, {"$forwarded", 16}}};

}  // namespace

int flag_of(std::string_view keyword) {
  for (const auto& [name, bit] : kBits) {
    if (name == keyword) return bit;
  }
  return 0;
}

SplitKeywords split_keywords(const std::vector<std::string>& keywords) {
  SplitKeywords out;
  for (const std::string& keyword : keywords) {
    const int bit = flag_of(keyword);
    out.flags |= bit;
    if (bit == 0) out.others.push_back(keyword);
  }
  return out;
}

std::vector<std::string> keywords_of(int flags) {
  std::vector<std::string> out;
  for (const auto& [name, bit] : kBits) {
    if ((flags & bit) != 0) out.emplace_back(name);
  }
  return out;
}

}  // namespace waxseal::store
