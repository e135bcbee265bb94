// What EmailSubmission/query and EmailSubmission/queryChanges share (RFC 8621 section 7.3).
#pragma once

#include <string>
#include <vector>

#include "jmapd/arguments.h"

namespace waxseal::jmapd {

// Ids of all submissions that match `filter`, in the order of `sort`.  Throws invalidArguments, unsupportedFilter or
// unsupportedSort before anything is read.
class SubmissionQuery {
 public:
  explicit SubmissionQuery(const Arguments& arguments);
  std::vector<std::string> run(store::Snapshot& snapshot) const;

 private:
  std::function<bool(const store::Submission&)> matches_;
  std::function<bool(const store::Submission&, const store::Submission&)> before_;
};

}  // namespace waxseal::jmapd
