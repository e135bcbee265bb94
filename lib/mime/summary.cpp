#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

// RFC 8621 section 4.1.3: of several instances the last is the property.
Octets value_of(const Header& header, std::string_view name) {
  const Field* field = header.last(name);
  return field == nullptr ? Octets() : field->value;
}

std::vector<std::string> ids(const Header& header, std::string_view name) {
  return parse_message_ids(value_of(header, name)).value_or(std::vector<std::string>());
}

std::vector<AddressGroup> addresses(const Header& header, std::string_view name) {
  return header.last(name) == nullptr ? std::vector<AddressGroup>() : read_address_list(value_of(header, name));
}

}  // namespace

Summary summarise(Octets message, const Message& parsed) {
  const Header& header = parsed.header;
  return {
      .subject = decode_text(value_of(header, "Subject")),
      .message_id = ids(header, "Message-ID"),
      .in_reply_to = ids(header, "In-Reply-To"),
      .references = ids(header, "References"),
      .sent_at = parse_date(value_of(header, "Date")),
      .sent_date = parse_date_with_zone(value_of(header, "Date")),
      .from = addresses(header, "From"),
      .sender = addresses(header, "Sender"),
      .reply_to = addresses(header, "Reply-To"),
      .to = addresses(header, "To"),
      .cc = addresses(header, "Cc"),
      .bcc = addresses(header, "Bcc"),
      .preview = preview(message, parsed),
      .has_attachment = parsed.has_attachment,
      .size = message.size(),
  };
}

}  // namespace waxseal::mime
