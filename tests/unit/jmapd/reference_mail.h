// Email objects of this server compared with what other projects expect of their own messages (WAXSEAL_TESTDATA).  What
// differs is listed in tests/jmap/DEVIATIONS.md, with the clause of the RFC that says why.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jmapd/method.h"

namespace waxseal::jmapd {

namespace fs = std::filesystem;

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// "message property" -> both values.
class Deviations {
 public:
  void differ(const std::string& message, const std::string& property, const Json& there, const Json& here);
  void compare(const std::string& message, const std::string& property, const Json& there, const Json& here);
  const std::map<std::string, std::string>& all() const { return all_; }

 private:
  std::map<std::string, std::string> all_;
};

// Rows "| `message` ... | `property` ... | why |" of the table; a row without a clause of an RFC is an error of the
// table.
struct DeviationTable {
  std::set<std::string> known;  // "message property"
  std::vector<std::string> errors;
};
DeviationTable read_deviations(std::string_view text);

// `expected`: an Email object of Stalwart's tests.
void compare_email(const std::string& message, const Json& expected, const Json& actual, Deviations& out);
// `expected`: a message as Stalwart's parser (mail-parser) has it: parts in order, bodies by their numbers.
void compare_parsed(const std::string& message, const Json& expected, const Json& actual, Deviations& out);
// `expected`: a MIME tree of WildDuck.
void compare_tree(const std::string& message, const Json& expected, const Json& actual, Deviations& out);

// textBody, htmlBody and attachments are what the algorithm of RFC 8621 section 4.1.4 makes of bodyStructure.
void check_body_lists(const std::string& message, const Json& email);

}  // namespace waxseal::jmapd
