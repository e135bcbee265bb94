#include "delivery/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace waxseal::delivery {

namespace {

constexpr std::size_t kWriteOctets = 256 * 1024;  // collected before each write() once the message is in the file

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// O_TMPFILE never has a name; where the file system does not know it, the name lives for two system calls.
UniqueFd open_unlinked(const std::string& directory) {
  UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  std::string name = directory + "/waxseal-spool-XXXXXX";
  file.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

void write_all(int fd, Octets octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("writing the spool file");
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Spool::Spool(SpoolOptions options) : options_(std::move(options)) {}

Spool::Spool(Spool&& other) noexcept
    : options_(std::move(other.options_)),
      memory_(std::move(other.memory_)),
      file_(std::move(other.file_)),
      file_octets_(std::exchange(other.file_octets_, 0)),
      mapping_(std::move(other.mapping_)) {}

void Spool::append(Octets octets) {
  mapping_ = {};
  while (!octets.empty()) {
    const std::size_t room = file_ ? kWriteOctets : options_.memory_octets;
    if (memory_.size() + octets.size() <= room) {
      memory_ += octets;
      return;
    }
    const Octets piece = octets.substr(0, kWriteOctets);
    memory_ += piece;
    octets.remove_prefix(piece.size());
    flush_to_file();
    passed(piece);
  }
}

void Spool::flush_to_file() {
  if (!file_) {
    file_ = open_unlinked(options_.directory);
    if (!file_) fail("opening a spool file in " + options_.directory);
  }
  write_all(file_.get(), memory_);
  file_octets_ += memory_.size();
  memory_ = std::string();  // gives back what the first flush held
}

Octets Spool::view() {
  if (!file_) return memory_;
  if (!memory_.empty()) flush_to_file();
  if (mapping_.view().empty()) mapping_ = MappedFile(file_.get(), file_octets_);
  return mapping_.view();
}

}  // namespace waxseal::delivery
