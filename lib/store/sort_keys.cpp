#include "store/sort_keys.h"

#include "base/text.h"
#include "mime/collation.h"

namespace waxseal::store {

namespace {

// More decides nothing that anybody would see.
constexpr std::size_t kKeyOctets = 256;

std::string key_of(std::string_view text) {
  return to_valid_utf8(mime::unicode_casemap(to_valid_utf8(text), kKeyOctets));
}

}  // namespace

std::string address_text(const std::vector<mime::AddressGroup>& field) {
  for (const mime::AddressGroup& group : field) {
    if (group.addresses.empty()) continue;
    const auto& first = group.addresses.front();
    return to_valid_utf8((first.name && !first.name->empty() ? *first.name : first.email).substr(0, kKeyOctets));
  }
  return {};
}

std::string subject_text(std::string_view subject) {
  return to_valid_utf8(mime::base_subject(subject).substr(0, kKeyOctets));
}

std::string address_key(const std::vector<mime::AddressGroup>& field) {
  return key_of(address_text(field));
}

std::string subject_key(std::string_view subject) {
  return key_of(mime::base_subject(subject));
}

}  // namespace waxseal::store
