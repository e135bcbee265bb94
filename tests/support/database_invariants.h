// The invariants of schema/README.md, each as a query for what breaks it.
#pragma once

#include <string>

#include "support/database.h"

namespace waxseal::test {

// "" if they hold; otherwise one line for each that does not.
std::string broken_invariants(const TestDatabase& database);

}  // namespace waxseal::test
