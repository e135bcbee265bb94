// Octets of a blob on the wire: a stored message or upload, or one decoded part of it.
#pragma once

#include <optional>
#include <string>

#include "jmapd/blob_id.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {

// nullopt of each: the snapshot's account has no such blob.  A part must be decoded to know its size.
std::optional<std::size_t> blob_octets(store::Snapshot&, const BlobId&);
std::optional<std::string> read_blob_content(store::Snapshot&, const BlobId&);

struct BlobRange {
  std::size_t size = 0;  // of the blob
  std::string octets;    // what there is of the range
};
// Of a whole blob only the range is read.
std::optional<BlobRange> read_blob_range(store::Snapshot&, const BlobId&, std::size_t offset, std::size_t length);

}  // namespace waxseal::jmapd
