// libmilter's side: callbacks as noexcept shells around Message and Filter (rules R9-R11).
#pragma once

#include <functional>
#include <memory>

#include "milter/activity.h"
#include "milter/filter.h"

namespace waxseal::milter {

// The filter of the moment; a message keeps the one that it began with.
using FilterSource = std::function<std::shared_ptr<Filter>()>;

enum class Wire { kUnix, kTcp };

// smfi_register, once per process.  Throws std::runtime_error.
void register_callbacks(FilterSource source, Wire wire);

// From now on new connections are refused; those that are there go on.
void refuse_connections();

Activity& activity();

}  // namespace waxseal::milter
