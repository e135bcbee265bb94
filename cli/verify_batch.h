// Many messages: judged by several threads, printed in the order in which they were found.
#pragma once

#include <functional>
#include <string>

#include "cli/context.h"
#include "cli/message_walk.h"

namespace waxseal::cli {

// What one message adds to the output.
struct Outcome {
  ExitStatus status = kUsage;
  std::string out, err;
};

// `judge` runs on several threads and must not throw.  Returns the worst status; throws Failure if there is no message
// at all.  Holds at most 64 MiB of messages, or one that is bigger.
ExitStatus verify_batch(Context& context, MessageWalk& walk, const std::function<Outcome(Input)>& judge);

}  // namespace waxseal::cli
