#include "mime/part_fields.h"

#include <algorithm>

#include "base/text.h"
#include "mime/encoded_word.h"
#include "mime/lexer.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

std::string media_type(const ContentType& type, bool in_digest) {
  if (!type.type.empty()) return type.type + "/" + type.subtype;
  // RFC 2045 section 5.2: what is no Content-Type is text/plain.
  return type.syntax == Syntax::kAbsent && in_digest ? "message/rfc822" : "text/plain";
}

std::string charset_of(const ContentType& type, const std::string& media) {
  const Parameter* charset = type.parameter("charset");
  if (charset != nullptr && !charset->value.empty()) return to_valid_utf8(charset->value);
  return media.starts_with("text/") ? "us-ascii" : "";
}

// RFC 8621 wants RFC 2231 for "filename" and RFC 2047 for "name"; senders mix them.
std::optional<std::string> file_name(const Disposition& disposition, const ContentType& type) {
  for (const Parameter* parameter : {disposition.parameter("filename"), type.parameter("name")}) {
    if (parameter == nullptr) continue;
    std::string name = decode_parameter_text(parameter->value);
    if (!name.empty()) return name;
  }
  return std::nullopt;
}

// The value without CFWS.
std::string without_cfws(Octets raw) {
  const std::string text = unfold(raw);
  std::string out;
  for (Lexer lexer(text); lexer.skip_cfws() && !lexer.at_end();) {
    const Octets run = lexer.run([](char c) { return c != ' ' && c != '\t' && c != '('; });
    out += run;
  }
  return strip_controls(to_valid_utf8(out));
}

std::optional<std::string> content_id(const Header& header) {
  const Field* field = header.first("Content-Id");
  if (field == nullptr) return std::nullopt;
  const auto ids = parse_message_ids(field->value);
  if (ids) return ids->front();
  std::string id = without_cfws(field->value);
  std::erase_if(id, [](char c) { return c == '<' || c == '>'; });
  return id.empty() ? std::nullopt : std::optional(id);
}

// RFC 3282 section 2: language tags separated by commas.
std::optional<std::vector<std::string>> languages(const Header& header) {
  const Field* field = header.first("Content-Language");
  if (field == nullptr) return std::nullopt;
  const std::string list = without_cfws(field->value);
  std::vector<std::string> tags;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) tags.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return tags.empty() ? std::nullopt : std::optional(tags);
}

// RFC 2557 section 4.4.1: a URI may be folded anywhere; parentheses are part of it.
std::optional<std::string> location(const Header& header) {
  const Field* field = header.first("Content-Location");
  if (field == nullptr) return std::nullopt;
  std::string uri = decode_text(field->value);
  std::erase_if(uri, [](char c) { return c == ' ' || c == '\t'; });
  return uri.empty() ? std::nullopt : std::optional(uri);
}

}  // namespace

ContentType content_type_of(const Header& header) {
  const Field* field = header.first("Content-Type");
  return field == nullptr ? ContentType{} : parse_content_type(field->value);
}

void describe(const Header& header, const ContentType& type, bool in_digest, Part& part) {
  const Field* field = header.first("Content-Disposition");
  const Disposition disposition = field == nullptr ? Disposition{} : parse_disposition(field->value);
  part.type = media_type(type, in_digest);
  part.charset = charset_of(type, part.type);
  part.encoding = transfer_encoding(header);
  part.name = file_name(disposition, type);
  if (!disposition.type.empty()) part.disposition = disposition.type;
  part.cid = content_id(header);
  part.language = languages(header);
  part.location = location(header);
}

}  // namespace waxseal::mime
