// main.cf and master.cf, as far as the doctor needs them (postconf(5), master(5)).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace waxseal::cli::doctor {

struct PostfixService {
  std::string name, type, command;
  bool chrooted = false;
  std::map<std::string, std::string> options;  // -o name=value
};

class PostfixFiles {
 public:
  // The error names the file that cannot be read.
  static Result<PostfixFiles> read(const std::string& directory);

  // With $names replaced; `fallback` is Postfix's own default.
  std::string value(const std::string& name, const std::string& fallback = "") const;
  bool sets(const std::string& name) const { return !value(name).empty(); }
  // The same as a service sees it.
  std::string value(const PostfixService&, const std::string& name, const std::string& fallback = "") const;
  // nullptr: there is none.
  const PostfixService* service(const std::string& name, const std::string& type) const;

 private:
  std::string expanded(const std::string& text, int depth) const;

  std::map<std::string, std::string> main_;
  std::vector<PostfixService> services_;
};

}  // namespace waxseal::cli::doctor
