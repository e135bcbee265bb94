#include "cli/mail_folder.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/text.h"

namespace waxseal::cli {

namespace fs = std::filesystem;

namespace {

void add_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned char kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[more] | (c >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
}

// UTF-16, big-endian.
bool add_utf16(std::string& out, Octets octets) {
  const auto unit = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                 static_cast<unsigned char>(octets[at + 1]));
  };
  if (octets.size() % 2 != 0) return false;
  for (std::size_t at = 0; at < octets.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xdc00 && c < 0xe000) return false;
    if (c >= 0xd800 && c < 0xdc00) {
      at += 2;
      if (at >= octets.size() || (unit(at) & 0xfc00) != 0xdc00) return false;
      c = 0x10000 + ((c & 0x3ff) << 10) + (unit(at) & 0x3ff);
    }
    add_utf8(out, c);
  }
  return true;
}

std::optional<std::string> decoded(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    if (name[at] != '&') {
      out += name[at++];
      continue;
    }
    const std::size_t end = name.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(name.substr(at + 1, end - at - 1));
    std::replace(text.begin(), text.end(), ',', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    const auto octets = unbase64(text);
    if (!octets || !add_utf16(out, *octets)) return std::nullopt;
    if (text.empty()) out += '&';
    at = end + 1;
  }
  return out;
}

bool in_maildir(const fs::path& file) {
  const fs::path directory = file.parent_path().filename();
  return directory == "cur" || directory == "new";
}

// ".Lists.Postfix" is two names, "Lists" one.
void add_names(std::vector<std::string>& path, const std::string& part) {
  if (!part.starts_with('.')) return path.push_back(decode_folder_name(part));
  for (std::size_t begin = 1; begin < part.size();) {
    const std::size_t end = std::min(part.find('.', begin), part.size());
    if (end > begin) path.push_back(decode_folder_name(std::string_view(part).substr(begin, end - begin)));
    begin = end + 1;
  }
}

std::string without_suffix(std::string name) {
  for (const std::string_view suffix : {".sbd", ".mbox"})
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

fs::path normal(const std::string& path) {
  fs::path out = fs::path(path).lexically_normal();
  return out.has_filename() ? out : out.parent_path();
}

}  // namespace

std::string decode_folder_name(std::string_view name) {
  return decoded(name).value_or(std::string(name));
}

std::vector<std::string> folder_of(const Input& input) {
  const fs::path file = normal(input.file), source = normal(input.source);
  const bool maildir = in_maildir(file);
  if (!maildir && (!input.number || file == source)) return {};
  const fs::path folder = maildir ? file.parent_path().parent_path() : file;
  const fs::path below = folder.lexically_relative(source);
  std::vector<std::string> path;
  if (below.empty() || below == "." || *below.begin() == "..") {  // the folder itself was named, or something in it
    if (const std::string name = folder.filename().string(); name.starts_with('.') && name != "..")
      add_names(path, name);
  } else {
    for (const fs::path& part : below) add_names(path, maildir ? part.string() : without_suffix(part.string()));
  }
  if (!path.empty() && ascii_iequals(path.front(), "INBOX")) path.erase(path.begin());
  return path;
}

}  // namespace waxseal::cli
