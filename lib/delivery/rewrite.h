// The message as it is stored where fields of ours are added and forged ones removed (AR-16): everything else byte for
// byte.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/pipeline.h"
#include "delivery/spool.h"

namespace waxseal::delivery {

// trace + fields + `message` without the ranges `removed` (in order, not overlapping).
Spool compose(std::string_view trace, std::string_view fields, Octets message, const std::vector<Range>& removed,
              const SpoolOptions& options);

// Our Authentication-Results and X-SMIME-Status fields as lines, or empty if none is to be added.
std::string result_fields(const Judged&, const authres::Options&);

struct Rewritten {
  Spool spool;
  Judged judged;  // of spool.view()
};

// `fields` speak of `judged_message`.  Should the composed octets be judged otherwise (a header limit that our own
// lines exceed), they are left out: a field never says more than what is stored bears out.
Rewritten rewrite(Pipeline&, const Judged& judged_message, std::string_view trace, std::string_view fields,
                  Octets message, const std::vector<Range>& removed, const SpoolOptions& options);

}  // namespace waxseal::delivery
