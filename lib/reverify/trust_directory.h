// Trust anchors from files: trust.directory and, where chosen, the bundle of the operating system.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/trust_anchors.h"

namespace waxseal::reverify {

inline constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

struct TrustSync {
  std::vector<std::string> added, removed;  // subjects
  std::vector<std::string> problems;        // "FILE: why"; nothing is removed while there are any
};

class TrustDirectory {
 public:
  // Empty: that source has no anchors; what it had before is removed.
  TrustDirectory(std::string directory, std::string bundle)
      : directory_(std::move(directory)), bundle_(std::move(bundle)) {}

  // Makes the store's anchors of these sources those of the files.  Reads nothing if no file has changed since the last
  // call.  What was distrusted stays so.  Throws store::Unavailable.
  TrustSync sync(store::Database&, Time now);

 private:
  struct Source;
  std::map<std::string, std::string> stamps() const;

  const std::string directory_, bundle_;
  std::map<std::string, std::string> seen_;  // file -> size, times, inode
  bool complete_ = false;                    // the last call found no problem
};

}  // namespace waxseal::reverify
