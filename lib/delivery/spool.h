// Where a message waits while it is received: in memory up to a limit, above it in an unlinked temporary file that is
// mapped for reading.  Nothing here is durable and nothing is acknowledged from here (robustness.md G6): a crash loses
// only what the sender still holds.
#pragma once

#include <cstddef>
#include <string>

#include "base/mapped_file.h"
#include "base/octets.h"
#include "base/unique_fd.h"

namespace waxseal::delivery {

struct SpoolOptions {
  std::size_t memory_octets = 1u << 20;
  std::string directory = "/var/tmp";
};

class Spool {
 public:
  explicit Spool(SpoolOptions options);
  Spool(Spool&&) noexcept;
  Spool& operator=(Spool&&) = delete;

  // Throws std::system_error when the file cannot be made or written (no space).
  void append(Octets octets);
  std::size_t size() const { return file_octets_ + memory_.size(); }
  // Everything that was appended, as one view; valid until the next append() or the end of the spool.  Throws as
  // append().
  Octets view();
  // Forgets everything behind the first `size` octets, of size() or fewer.  Throws as append().
  void cut(std::size_t size);
  // Octets from `from` on, without mapping them: at least one and at most `size`; 0 at the end.  Throws
  // std::system_error.
  std::size_t read(std::size_t from, char* to, std::size_t size) const;

 private:
  void flush_to_file();

  SpoolOptions options_;
  std::string memory_;  // all of it, or what is not yet written to the file
  UniqueFd file_;
  std::size_t file_octets_ = 0;
  MappedFile mapping_;  // of file_octets_ octets, or of nothing
};

}  // namespace waxseal::delivery
