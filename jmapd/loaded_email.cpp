#include "jmapd/loaded_email.h"

#include <algorithm>
#include <stdexcept>

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kUsualHeaderOctets =
    64 * 1024;  // nearly every header section ends in the first chunk of the store
// A header section over its limit is cut there by mime::read_header(), however much follows.
constexpr std::size_t kMostHeaderOctets = mime::HeaderLimits{}.section_octets + mime::HeaderLimits{}.field_octets;

}  // namespace

std::string stored_octets(store::Snapshot& snapshot, const Sha256& blob, std::size_t offset, std::size_t length) {
  auto octets = store::read_octets(snapshot, blob, offset, length);
  if (!octets) throw std::runtime_error("stored message " + blob.hex() + " is incomplete");
  return *std::move(octets);
}

LoadedEmail::LoadedEmail(store::Snapshot& snapshot, const store::EmailRow& row, Needs needs)
    : row_(row), needs_(needs) {
  if (needs_ == Needs::kHeader) load_header(snapshot);
  if (needs_ == Needs::kMessage) load_message(snapshot);
}

void LoadedEmail::load_header(store::Snapshot& snapshot) {
  octets_ = stored_octets(snapshot, row_.blob, 0, std::min(row_.size, kUsualHeaderOctets));
  message_.header = mime::read_header(octets_);
  if (message_.header.fault == mime::HeaderFault::kNone || octets_.size() == row_.size) return;
  octets_ = stored_octets(snapshot, row_.blob, 0, std::min(row_.size, kMostHeaderOctets));
  message_.header = mime::read_header(octets_);
}

void LoadedEmail::load_message(store::Snapshot& snapshot) {
  octets_ = stored_octets(snapshot, row_.blob, 0, row_.size);
  message_ = mime::parse_message(octets_);
}

EmailView LoadedEmail::view() const {
  switch (needs_) {
    case Needs::kRow:
      return {.row = row_};
    case Needs::kHeader:
      return {.row = row_, .header = &message_.header};
    case Needs::kMessage:
      return {.row = row_, .header = &message_.header, .octets = octets_, .message = &message_};
  }
  return {.row = row_};
}

}  // namespace waxseal::jmapd
