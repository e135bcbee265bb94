// Keywords: the usual ones are bits of emails.flags, all others rows of email_keyword.  Private to lib/store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waxseal::store {

inline constexpr int kSeen = 1;
inline constexpr int kDraft = 8;
inline constexpr int kReadMask = kSeen | kDraft;  // RFC 8621 section 2: unread is neither

// 0: the keyword has no bit.  `keyword` in lower case.
int flag_of(std::string_view keyword);

struct SplitKeywords {
  int flags = 0;
  std::vector<std::string> others;
};
SplitKeywords split_keywords(const std::vector<std::string>& keywords);
std::vector<std::string> keywords_of(int flags);

}  // namespace waxseal::store
