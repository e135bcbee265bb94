// Lists that the operator puts into files (fetch.crl_files): read when they change, judged like fetched ones.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reverify/fetch_round.h"

namespace waxseal::reverify {

class CrlFiles {
 public:
  explicit CrlFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Hands what is new to the sink.  "FILE: why" for each that is no evidence; it is tried again, since the certificates
  // that it is about may come later.
  std::vector<std::string> read(FetchSink& sink, Time now);

 private:
  const std::vector<std::string> paths_;
  std::map<std::string, std::string> accepted_;  // path -> stamp
};

}  // namespace waxseal::reverify
