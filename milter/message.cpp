#include "milter/message.h"

#include "base/text.h"

namespace waxseal::milter {

namespace {

constexpr std::size_t kMaxMessageId = 256;

std::string address_text(std::string_view argument, delivery::PathKind kind) {
  if (const auto path = delivery::parse_path(argument, kind)) return path->address.text();
  if (argument.starts_with('<')) argument.remove_prefix(1);
  if (argument.ends_with('>')) argument.remove_suffix(1);
  return std::string(argument.substr(0, delivery::kMaxAddressOctets));
}

void append_with_crlf(std::string& out, std::string_view value) {
  std::size_t begin = 0;  // of what is not yet in `out`
  for (std::size_t lf = value.find('\n'); lf != std::string_view::npos; lf = value.find('\n', lf + 1)) {
    if (lf > 0 && value[lf - 1] == '\r') continue;
    out.append(value, begin, lf - begin) += '\r';
    begin = lf;
  }
  out.append(value, begin);
}

}  // namespace

Message::Message(MessageOptions options, const authres::Options& authres, Standing standing)
    : options_(std::move(options)), authres_(authres), standing_(standing), spool_(options_.spool) {}

void Message::set_sender(std::string_view argument) {
  sender_ = address_text(argument, delivery::PathKind::kReverse);
}

void Message::add_recipient(std::string_view argument, std::string_view resolved) {
  if (recipients_.size() >= kMaxRecipients) {
    excessive_ = true;
    return;
  }
  std::string address = address_text(argument, delivery::PathKind::kForward);
  if (address.find('@') == std::string::npos) {
    if (resolved.find('@') != std::string_view::npos)
      address = address_text(resolved, delivery::PathKind::kForward);
    else
      address += '@' + options_.hostname;
  }
  recipients_.push_back(std::move(address));
}

void Message::append(Octets octets) {
  if (too_large_ || standing_.skipped) return;
  if (spool_.size() + octets.size() > options_.max_octets)
    too_large_ = true;
  else
    spool_.append(octets);
}

void Message::look_at(std::string_view name, std::string_view value) {
  if (message_id_.empty() && ascii_iequals(name, "Message-ID")) message_id_ = trim(value.substr(0, kMaxMessageId));
  const bool result = ascii_iequals(name, authres::kFieldName);
  if (!result && !ascii_iequals(name, authres::kStatusFieldName)) return;
  const std::string key(result ? authres::kFieldName : authres::kStatusFieldName);
  const int index = ++seen_[key];
  if (standing_.trusted || !authres::is_forged(name, value, authres_)) return;
  if (++forged_ > kMaxForgedFields)
    excessive_ = true;
  else
    forged_fields_[key].push_back(index);
}

void Message::add_field(std::string_view name, std::string_view value) {
  look_at(trim(name), value);
  std::string field;
  field.reserve(name.size() + value.size() + 16);  // of which some may be for line ends
  field.append(name).append(options_.leading_space == LeadingSpace::kKept ? ":" : ": ");
  append_with_crlf(field, value);
  append(field += "\r\n");
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
