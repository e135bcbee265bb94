#include "cli/doctor/postfix_files.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace waxseal::cli::doctor {

namespace {

constexpr int kDeepest = 8;  // of $names in values of $names

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Logical lines: one that starts with white space continues the one before; comments and empty lines are neither.
Result<std::vector<std::string>> logical_lines(const std::string& path) {
  std::ifstream in(path);
  if (!in) return unexpected(path + " cannot be read");
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    const std::string text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (std::isspace(static_cast<unsigned char>(line.front())) != 0 && !out.empty()) {
      out.back() += ' ' + text;
    } else {
      out.push_back(text);
    }
  }
  return out;
}

std::pair<std::string, std::string> assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return {trimmed(text), ""};
  return {trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1))};
}

// service type private unpriv chroot wakeup maxproc command args...
PostfixService service_of(const std::string& line) {
  std::istringstream words(line);
  std::string is_private, unprivileged, chroot, wakeup, limit, word;
  PostfixService out;
  words >> out.name >> out.type >> is_private >> unprivileged >> chroot >> wakeup >> limit >> out.command;
  out.chrooted = chroot == "y";  // "-": not, since Postfix 3.0
  while (words >> word) {
    if (word == "-o" && words >> word) out.options.insert(assignment(word));
  }
  return out;
}

}  // namespace

Result<PostfixFiles> PostfixFiles::read(const std::string& directory) {
  PostfixFiles files;
  const auto main = logical_lines(directory + "/main.cf");
  if (!main) return unexpected(main.error());
  for (const std::string& line : *main) {
    auto [name, value] = assignment(line);
    files.main_[name] = std::move(value);  // the last one counts
  }
  const auto master = logical_lines(directory + "/master.cf");
  if (!master) return unexpected(master.error());
  for (const std::string& line : *master) files.services_.push_back(service_of(line));
  return files;
}

std::string PostfixFiles::expanded(const std::string& text, int depth) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$' || depth >= kDeepest) {
      out += text[at++];
      continue;
    }
    const char open = at + 1 < text.size() ? text[at + 1] : '\0';
    const std::size_t begin = at + (open == '{' || open == '(' ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    const auto found = main_.find(text.substr(begin, end - begin));
    if (found != main_.end()) out += expanded(found->second, depth + 1);
    at = begin == at + 2 && end < text.size() ? end + 1 : end;
    if (end == begin) ++at;
  }
  return out;
}

std::string PostfixFiles::value(const std::string& name, const std::string& fallback) const {
  const auto found = main_.find(name);
  return found == main_.end() ? fallback : expanded(found->second, 0);
}

std::string PostfixFiles::value(const PostfixService& service, const std::string& name,
                                const std::string& fallback) const {
  const auto found = service.options.find(name);
  return found == service.options.end() ? value(name, fallback) : expanded(found->second, 0);
}

const PostfixService* PostfixFiles::service(const std::string& name, const std::string& type) const {
  const auto found = std::find_if(services_.begin(), services_.end(),
                                  [&](const PostfixService& one) { return one.name == name && one.type == type; });
  return found == services_.end() ? nullptr : &*found;
}

}  // namespace waxseal::cli::doctor
