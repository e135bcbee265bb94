// Runs the administrator's command in this process, at a time that stands still.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "cli/cli.h"
#include "support/pki.h"

namespace waxseal::cli {

struct Ran {
  int status = -1;
  std::string out, err;

  // The lines of `out` as JSON; throws if one is not.
  std::vector<nlohmann::json> json() const {
    std::vector<nlohmann::json> values;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) values.push_back(nlohmann::json::parse(line));
    return values;
  }
};

inline Ran run(const std::vector<std::string>& arguments, const std::string& input = "", bool colour = false,
               Time now = test::default_now(), bool err_terminal = false, bool out_terminal = false) {
  std::istringstream in(input);
  std::ostringstream out, err;
  const ManualClock clock(now);
  Ran ran;
  ran.status = run_cli(arguments, {in, out, err, clock, colour, err_terminal, out_terminal});
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

// A directory of its own, gone afterwards.
class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waxseal-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string write(const std::string& name, std::string_view octets) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << octets;
    return file.string();
  }
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace waxseal::cli
