// Search snippets (RFC 8621 section 5): what was found, marked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/email_query.h"

namespace waxseal::jmapd {

// Texts that a filter looks for.  Those under NOT are left out: they mark nothing.
struct SnippetTerms {
  std::vector<std::string> subject;
  std::vector<std::string> body;
};
SnippetTerms snippet_terms(const store::EmailFilter& filter);

inline constexpr std::size_t kMaxSnippetOctets = 255;  // "MUST NOT be bigger than 255 octets in size"

// HTML text of at most `limit` octets with <mark> around each occurrence, beginning near the first.  nullopt: there is
// none.
std::optional<std::string> mark_terms(std::string_view text, const std::vector<std::string>& terms, std::size_t limit);

}  // namespace waxseal::jmapd
