// A file mapped for reading whose pages a linear pass gives back behind it.
//
// Whoever reads a mapping to its end has all of it resident: a message of 50 MiB that is read six times would count six
// times nothing and once 50 MiB, in every daemon, for each message at once.  The octets are in the kernel's page cache
// anyway, so a page that was passed costs next to nothing to drop and little to find again.
#pragma once

#include <cstddef>
#include <utility>

#include "base/octets.h"

namespace waxseal {

class MappedFile {
 public:
  MappedFile() = default;
  // The first `size` octets of the file.  It must not shrink while it is mapped.  Throws std::system_error.
  MappedFile(int fd, std::size_t size);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : view_(std::exchange(other.view_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(view_, other.view_);
    return *this;
  }

  Octets view() const { return view_; }

 private:
  Octets view_;
};

// `octets` were read and are not needed for a while.  Drops their pages from the resident set if they lie in a
// MappedFile, and does nothing otherwise; reading them again is always right.
void passed(Octets octets) noexcept;

}  // namespace waxseal
