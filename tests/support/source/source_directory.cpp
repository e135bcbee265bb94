#include "support/source/source_directory.h"

namespace waxseal::test {

const std::string& source_directory() {
  static const std::string directory = WAXSEAL_SOURCE_DIR;
  return directory;
}

}  // namespace waxseal::test
