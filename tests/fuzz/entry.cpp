// One libFuzzer program per target: WAXSEAL_FUZZ_TARGET names it.
#include <cstdint>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  waxseal::fuzz::WAXSEAL_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
