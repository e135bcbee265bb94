// Where the source tree is: tests read its documents and cases.
#pragma once

#include <string>

namespace waxseal::test {

// Absolute path, without a slash at the end.
const std::string& source_directory();

}  // namespace waxseal::test
