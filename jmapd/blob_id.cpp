#include "jmapd/blob_id.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kMaxPartId = 20;

bool valid_part_id(std::string_view part_id) {
  return !part_id.empty() && part_id.size() <= kMaxPartId && std::all_of(part_id.begin(), part_id.end(), ascii_digit);
}

}  // namespace

std::string to_wire(const BlobId& id) {
  std::string wire = "b" + id.message.hex();
  if (!id.part_id.empty()) wire += "-" + id.part_id;
  return wire;
}

std::optional<BlobId> blob_from_wire(std::string_view wire) {
  if (wire.size() < 1 + kHexDigits || wire.front() != 'b') return std::nullopt;
  const auto digest = Sha256::from_hex(wire.substr(1, kHexDigits));
  if (!digest) return std::nullopt;
  BlobId id{.message = *digest};
  if (wire.size() > 1 + kHexDigits) {
    if (wire[1 + kHexDigits] != '-' || !valid_part_id(wire.substr(2 + kHexDigits))) return std::nullopt;
    id.part_id = wire.substr(2 + kHexDigits);
  }
  // One blob, one id: upper-case digits would be a second one.
  return to_wire(id) == wire ? std::optional(id) : std::nullopt;
}

}  // namespace waxseal::jmapd
