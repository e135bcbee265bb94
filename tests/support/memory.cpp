#include "support/memory.h"

#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace waxseal::test {

namespace {

std::size_t status_octets(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10) * 1024;
  return 0;
}

}  // namespace

std::size_t extra_memory(const std::function<void()>& call) {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM begins again
  const std::size_t before = status_octets("VmRSS:");
  call();
  return status_octets("VmHWM:") - before;
}

}  // namespace waxseal::test
