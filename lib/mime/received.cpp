#include "mime/received.h"

namespace waxseal::mime {

std::optional<Time> newest_received(const Header& header) {
  const Field* const field = header.first("Received");
  if (field == nullptr) return std::nullopt;
  const auto semicolon = field->value.rfind(';');
  return semicolon == Octets::npos ? std::nullopt : parse_date(field->value.substr(semicolon + 1));
}

}  // namespace waxseal::mime
