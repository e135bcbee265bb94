#include "delivery/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace waxseal::delivery {

namespace {

constexpr std::size_t kWriteOctets = 256 * 1024;  // collected before each write() once the message is in the file
constexpr std::size_t kUsualOctets = 16 * 1024;   // most messages: room for them at once instead of by doubling

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
      if (memory_.empty()) memory_.reserve(std::min(room, kUsualOctets));
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

void Spool::cut(std::size_t size) {
  mapping_ = {};
  const std::size_t in_file = std::min(size, file_octets_);
  memory_.resize(std::min(memory_.size(), size - in_file));
  if (!file_) return;
  const auto end = static_cast<off_t>(in_file);  // a write that failed may have gone beyond it
  if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) < 0) fail("cutting the spool file");
  file_octets_ = in_file;
}

std::size_t Spool::read(std::size_t from, char* to, std::size_t size) const {
  if (from >= file_octets_) {
    return from >= this->size() ? 0 : memory_.copy(to, size, from - file_octets_);
  }
  ssize_t count = 0;
  do {
    count = ::pread(file_.get(), to, std::min(size, file_octets_ - from), static_cast<off_t>(from));
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail("reading the spool file");
  if (count == 0) throw std::system_error(EIO, std::generic_category(), "the spool file is shorter than it was");
  return static_cast<std::size_t>(count);
}

Octets Spool::view() {
  if (!file_) return memory_;
  if (!memory_.empty()) flush_to_file();
  if (mapping_.view().empty()) mapping_ = MappedFile(file_.get(), file_octets_);
  return mapping_.view();
}

}  // namespace waxseal::delivery
