#include "reverify/crl_files.h"

#include <fstream>
#include <sstream>

#include "reverify/file_stamp.h"
#include "smime/crl.h"

namespace waxseal::reverify {

std::vector<std::string> CrlFiles::read(FetchSink& sink, Time now) {
  std::vector<std::string> problems;
  for (const std::string& path : paths_) {
    const std::string stamp = file_stamp(path);
    if (!stamp.empty() && accepted_[path] == stamp) continue;
    std::ifstream in(path, std::ios::binary);
    std::string octets(smime::kMaxCrlOctets + 1, '\0');
    in.read(octets.data(), static_cast<std::streamsize>(octets.size()));
    octets.resize(static_cast<std::size_t>(in.gcount()));
    if (stamp.empty() || in.bad() || octets.empty()) {
      problems.push_back(path + ": cannot be read");
      continue;
    }
    const Acceptance acceptance =
        sink.accept({.kind = store::FetchKind::kCrl, .url = "file:" + path, .until = now}, octets, now);
    if (acceptance.fault.empty()) {
      accepted_[path] = stamp;
    } else {
      problems.push_back(path + ": " + acceptance.fault);
    }
  }
  return problems;
}

}  // namespace waxseal::reverify
