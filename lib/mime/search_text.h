// What a search looks into (RFC 8621 section 4.4.1: "body", "header", "text").
#pragma once

#include <string>

#include "mime/message.h"

namespace waxseal::mime {

inline constexpr std::size_t kSearchedOctets = 128 * 1024;  // of a message's text; what follows is not found
inline constexpr std::size_t kSearchedHeaderOctets = 32 * 1024;

// Text of every text/* part, of attached messages too, as a reader sees it: HTML without markup, each run of white
// space as one space.  Valid UTF-8, at most about `limit` octets.
std::string readable_text(Octets message, const Message& parsed, std::size_t limit = kSearchedOctets);

// Two texts that differ in case or in the form of a character only are the same folded: i;unicode-casemap, white space
// condensed.  Any octets.
std::string search_fold(std::string_view text, std::size_t limit = kSearchedOctets);

struct SearchText {
  std::string headers;  // "\nNAME:VALUE" for each field, folded; values decoded
  std::string body;     // readable_text(), folded
};
SearchText search_text(Octets message, const Message& parsed);

}  // namespace waxseal::mime
