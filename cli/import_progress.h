// How far an import is: a bar on a terminal, a line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/importer.h"

namespace waxseal::cli {

struct ImportCounts {
  std::size_t stored = 0, there = 0, copies = 0, failed = 0, unreadable = 0, not_tried = 0;
  std::size_t verified = 0, signature_failed = 0;  // of those stored
  std::uintmax_t octets = 0;                       // looked at

  std::size_t messages() const { return stored + there + copies + failed + unreadable + not_tried; }
  void add(const Imported&);
};

// "[=====>    ]  50 %  1200 messages, 40/s, 0:31 left".  `total` octets; 0: not known.
std::string progress_bar(const ImportCounts&, std::uintmax_t total, std::chrono::duration<double> elapsed);
std::string progress_line(const ImportCounts&);

class ImportProgress {
 public:
  using Steady = std::chrono::steady_clock;

  ImportProgress(std::ostream& err, bool terminal, std::uintmax_t total)
      : err_(err), terminal_(terminal), total_(total) {}
  ~ImportProgress() { clear(); }

  void show(const ImportCounts&);
  void clear();

 private:
  std::ostream& err_;
  const bool terminal_;
  const std::uintmax_t total_;
  const Steady::time_point start_ = Steady::now();
  Steady::time_point next_ = start_;
  bool drawn_ = false;
};

// Octets of the files that MessageWalk would read.
std::uintmax_t octets_below(const std::vector<std::string>& names);

}  // namespace waxseal::cli
