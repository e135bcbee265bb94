// EmailSubmission as JSON (RFC 8621 section 7).
#pragma once

#include "jmapd/method.h"

namespace waxseal::jmapd {

std::string_view undo_status_name(store::UndoStatus status);
Json render_submission(const store::Submission& submission);  // every property

}  // namespace waxseal::jmapd
