// A message as one readable line, for tables of input -> expected tree.
#pragma once

#include <string>

#include "mime/message.h"

namespace waxseal::mime {

// text/plain#1[body], multipart/mixed{...}
inline std::string dump_part(Octets octets, const Message& message, std::size_t index) {
  const Part& part = message.parts[index];
  if (!part.is_multipart()) return part.type + "#" + part.part_id + "[" + std::string(part.body.of(octets)) + "]";
  std::string out = part.type + "{";
  for (const std::size_t child : part.children)
    out += (out.back() == '{' ? "" : " ") + dump_part(octets, message, child);
  return out + "}";
}

inline std::string dump_tree(Octets octets, const MessageLimits& limits = {}) {
  const Message message = parse_message(octets, limits);
  return dump_part(octets, message, 0) + (message.truncated ? " truncated" : "");
}

// "text 1 2 html 3 attachments 4"
inline std::string dump_lists(const Message& message) {
  const auto list = [&](const std::vector<std::size_t>& indices) {
    std::string out;
    for (const std::size_t index : indices) out += " " + message.parts[index].part_id;
    return out;
  };
  return "text" + list(message.text_body) + " html" + list(message.html_body) + " attachments" +
         list(message.attachments);
}

}  // namespace waxseal::mime
