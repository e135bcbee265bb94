// One stored email with as much of its octets as a selection needs.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jmapd/email_properties.h"
#include "mime/message.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {

// The octets of the emails of a list, in its order: small messages come many at a time, since a round trip for each
// would cost more than they do.
class OctetsAhead {
 public:
  // Both must outlive this.
  OctetsAhead(store::Snapshot& snapshot, const std::vector<store::EmailRow>& rows) : snapshot_(snapshot), rows_(rows) {}
  // `row` is one of `rows`.  nullopt: the message is not small.
  std::optional<std::string> take(const store::EmailRow& row);

 private:
  void read(std::size_t first);

  store::Snapshot& snapshot_;
  const std::vector<store::EmailRow>& rows_;
  std::unordered_map<Sha256, std::string> octets_;
};

class LoadedEmail {
 public:
  // Reads nothing for Needs::kRow and only the beginning of the message for Needs::kHeader.  `row` must outlive this.
  // Throws std::runtime_error if the stored octets are incomplete: an answer never invents a value.
  LoadedEmail(store::Snapshot& snapshot, const store::EmailRow& row, Needs needs, OctetsAhead* ahead = nullptr);
  LoadedEmail(const LoadedEmail&) = delete;  // the views point into octets_
  LoadedEmail& operator=(const LoadedEmail&) = delete;

  EmailView view() const;

 private:
  void read_beginning(store::Snapshot& snapshot);

  const store::EmailRow& row_;
  Needs needs_;
  std::string octets_;
  mime::Message message_;  // Needs::kHeader: only its header
};

// Octets of a stored message; throws std::runtime_error if they are not all there.
std::string stored_octets(store::Snapshot& snapshot, const Sha256& blob, std::size_t offset, std::size_t length);

}  // namespace waxseal::jmapd
