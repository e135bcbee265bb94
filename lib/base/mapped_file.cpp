#include "base/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <system_error>

namespace waxseal {

namespace {

constexpr std::size_t kWorthACall = 64 * 1024;

// Where our mappings lie.  Only there may pages be dropped: those of other memory would come back as zeros.
class Mappings {
 public:
  void add(const char* begin, std::size_t size) {
    const std::unique_lock lock(mutex_);
    sizes_.emplace(address(begin), size);
  }
  void remove(const char* begin) {
    const std::unique_lock lock(mutex_);
    sizes_.erase(address(begin));
  }
  void drop(Octets octets) {
    static const std::uintptr_t page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::shared_lock lock(mutex_);
    auto mapping = sizes_.upper_bound(address(octets.data()));
    if (mapping == sizes_.begin()) return;
    --mapping;
    const std::uintptr_t end = std::min(address(octets.data()) + octets.size(), mapping->first + mapping->second);
    const std::uintptr_t begin = address(octets.data()) / page * page;
    if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }

 private:
  static std::uintptr_t address(const char* at) { return reinterpret_cast<std::uintptr_t>(at); }

  std::shared_mutex mutex_;
  std::map<std::uintptr_t, std::size_t> sizes_;
};

Mappings& mappings() {
  static Mappings all;
  return all;
}

}  // namespace

MappedFile::MappedFile(int fd, std::size_t size) {
  if (size == 0) return;
  void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (begin == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping a file");
  view_ = {static_cast<const char*>(begin), size};
  mappings().add(view_.data(), size);
}

MappedFile::~MappedFile() {
  if (view_.empty()) return;
  mappings().remove(view_.data());
  ::munmap(const_cast<char*>(view_.data()), view_.size());
}

void passed(Octets octets) noexcept {
  if (octets.size() >= kWorthACall) mappings().drop(octets);
}

}  // namespace waxseal
