// Octets of files, read and never mapped: a mapped file that somebody cuts short would end the process.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>

#include "base/result.h"

namespace waxseal::cli {

// Longest message, and longest file that is read as a whole.  Above every limit of verification (verification.md 1.6),
// so that a message over such a limit still gets its verdict.
inline constexpr std::size_t kLongestMessage = std::size_t{256} << 20;

// Reads up to `size` octets; 0: the end.
using ReadOctets = std::function<Result<std::size_t>(char* to, std::size_t size)>;

enum class Opens {
  kAnything,         // a pipe too, for which it waits
  kRegularFileOnly,  // met while walking a directory
};
Result<ReadOctets> open_file(const std::string& path, Opens opens = Opens::kAnything);
ReadOctets read_from(std::istream& in);

Result<std::string> read_file(const std::string& path);

}  // namespace waxseal::cli
