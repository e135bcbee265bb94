// HTML to text with a tokenizer of its own: one pass and no stack of open elements, so no document is slow or deep.
// (libxml2's parser searches its stack at every end tag, which is quadratic; only its entity names are used.)
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f";

bool space(char c) {
  return kSpace.find(c) != std::string_view::npos;
}
bool letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// Elements that begin a new line; inline ones do not.
constexpr std::string_view kBlocks[] = {
    "address", "article", "aside", "blockquote", "br",  "center",  "dd",    "div", "dl",     "dt", "fieldset",
    "footer",  "form",    "h1",    "h2",         "h3",  "h4",      "h5",    "h6",  "header", "hr", "li",
    "main",    "nav",     "ol",    "p",          "pre", "section", "table", "td",  "th",     "tr", "ul"};
// Elements whose content is not shown; up to their own end tag nothing is markup.
constexpr std::string_view kHidden[] = {"script", "style", "title", "textarea", "noscript", "template", "svg"};

template <std::size_t N>
bool one_of(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned octet) { out += static_cast<char>(octet); };
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 63));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 63));
    put(0x80 | (code >> 6 & 63));
  }
  put(0x80 | (code & 63));
}

class HtmlReader {
 public:
  HtmlReader(Octets html, std::size_t limit) : html_(html), limit_(limit) {}

  std::string read() {
    while (at_ < html_.size() && out_.size() < limit_) step();
    return finish();
  }

 private:
  void step() {
    const char c = html_[at_];
    if (c == '<' && markup_here()) return;
    if (c == '&' && entity()) return;
    ++at_;
    if (space(c))
      space_ = true;
    else
      text(std::string_view(&c, 1));
  }

  // White space is one space, or one line break if a block element began.
  void text(std::string_view piece) {
    if (!out_.empty() && (line_ || space_)) out_ += line_ ? '\n' : ' ';
    line_ = space_ = false;
    out_ += piece;
  }

  bool markup_here() {
    const Octets rest = html_.substr(at_);
    if (rest.starts_with("<!--")) return skip_past("-->", 4);
    if (rest.size() > 1 && (rest[1] == '!' || rest[1] == '?')) return skip_past(">", 2);
    const bool closing = rest.size() > 1 && rest[1] == '/';
    const std::size_t name = at_ + (closing ? 2 : 1);
    if (name >= html_.size() || !letter(html_[name])) return false;  // a "<" of the text
    tag(name, closing);
    return true;
  }

  bool skip_past(std::string_view end, std::size_t from) {
    const std::size_t found = html_.find(end, at_ + from);
    at_ = found == Octets::npos ? html_.size() : found + end.size();
    return true;
  }

  void tag(std::size_t begin, bool closing) {
    std::size_t end = begin;
    while (end < html_.size() && !space(html_[end]) && html_[end] != '>' && html_[end] != '/') ++end;
    const std::string name = ascii_lower(html_.substr(begin, end - begin));
    at_ = end;
    skip_attributes();
    if (one_of(kBlocks, name)) line_ = true;
    if (!closing && one_of(kHidden, name)) skip_hidden(name);
  }

  // To behind the ">" of the tag; a ">" within a quoted value does not end it.
  void skip_attributes() {
    char quote = '\0';
    bool value = false;  // behind a "=": only there quotes mean something
    for (; at_ < html_.size(); ++at_) {
      const char c = html_[at_];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '>') {
        ++at_;
        return;
      } else if (value && (c == '"' || c == '\'')) {
        quote = c;
      }
      if (!space(c)) value = quote == '\0' && c == '=';
    }
  }

  void skip_hidden(const std::string& name) {
    while (at_ < html_.size()) {
      at_ = html_.find("</", at_);
      if (at_ == Octets::npos) at_ = html_.size();
      if (ascii_iequals(html_.substr(std::min(at_ + 2, html_.size()), name.size()), name)) return;
      at_ = std::min(at_ + 2, html_.size());
    }
  }

  // "&amp;", "&#8364;", "&#x20AC;".  False: a "&" of the text.
  bool entity() {
    constexpr std::size_t kLongest = 12;
    const Octets window = html_.substr(at_ + 1, kLongest);
    const std::size_t semicolon = window.find(';');
    if (semicolon == Octets::npos || semicolon == 0) return false;
    const auto code = code_of(window.substr(0, semicolon));
    if (!code) return false;
    at_ += semicolon + 2;
    if (*code == 0xA0 || *code < 0x20) {
      space_ = true;
      return true;
    }
    std::string character;
    if (*code >= 0x80 && *code < 0xA0)  // browsers read these as windows-1252 (HTML Standard, 13.2.5.80)
      character = to_utf8(std::string(1, static_cast<char>(*code)), "windows-1252").utf8;
    else
      append_utf8(character, *code);
    text(character);
    return true;
  }

  static std::optional<unsigned> code_of(Octets name) {
    if (name[0] != '#') {
      const std::string key(name);
      const htmlEntityDesc* known = htmlEntityLookup(reinterpret_cast<const xmlChar*>(key.c_str()));
      return known == nullptr ? std::nullopt : std::optional<unsigned>(known->value);
    }
    name.remove_prefix(1);
    const bool hexadecimal = !name.empty() && ascii_lower(name[0]) == 'x';
    if (hexadecimal) name.remove_prefix(1);
    unsigned code = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
    if (name.empty() || error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return code;
  }

  // The limit may have been passed by a character or cut one of several octets.
  std::string finish() {
    if (out_.size() > limit_) out_.resize(limit_);
    while (!valid_tail()) out_.pop_back();
    return std::move(out_);
  }

  // The last three octets decide whether a character is cut.
  bool valid_tail() const {
    std::size_t begin = out_.size();
    for (int i = 0; i < 4 && begin > 0; ++i) {
      --begin;
      if ((static_cast<unsigned char>(out_[begin]) & 0xC0) != 0x80) break;
    }
    return valid_utf8(std::string_view(out_).substr(begin));
  }

  Octets html_;
  std::size_t limit_;
  std::size_t at_ = 0;
  std::string out_;
  bool space_ = false;
  bool line_ = false;
};

}  // namespace

std::string html_to_text(Octets utf8_html, std::size_t limit) {
  const std::string html = to_valid_utf8(utf8_html);
  return HtmlReader(html, limit).read();
}

}  // namespace waxseal::mime
