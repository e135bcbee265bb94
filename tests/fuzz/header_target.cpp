#include "base/text.h"
#include "fuzz/target.h"
#include "mime/content_type.h"
#include "mime/encoded_word.h"
#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::fuzz {

namespace {

constexpr std::string_view kLineEndsAndNul("\r\n\0", 3);
constexpr std::size_t kHtmlLimit = 4096;

void check_shown(const std::string& text) {
  require(valid_utf8(text), "decoded text is UTF-8");
  require(text.find_first_of(kLineEndsAndNul) == std::string::npos, "R24: no CR, LF or NUL in decoded text");
}

void check_parameters(const std::vector<mime::Parameter>& parameters) {
  for (const mime::Parameter& parameter : parameters)
    require(parameter.name == ascii_lower(parameter.name), "names of parameters are in lower case");
}

void check_field_readers(Octets value) {
  check_shown(mime::decode_text(value));
  check_parameters(mime::parse_content_type(value).parameters);
  check_parameters(mime::parse_disposition(value).parameters);
  mime::decode_parameter_text(value);
  require(mime::parse_date(value).has_value() == mime::parse_date_with_zone(value).has_value(),
          "a date can be read with its zone, or not at all");
  mime::parse_message_ids(value);
  require(mime::unfold(value).size() <= value.size(), "unfolding adds nothing");
}

void check_section(Octets entity) {
  const mime::Header header = mime::read_header(entity);
  require(within(header.octets, entity.size()) && header.body <= entity.size(), "a header lies within its entity");
  for (const mime::Field& field : header.fields)
    require(within(field.whole, header.octets), "fields lie within the header");
}

}  // namespace

void header(Octets input) {
  const auto [charset, value] = split_first_line(input);
  check_field_readers(value);
  check_section(value);
  require(valid_utf8(mime::to_utf8(value, charset).utf8), "text of any charset becomes UTF-8");
  const std::string text = mime::html_to_text(to_valid_utf8(value), kHtmlLimit);
  require(valid_utf8(text) && text.size() <= kHtmlLimit, "text of HTML is UTF-8 within its limit");
}

}  // namespace waxseal::fuzz
