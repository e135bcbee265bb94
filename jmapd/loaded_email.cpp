#include "jmapd/loaded_email.h"

#include <algorithm>
#include <stdexcept>

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kAhead = 1024 * 1024;  // octets of small messages at a time
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

std::optional<std::string> OctetsAhead::take(const store::EmailRow& row) {
  if (row.size > store::kSmallMessage) return std::nullopt;
  if (!octets_.contains(row.blob)) read(static_cast<std::size_t>(&row - rows_.data()));
  auto found = octets_.extract(row.blob);
  if (!found || found.mapped().size() != row.size) return std::nullopt;  // whoever reads it alone says what is wrong
  return std::move(found.mapped());
}

void OctetsAhead::read(std::size_t first) {
  std::vector<Sha256> wanted;
  std::size_t octets = 0;
  for (std::size_t i = first; i < rows_.size() && octets <= kAhead; ++i) {
    if (rows_[i].size > store::kSmallMessage) continue;
    wanted.push_back(rows_[i].blob);
    octets += rows_[i].size;
  }
  octets_ = store::read_small_messages(snapshot_, wanted);
}

LoadedEmail::LoadedEmail(store::Snapshot& snapshot, const store::EmailRow& row, Needs needs, OctetsAhead* ahead)
    : row_(row), needs_(needs) {
  if (needs_ == Needs::kRow) return;
  if (auto whole = ahead != nullptr ? ahead->take(row) : std::nullopt) {
    octets_ = *std::move(whole);
  } else if (needs_ == Needs::kMessage) {
    octets_ = stored_octets(snapshot, row_.blob, 0, row_.size);
  } else {
    read_beginning(snapshot);
  }
  if (needs_ == Needs::kMessage) {
    message_ = mime::parse_message(octets_);
  } else {
    message_.header = mime::read_header(octets_);
  }
}

// As much as holds the header section.
void LoadedEmail::read_beginning(store::Snapshot& snapshot) {
  octets_ = stored_octets(snapshot, row_.blob, 0, std::min(row_.size, kUsualHeaderOctets));
  if (octets_.size() == row_.size || mime::read_header(octets_).fault == mime::HeaderFault::kNone) return;
  octets_ = stored_octets(snapshot, row_.blob, 0, std::min(row_.size, kMostHeaderOctets));
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
