#include "cli/message_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <istream>
#include <memory>

#include "base/unique_fd.h"

namespace waxseal::cli {

namespace {

std::string why() {
  return std::strerror(errno);
}

Result<std::size_t> read_some(int fd, char* to, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return unexpected(why());
  }
}

}  // namespace

Result<ReadOctets> open_file(const std::string& path, Opens opens) {
  const int unblocked = opens == Opens::kRegularFileOnly ? O_NONBLOCK : 0;
  auto fd = std::make_shared<UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | unblocked));
  struct stat status {};
  if (!*fd || ::fstat(fd->get(), &status) != 0) return unexpected(why());
  if (opens == Opens::kRegularFileOnly && !S_ISREG(status.st_mode)) return unexpected("not a regular file");
  return ReadOctets([fd](char* to, std::size_t size) { return read_some(fd->get(), to, size); });
}

ReadOctets read_from(std::istream& in) {
  return [&in](char* to, std::size_t size) -> Result<std::size_t> {
    in.read(to, static_cast<std::streamsize>(size));
    if (in.bad()) return unexpected("standard input cannot be read");
    return static_cast<std::size_t>(in.gcount());
  };
}

Result<std::string> read_file(const std::string& path) {
  const auto read = open_file(path);
  if (!read) return unexpected(read.error());
  std::string out;
  char buffer[65536];
  while (true) {
    const auto got = (*read)(buffer, sizeof buffer);
    if (!got) return unexpected(got.error());
    if (*got == 0) return out;
    out.append(buffer, *got);
    if (out.size() > kLongestMessage) return unexpected("longer than 256 MiB");
  }
}

}  // namespace waxseal::cli
