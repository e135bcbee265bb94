// RFC 5256 section 2.1, with its step numbers.
#include "base/text.h"
#include "mime/message.h"

namespace waxseal::mime {

namespace {

void skip_space(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

bool accept_word(std::string_view& text, std::string_view word) {
  if (!ascii_iequals(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// subj-blob = "[" *BLOBCHAR "]" *WSP
bool accept_blob(std::string_view& text) {
  if (!text.starts_with('[')) return false;
  const std::size_t end = text.find_first_of("[]", 1);
  if (end == std::string_view::npos || text[end] != ']') return false;
  text.remove_prefix(end + 1);
  skip_space(text);
  return true;
}

// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
bool accept_refwd(std::string_view& text) {
  std::string_view rest = text;
  if (accept_word(rest, "fw"))
    accept_word(rest, "d");
  else if (!accept_word(rest, "re"))
    return false;
  skip_space(rest);
  accept_blob(rest);
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  skip_space(rest);
  text = rest;
  return true;
}

// (3) subj-leader = *subj-blob subj-refwd
bool accept_leader(std::string_view& text) {
  std::string_view rest = text;
  while (accept_blob(rest)) {
  }
  if (!accept_refwd(rest)) return false;
  text = rest;
  return true;
}

// (3) to (5).  Once no leader follows the blobs, taking a blob away does not make one appear: the loops stay linear.
void remove_prefixes(std::string_view& text) {
  skip_space(text);
  while (accept_leader(text)) {
  }
  for (std::string_view rest = text; accept_blob(rest) && !rest.empty();) text = rest;
}

// (2) trailing white space and "(fwd)"
void remove_trailers(std::string_view& text) {
  while (true) {
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.size() < 5 || !ascii_iequals(text.substr(text.size() - 5), "(fwd)")) return;
    text.remove_suffix(5);
  }
}

// (6) "[fwd:" subject "]"
bool unwrap_forward(std::string_view& text) {
  if (!text.ends_with(']') || !ascii_iequals(text.substr(0, 5), "[fwd:")) return false;
  text.remove_prefix(5);
  text.remove_suffix(1);
  return true;
}

}  // namespace

std::string base_subject(std::string_view decoded_subject) {
  std::string squeezed;  // (1) tabs and runs of white space are one space
  for (const char c : decoded_subject) {
    const bool space = c == ' ' || c == '\t';
    if (!space || !squeezed.ends_with(' ')) squeezed += space ? ' ' : c;
  }
  std::string_view text = squeezed;
  do {
    remove_trailers(text);
    remove_prefixes(text);
  } while (unwrap_forward(text));
  return std::string(text);
}

}  // namespace waxseal::mime
