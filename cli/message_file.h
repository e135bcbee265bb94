// The octets of a file without a copy, or of standard input.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/octets.h"
#include "base/result.h"

namespace waxseal::cli {

// Owner of a file's octets: mapped if it is a regular file, otherwise read.  A file that shrinks while it is mapped is
// the caller's mistake; mail spools replace files, they do not shorten them.
class MessageFile {
 public:
  static Result<MessageFile> open(const std::string& path);
  static Result<MessageFile> read(std::istream& in);
  MessageFile(MessageFile&& other) noexcept;
  MessageFile& operator=(MessageFile&&) = delete;
  ~MessageFile();

  Octets octets() const {
    return mapped_ != nullptr ? Octets(static_cast<const char*>(mapped_), size_) : Octets(copy_);
  }

 private:
  MessageFile() = default;
  void* mapped_ = nullptr;
  std::size_t size_ = 0;
  std::string copy_;
};

// Files in the order given; a directory stands for all regular files below it, sorted.
std::vector<std::string> expand_directories(const std::vector<std::string>& names);

}  // namespace waxseal::cli
