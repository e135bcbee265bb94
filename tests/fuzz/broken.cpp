#include <cstdio>
#include <cstdlib>

#include "fuzz/target.h"

namespace waxseal::fuzz {

void broken(const char* promise) {
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace waxseal::fuzz
