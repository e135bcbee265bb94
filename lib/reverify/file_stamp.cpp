#include "reverify/file_stamp.h"

#include <sys/stat.h>

#include <sstream>

namespace waxseal::reverify {

std::string file_stamp(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "";
  std::ostringstream out;
  out << status.st_size << ' ' << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << ' ' << status.st_ctim.tv_sec
      << '.' << status.st_ctim.tv_nsec << ' ' << status.st_ino;
  return out.str();
}

}  // namespace waxseal::reverify
