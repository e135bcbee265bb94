#include "mime/body_lists.h"

#include <algorithm>

namespace waxseal::mime {

namespace {

using List = std::vector<std::size_t>;

bool inline_media(const Part& part) {
  return part.type.starts_with("image/") || part.type.starts_with("audio/") || part.type.starts_with("video/");
}

// The parseStructure() of RFC 8621 section 4.1.4, name by name.  It recurses once per multipart level, which
// MessageLimits::depth bounds.
class Structure {
 public:
  explicit Structure(Message& message) : message_(message) {}

  // A null list is the pseudo-code's null: this alternative does not feed that body.
  void parse(const List& parts, std::string_view multipart_type, bool in_alternative, List* html, List* text) {
    const std::size_t text_length = text == nullptr ? 0 : text->size();
    const std::size_t html_length = html == nullptr ? 0 : html->size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Part& part = message_.parts[parts[i]];
      if (part.is_multipart()) {
        const std::string_view subtype = std::string_view(part.type).substr(part.type.find('/') + 1);
        parse(part.children, subtype, in_alternative || subtype == "alternative", html, text);
      } else if (!is_inline(part, i, multipart_type)) {
        message_.attachments.push_back(parts[i]);
      } else if (multipart_type == "alternative") {
        take_alternative(part, parts[i], html, text);
      } else {
        if (in_alternative && part.type == "text/plain") html = nullptr;
        if (in_alternative && part.type == "text/html") text = nullptr;
        if (text != nullptr) text->push_back(parts[i]);
        if (html != nullptr) html->push_back(parts[i]);
        if ((text == nullptr || html == nullptr) && inline_media(part)) message_.attachments.push_back(parts[i]);
      }
    }
    if (multipart_type == "alternative" && text != nullptr && html != nullptr)
      fill_missing(*text, text_length, *html, html_length);
  }

 private:
  // Is this a body part rather than an attachment?
  static bool is_inline(const Part& part, std::size_t position, std::string_view multipart_type) {
    if (part.disposition == "attachment") return false;
    if (part.type != "text/plain" && part.type != "text/html" && !inline_media(part)) return false;
    if (position == 0) return true;
    return multipart_type != "related" && (inline_media(part) || !part.name);
  }

  void take_alternative(const Part& part, std::size_t index, List* html, List* text) {
    List* list = part.type == "text/plain" ? text : part.type == "text/html" ? html : &message_.attachments;
    if (list != nullptr) list->push_back(index);
  }

  // Found the HTML part only, or the plain text only: it is the body for both.
  static void fill_missing(List& text, std::size_t text_length, List& html, std::size_t html_length) {
    const auto tail = [](List& list, std::size_t from) {
      return List(list.begin() + static_cast<std::ptrdiff_t>(from), list.end());
    };
    const List new_text = tail(text, text_length);
    const List new_html = tail(html, html_length);
    if (new_text.empty()) text.insert(text.end(), new_html.begin(), new_html.end());
    if (new_html.empty()) html.insert(html.end(), new_text.begin(), new_text.end());
  }

  Message& message_;
};

// Detached signatures are "processed automatically" in the words of section 4.1.4, no file for the user.
bool signature(const Part& part) {
  return part.type == "application/pkcs7-signature" || part.type == "application/x-pkcs7-signature" ||
         part.type == "application/pgp-signature";
}

}  // namespace

void list_bodies(Message& message) {
  Structure(message).parse({0}, "mixed", false, &message.html_body, &message.text_body);
  message.has_attachment = std::ranges::any_of(message.attachments, [&](std::size_t index) {
    const Part& part = message.parts[index];
    return part.disposition != "inline" && !signature(part);
  });
}

}  // namespace waxseal::mime
