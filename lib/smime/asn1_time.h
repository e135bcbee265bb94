// Time of X.509 as 5280 section 4.1.2.5 writes it: UTCTime "YYMMDDHHMMSSZ" or GeneralizedTime "YYYYMMDDHHMMSSZ".
#pragma once

#include <optional>

#include "base/clock.h"
#include "smime/der.h"

namespace waxseal::smime {

// nullopt: another type, another form, or no date of the calendar.  GeneralizedTime may have a fraction (6960).
std::optional<Time> read_time(const der::Element& element);

}  // namespace waxseal::smime
