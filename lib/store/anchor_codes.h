// Which failures at delivery an added trust anchor may cure (TIM-04).  Private to lib/store.
#pragma once

#include "smime/judge.h"

namespace waxseal::store {

// Failed, and one of the codes depends on the anchors.
bool an_anchor_may_help(const smime::Verdict& at_delivery);

}  // namespace waxseal::store
