// One stored email with as much of its octets as a selection needs.
#pragma once

#include <string>

#include "jmapd/email_properties.h"
#include "mime/message.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {

class LoadedEmail {
 public:
  // Reads nothing for Needs::kRow and only the beginning of the message for Needs::kHeader.  `row` must outlive this.
  // Throws std::runtime_error if the stored octets are incomplete: an answer never invents a value.
  LoadedEmail(store::Snapshot& snapshot, const store::EmailRow& row, Needs needs);
  LoadedEmail(const LoadedEmail&) = delete;  // the views point into octets_
  LoadedEmail& operator=(const LoadedEmail&) = delete;

  EmailView view() const;

 private:
  void load_header(store::Snapshot& snapshot);
  void load_message(store::Snapshot& snapshot);

  const store::EmailRow& row_;
  Needs needs_;
  std::string octets_;
  mime::Message message_;  // Needs::kHeader: only its header
};

// Octets of a stored message; throws std::runtime_error if they are not all there.
std::string stored_octets(store::Snapshot& snapshot, const Sha256& blob, std::size_t offset, std::size_t length);

}  // namespace waxseal::jmapd
