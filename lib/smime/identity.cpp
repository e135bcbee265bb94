#include "smime/identity.h"

#include <algorithm>

#include "base/text.h"
#include "mime/content_type.h"
#include "smime/domain.h"

namespace waxseal::smime {

namespace {

// IDN-22: only A-Z are folded; IDN-23: a local part with any other character is compared as it is.
std::string comparable_local(std::string_view local, const Policy& policy) {
  if (policy.local_part_case_sensitive || !is_ascii(local)) return std::string(local);
  return ascii_lower(local);
}

std::optional<ComparableAddress> comparable(const mime::Mailbox& mailbox, const Policy& policy) {
  auto domain = comparable_domain(mailbox.domain);
  if (!domain || mailbox.local.empty()) return std::nullopt;
  return ComparableAddress{!is_ascii(mailbox.local), comparable_local(mailbox.local, policy), std::move(*domain)};
}

Code code_of(mime::FromFault fault) {
  switch (fault) {
    case mime::FromFault::kMissing:
      return Code::from_missing;
    case mime::FromFault::kMultipleFields:
      return Code::from_multiple_fields;
    case mime::FromFault::kGroup:
      return Code::from_group;
    case mime::FromFault::kUnparsable:
    case mime::FromFault::kNone:
      break;
  }
  return Code::from_unparsable;
}

// --- display names (IDN-06) ---

bool is_address_char(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
         std::string_view("()<>[]:;@\\,\"'").find(c) == std::string_view::npos;
}

// The addr-spec around an "@" in text for people.
mime::Mailbox address_around(std::string_view text, std::size_t at) {
  std::size_t begin = at, end = at + 1;
  while (begin > 0 && is_address_char(text[begin - 1])) --begin;
  while (end < text.size() && is_address_char(text[end])) ++end;
  while (end > at + 1 && text[end - 1] == '.') --end;  // end of a sentence
  return {std::string(text.substr(begin, at - begin)), std::string(text.substr(at + 1, end - at - 1)), {}};
}

bool displays_another_address(const std::vector<mime::Mailbox>& from, const Policy& policy) {
  const ComparableFrom all(from, policy);
  for (const mime::Mailbox& mailbox : from) {
    const std::string_view display = mailbox.display;
    for (std::size_t at = display.find('@'); at != display.npos; at = display.find('@', at + 1)) {
      const mime::Mailbox shown = address_around(display, at);
      if (!shown.local.empty() && !shown.domain.empty() && !all.has(shown, policy)) return true;
    }
  }
  return false;
}

// --- header protection (IDN-30) ---

mime::ContentType content_type(const mime::Header& header) {
  const mime::Field* field = header.first("Content-Type");
  return field == nullptr ? mime::ContentType{} : mime::parse_content_type(field->value);
}

bool has_value(const mime::ContentType& type, std::string_view parameter,
               std::initializer_list<std::string_view> values) {
  return std::any_of(type.parameters.begin(), type.parameters.end(), [&](const mime::Parameter& p) {
    return p.name == parameter &&
           std::any_of(values.begin(), values.end(), [&](std::string_view v) { return ascii_iequals(p.value, v); });
  });
}

bool is_cryptographic_layer(const mime::ContentType& type) {
  return type.is("multipart/signed") || type.is("multipart/encrypted") || type.is("application/pkcs7-mime") ||
         type.is("application/x-pkcs7-mime");
}

bool is_plain_encoding(const mime::Header& header) {
  const std::string encoding = mime::transfer_encoding(header);
  return encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

struct ProtectedHeader {
  bool unreadable = false;  // there is one by declaration, but in a form that only some readers see
  std::optional<mime::Header> header;
};

// RFC8551HP (9788 section 4.10.1): a payload that is exactly message/rfc822.
ProtectedHeader header_of_wrapped_message(const mime::Header& outside, Octets payload) {
  if (!is_plain_encoding(outside)) return {.unreadable = true};  // 2046 section 5.2.1 forbids it; some decode it anyway
  mime::Header inside = mime::read_header(payload.substr(outside.body));
  const mime::ContentType type = content_type(inside);
  if (is_cryptographic_layer(type) || type.parameter("hp") != nullptr) return {};
  return {.header = std::move(inside)};
}

ProtectedHeader protected_header(Octets payload) {
  if (payload.empty()) return {};
  mime::Header header = mime::read_header(payload);
  const mime::ContentType type = content_type(header);
  if (has_value(type, "hp", {"clear", "cipher"}) || has_value(type, "protected-headers", {"v1"}))
    return {.header = std::move(header)};
  if (type.is("message/rfc822") && type.parameter("hp") == nullptr) return header_of_wrapped_message(header, payload);
  return {};
}

// IDN-31: what JMAP shows is the outer From, so the signed one must not say anything else.
bool protected_from_differs(const std::vector<mime::Mailbox>& outer, Octets payload, const Policy& policy) {
  const ProtectedHeader found = protected_header(payload);
  if (found.unreadable) return true;
  if (!found.header || found.header->count("From") == 0) return false;
  const mime::From inner = mime::read_from(*found.header);
  if (inner.fault != mime::FromFault::kNone) return true;
  return !ComparableFrom(outer, policy).is_the_same_as(ComparableFrom(inner.mailboxes, policy));
}

}  // namespace

IdentityFacts identity_facts(const mime::Header& outer, Octets payload, const Policy& policy) {
  IdentityFacts facts;
  mime::From from = mime::read_from(outer);
  if (from.fault != mime::FromFault::kNone || from.mailboxes.empty()) {
    facts.codes.push_back(code_of(from.fault));
    return facts;
  }
  facts.from = std::move(from.mailboxes);
  if (protected_from_differs(facts.from, payload, policy)) facts.codes.push_back(Code::from_protected_mismatch);
  if (policy.display_name_fail && displays_another_address(facts.from, policy))
    facts.codes.push_back(Code::from_display_name);
  return facts;
}

void choose_addresses(const Certificate& certificate, const Policy& policy, Candidate& candidate) {
  const CertNames& names = certificate.names();
  const bool use_subject = !names.san_has_mailbox_names && policy.allow_subject_email;
  candidate.addresses = use_subject ? names.subject : names.san;
  candidate.no_email = candidate.addresses.empty();
  // Names beyond IDN-13's bound are unread, which the reader of the verdict should know as well.
  candidate.bad_email = names.refused_some || names.too_many;
}

ComparableFrom::ComparableFrom(const std::vector<mime::Mailbox>& from, const Policy& policy) {
  for (const mime::Mailbox& mailbox : from) {
    auto address = comparable(mailbox, policy);
    if (address)
      addresses_.insert(*std::move(address));
    else
      complete_ = false;
  }
}

const ComparableAddress* ComparableFrom::find(const CertAddress& address, const Policy& policy) const {
  const auto found = addresses_.find({address.utf8_local, comparable_local(address.local, policy), address.domain});
  return found == addresses_.end() ? nullptr : &*found;
}

bool ComparableFrom::has(const mime::Mailbox& mailbox, const Policy& policy) const {
  const auto address = comparable(mailbox, policy);
  return address && addresses_.contains(*address);
}

bool ComparableFrom::is_the_same_as(const ComparableFrom& other) const {
  return complete_ && other.complete_ && addresses_ == other.addresses_;
}

}  // namespace waxseal::smime
