#include "milter/message.h"

#include "authres/authres.h"
#include "base/text.h"

namespace waxseal::milter {

namespace {

std::string address_text(std::string_view argument, delivery::PathKind kind) {
  if (const auto path = delivery::parse_path(argument, kind)) return path->address.text();
  if (argument.starts_with('<')) argument.remove_prefix(1);
  if (argument.ends_with('>')) argument.remove_suffix(1);
  return std::string(argument.substr(0, delivery::kMaxAddressOctets));
}

std::string with_crlf(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r')) out += '\r';
    out += value[i];
  }
  return out;
}

}  // namespace

Message::Message(MessageOptions options) : options_(std::move(options)), spool_(options_.spool) {}

void Message::set_sender(std::string_view argument) {
  sender_ = address_text(argument, delivery::PathKind::kReverse);
}

void Message::add_recipient(std::string_view argument) {
  recipients_.push_back(address_text(argument, delivery::PathKind::kForward));
}

void Message::append(Octets octets) {
  if (too_large_) return;
  if (spool_.size() + octets.size() > options_.max_octets)
    too_large_ = true;
  else
    spool_.append(octets);
}

void Message::add_field(std::string_view name, std::string_view value) {
  if (ascii_iequals(trim(name), authres::kFieldName)) result_fields_.emplace_back(value);
  std::string field(name);
  field += options_.leading_space == LeadingSpace::kKept ? ":" : ": ";
  append(field + with_crlf(value) + "\r\n");
}

void Message::end_header() {
  if (!std::exchange(header_ended_, true)) append("\r\n");
}

void Message::add_body(Octets octets) {
  end_header();
  append(octets);
}

Octets Message::octets() {
  end_header();
  return spool_.view();
}

}  // namespace waxseal::milter
