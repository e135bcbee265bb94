#include "jmapd/snippet.h"

#include <algorithm>

#include "mime/search_text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kLead = 60;  // octets of context before the first occurrence
constexpr std::string_view kMark = "<mark>", kUnmark = "</mark>";

std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

// A text as the search sees it, and where each octet of that comes from.
struct Folded {
  std::string text;
  std::vector<std::size_t> begin, end;  // of the character in the original
};

Folded fold(std::string_view text) {
  Folded out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, character_length(text.substr(at)));
    const std::string folded = character == " " ? " " : mime::search_fold(character);
    out.text += folded;
    out.begin.insert(out.begin.end(), folded.size(), at);
    at += character.size();
    out.end.insert(out.end.end(), folded.size(), at);
  }
  return out;
}

struct Span {
  std::size_t begin, end;
};

// In the original, in order, not overlapping.
std::vector<Span> find_terms(const Folded& folded, const std::vector<std::string>& terms) {
  std::vector<Span> found;
  for (const std::string& term : terms) {
    const std::string wanted = mime::search_fold(term);
    if (wanted.empty()) continue;
    for (auto at = folded.text.find(wanted); at != std::string::npos;
         at = folded.text.find(wanted, at + wanted.size())) {
      found.push_back({folded.begin[at], folded.end[at + wanted.size() - 1]});
    }
  }
  std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> out;
  for (const Span& span : found) {
    if (!out.empty() && span.begin < out.back().end) {
      out.back().end = std::max(out.back().end, span.end);
    } else {
      out.push_back(span);
    }
  }
  return out;
}

std::string escaped(std::string_view character) {
  if (character == "<") return "&lt;";
  if (character == ">") return "&gt;";
  if (character == "&") return "&amp;";
  return std::string(character);
}

// Begins at a word near `at`.
std::size_t beginning(std::string_view text, std::size_t at) {
  if (at <= kLead) return 0;
  const auto space = text.find(' ', at - kLead);
  return space == text.npos || space >= at ? at : space + 1;
}

}  // namespace

std::optional<std::string> mark_terms(std::string_view text, const std::vector<std::string>& terms, std::size_t limit) {
  const std::vector<Span> spans = find_terms(fold(text), terms);
  if (spans.empty()) return std::nullopt;
  std::string out;
  auto span = spans.begin();
  bool marked = false;
  for (std::size_t at = text.size() <= limit / 2 ? 0 : beginning(text, spans.front().begin); at < text.size();) {
    const std::string_view character = text.substr(at, character_length(text.substr(at)));
    std::string piece;
    if (marked && at >= span->end) {
      piece = kUnmark;
      marked = false;
      ++span;
    }
    const bool opens = !marked && span != spans.end() && at >= span->begin;
    if (opens) piece += kMark;
    piece += escaped(character);
    const bool open = marked || opens;
    if (out.size() + piece.size() + (open ? kUnmark.size() : 0) > limit) break;
    out += piece;
    marked = open;
    at += character.size();
  }
  if (marked) out += kUnmark;
  return out;
}

SnippetTerms snippet_terms(const store::EmailFilter& filter) {
  SnippetTerms out;
  if (const auto* condition = std::get_if<store::EmailCondition>(&filter.node)) {
    for (const auto& term : {condition->text, condition->subject}) {
      if (term) out.subject.push_back(*term);
    }
    for (const auto& term : {condition->text, condition->body}) {
      if (term) out.body.push_back(*term);
    }
    return out;
  }
  const auto& group = std::get<store::EmailFilter::Group>(filter.node);
  if (group.op == store::EmailFilter::Operator::kNot) return out;
  for (const store::EmailFilter& member : group.members) {
    SnippetTerms inside = snippet_terms(member);
    out.subject.insert(out.subject.end(), inside.subject.begin(), inside.subject.end());
    out.body.insert(out.body.end(), inside.body.begin(), inside.body.end());
  }
  return out;
}

}  // namespace waxseal::jmapd
