// What tells one version of a file from the next.
#pragma once

#include <string>

namespace waxseal::reverify {

// Size, times and inode; "" if the file cannot be seen.
std::string file_stamp(const std::string& path);

}  // namespace waxseal::reverify
