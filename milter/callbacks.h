// libmilter's side: callbacks as noexcept shells around Message and Filter (rules R9-R11).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "milter/filter.h"

namespace waxseal::milter {

// The filter of the moment; a message keeps the one that it began with.
using FilterSource = std::function<std::shared_ptr<Filter>()>;

// smfi_register, once per process.  Throws std::runtime_error.
void register_callbacks(FilterSource source);

// Waits until no message is being finished: libmilter does not.  false: `patience` was over first.
bool wait_until_nothing_in_flight(std::chrono::milliseconds patience);

}  // namespace waxseal::milter
