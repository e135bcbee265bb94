#include "mime/message.h"

#include "base/text.h"
#include "fuzz/target.h"
#include "mime/transfer.h"

namespace waxseal::fuzz {

namespace {

constexpr std::string_view kLineEndsAndNul("\r\n\0", 3);
constexpr std::size_t kPreviewCharacters = 256;  // RFC 8621 section 4.1.4

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void check_tree(Octets octets, const mime::Message& message) {
  require(!message.parts.empty(), "there is a root part");
  for (const mime::Part& part : message.parts) {
    require(within(part.header, octets.size()) && within(part.body, octets.size()), "parts lie within the message");
    require(part.children.empty() || part.is_multipart(), "only multiparts have children");
    for (const std::size_t child : part.children) {
      require(child < message.parts.size(), "children exist");
      require(within(message.parts[child].body, part.body), "a child lies within its parent");
    }
  }
}

void check_texts(Octets octets, const mime::Message& message) {
  for (const mime::Part& part : message.parts) {
    if (part.is_multipart()) continue;
    require(mime::decoded_body(octets, part).size() == part.size, "the size of a part is that of its decoded body");
    if (part.type.starts_with("text/"))
      require(valid_utf8(mime::body_text(octets, part).value), "the text of a body is UTF-8");
  }
}

void check_lists(const mime::Message& message) {
  for (const auto* list : {&message.text_body, &message.html_body, &message.attachments})
    for (const std::size_t index : *list)
      require(index < message.parts.size() && !message.parts[index].is_multipart(), "body lists name leaf parts");
}

void check_summary(Octets octets, const mime::Message& message) {
  const mime::Summary summary = mime::summarise(octets, message);
  require(valid_utf8(summary.subject) && valid_utf8(summary.preview), "subject and preview are UTF-8");
  require(summary.subject.find_first_of(kLineEndsAndNul) == std::string::npos, "R24: no line end in a subject");
  require(characters(summary.preview) <= kPreviewCharacters, "a preview has at most 256 characters");
  require(summary.size == octets.size(), "the size of a message is that of its octets");
  mime::base_subject(summary.subject);
}

}  // namespace

void mime(Octets input) {
  const mime::Message message = mime::parse_message(input);
  check_tree(input, message);
  check_texts(input, message);
  check_lists(message);
  check_summary(input, message);
}

}  // namespace waxseal::fuzz
