#include "cli/message_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <istream>
#include <iterator>
#include <utility>

#include "base/unique_fd.h"

namespace waxseal::cli {

namespace {

constexpr std::size_t kLongestStream = std::size_t{1} << 30;  // standard input is held in memory

Result<std::string> read_all(int fd) {
  std::string out;
  char buffer[65536];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0) return unexpected(std::string(std::strerror(errno)));
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > kLongestStream) return unexpected("more than 1 GiB");
  }
}

}  // namespace

Result<MessageFile> MessageFile::open(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return unexpected(std::string(std::strerror(errno)));
  MessageFile file;
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    auto text = read_all(fd.get());  // a pipe, or an error such as "Is a directory"
    if (!text) return unexpected(text.error());
    file.copy_ = *std::move(text);
    return file;
  }
  file.size_ = static_cast<std::size_t>(status.st_size);
  void* mapped = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (mapped == MAP_FAILED) return unexpected(std::string(std::strerror(errno)));
  file.mapped_ = mapped;
  return file;
}

Result<MessageFile> MessageFile::read(std::istream& in) {
  MessageFile file;
  file.copy_.assign(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return unexpected("standard input cannot be read");
  return file;
}

MessageFile::MessageFile(MessageFile&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)), size_(other.size_), copy_(std::move(other.copy_)) {}

MessageFile::~MessageFile() {
  if (mapped_ != nullptr) ::munmap(mapped_, size_);
}

std::vector<std::string> expand_directories(const std::vector<std::string>& names) {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      out.push_back(name);
      continue;
    }
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    for (auto entry = fs::recursive_directory_iterator(name, fs::directory_options::skip_permission_denied, error);
         entry != fs::recursive_directory_iterator(); entry.increment(error))
      if (entry->is_regular_file(error)) out.push_back(entry->path().string());
    if (error) out.push_back(name);  // reading it names the problem
    std::sort(out.begin() + first, out.end());
  }
  return out;
}

}  // namespace waxseal::cli
