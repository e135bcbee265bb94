// Blob ids on the wire: "b" and the SHA-256 of a stored message in hex; "-" and a partId for one decoded part of it.
// A blob is found only in the account that is asked (rule R30): a digest that somebody else's mail has names nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/sha256.h"

namespace waxseal::jmapd {

struct BlobId {
  Sha256 message;
  std::string part_id;  // empty: the whole message
};

std::string to_wire(const BlobId& id);
std::optional<BlobId> blob_from_wire(std::string_view wire);

}  // namespace waxseal::jmapd
