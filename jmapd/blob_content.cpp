#include "jmapd/blob_content.h"

#include "jmapd/loaded_email.h"
#include "mime/message.h"

namespace waxseal::jmapd {
namespace {

std::optional<std::string> decoded_part(const std::string& message, const std::string& part_id) {
  const mime::Message parsed = mime::parse_message(message);
  for (const mime::Part& part : parsed.parts) {
    if (!part.is_multipart() && part.part_id == part_id) return mime::decoded_body(message, part);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_blob_content(store::Snapshot& snapshot, const BlobId& id) {
  const auto size = store::blob_size(snapshot, id.message);
  if (!size) return std::nullopt;
  std::string octets = stored_octets(snapshot, id.message, 0, *size);
  if (id.part_id.empty()) return octets;
  return decoded_part(octets, id.part_id);
}

std::optional<std::size_t> blob_octets(store::Snapshot& snapshot, const BlobId& id) {
  if (id.part_id.empty()) return store::blob_size(snapshot, id.message);
  const auto part = read_blob_content(snapshot, id);
  return part ? std::optional(part->size()) : std::nullopt;
}

std::optional<BlobRange> read_blob_range(store::Snapshot& snapshot, const BlobId& id, std::size_t offset,
                                         std::size_t length) {
  if (!id.part_id.empty()) {
    const auto part = read_blob_content(snapshot, id);
    if (!part) return std::nullopt;
    return BlobRange{part->size(), part->substr(std::min(offset, part->size()), length)};
  }
  const auto size = store::blob_size(snapshot, id.message);
  if (!size) return std::nullopt;
  const std::size_t there = offset < *size ? std::min(length, *size - offset) : 0;
  return BlobRange{*size, stored_octets(snapshot, id.message, offset, there)};
}

}  // namespace waxseal::jmapd
