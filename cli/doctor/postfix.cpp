// Postfix's side: that it asks the milter and can reach our sockets from its chroot, and that nothing of it alters
// signed mail on the way.
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "cli/doctor/finding.h"
#include "cli/doctor/postfix_files.h"

namespace waxseal::cli::doctor {

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream words(spaced);
  std::vector<std::string> out;
  for (std::string word; words >> word;) out.push_back(word);
  return out;
}

bool same_file(const std::string& one, const std::string& other) {
  struct stat a {
  }, b{};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Whether processes of Postfix, which run as user and group postfix, may connect.
bool postfix_may_connect(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  if ((status.st_mode & S_IWOTH) != 0) return true;
  const group* postfix = ::getgrnam("postfix");
  return postfix != nullptr && status.st_gid == postfix->gr_gid && (status.st_mode & S_IWGRP) != 0;
}

// What a service names "unix:PATH", as a path of this file system.
std::string outside(const PostfixFiles& files, const PostfixService* service, const std::string& path) {
  const std::string queue = files.value("queue_directory", "/var/spool/postfix");
  if (!path.starts_with('/')) return queue + "/" + path;
  return service != nullptr && service->chrooted ? queue + path : path;
}

void examine_unix_socket(const std::string& setting, const std::string& path, const std::string& ours, Room& room) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
    room.problem(setting + " leads to " + path + ", where no socket is",
                 "let our setting name that path (Postfix's processes see only their queue directory), or use inet");
  } else if (!ours.empty() && !same_file(path, ours)) {
    room.problem(setting + " leads to " + path + ", our setting to " + ours, "let both name the same socket");
  } else if (!postfix_may_connect(path)) {
    room.problem("Postfix may not connect to " + path,
                 "the package waxseal-postfix makes a directory of the right group; or widen socket_mode");
  } else {
    room.good(setting + " reaches " + path);
  }
}

constexpr const char* kUnix = "unix:";

void examine_milter(const service::Config& config, const PostfixFiles& files, Room& room) {
  if (config.milter.socket.empty()) return;
  const PostfixService* smtpd = files.service("smtp", "inet");
  const std::string setting = smtpd ? files.value(*smtpd, "smtpd_milters") : files.value("smtpd_milters");
  const std::string ours = config.milter.socket.starts_with(kUnix) ? config.milter.socket.substr(5) : "";
  const auto milters = words_of(setting);
  if (milters.empty()) {
    room.warning("smtpd_milters is empty: Postfix does not ask waxseal-milter",
                 "take main.cf.snippet of the package waxseal-postfix, then `postfix reload`");
    return;
  }
  for (const std::string& milter : milters)
    if (milter.starts_with(kUnix) && milter.find("waxseal") != milter.npos)
      examine_unix_socket("smtpd_milters", outside(files, smtpd, milter.substr(5)), ours, room);
  const bool stores = config.milter.mode != "annotate";
  const std::string action = files.value("milter_default_action", "tempfail");
  if (stores && action == "accept")
    room.warning("milter_default_action = accept: mail that arrives while waxseal-milter is away is not stored",
                 "set it to tempfail: senders then try again");
  if (!files.sets("non_smtpd_milters"))
    room.note("non_smtpd_milters is empty: mail that is handed in on this machine is not seen",
              "non_smtpd_milters = $smtpd_milters");
}

// Of "lmtp:unix:PATH" or "lmtp:inet:HOST:PORT".
void examine_transport(const service::Config& config, const PostfixFiles& files, const std::string& setting,
                       Room& room) {
  const std::string transport = files.value(setting);
  const std::size_t colon = transport.find(':');
  if (colon == transport.npos || transport.find("waxseal") == transport.npos) return;
  const PostfixService* client = files.service(transport.substr(0, colon), "unix");
  if (client == nullptr) {
    room.problem(setting + " names the service " + transport.substr(0, colon) + ", which master.cf does not have",
                 "take master.cf.snippet of the package waxseal-postfix");
    return;
  }
  const std::string place = transport.substr(colon + 1);
  const auto ours = std::find_if(config.lmtp.listen.begin(), config.lmtp.listen.end(),
                                 [](const std::string& address) { return address.starts_with(kUnix); });
  if (place.starts_with(kUnix))
    examine_unix_socket(setting, outside(files, client, place.substr(5)),
                        ours == config.lmtp.listen.end() ? "" : ours->substr(5), room);
  if (files.value(*client, "lmtp_line_length_limit", "998") != "0")
    room.warning("Postfix's LMTP client breaks lines longer than lmtp_line_length_limit, and with them signatures",
                 "-o lmtp_line_length_limit=0 for the service in master.cf");
  if (files.value(*client, "disable_mime_output_conversion", "no") != "yes")
    room.note("Postfix's LMTP client converts 8-bit mail for servers that do not offer 8BITMIME",
              "-o disable_mime_output_conversion=yes for the service in master.cf");
}

std::size_t number(const std::string& text) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void examine_size(const service::Config& config, const PostfixFiles& files, Room& room) {
  const std::size_t theirs = number(files.value("message_size_limit", "10240000"));
  const std::size_t ours =
      config.milter.socket.empty() ? config.lmtp.max_message_octets : config.milter.max_message_octets;
  if (theirs == 0 || theirs > ours)
    room.warning("Postfix takes messages of " + (theirs == 0 ? "any size" : std::to_string(theirs) + " octets") +
                     ", waxseal of " + std::to_string(ours),
                 "lower message_size_limit, or raise max_message_octets");
}

struct Alters {
  const char* setting;
  const char* how;
};

// Settings with which Postfix or what it calls changes what a signature or the comparison with From covers.
void examine_what_alters(const PostfixFiles& files, Room& room) {
  constexpr Alters kAlters[] = {
      {"content_filter",
       "what it names gets mail before it is stored; a footer or a rewritten MIME part breaks signatures"},
      {"body_checks", "a REPLACE or STRIP rule breaks signatures"},
      {"mime_header_checks", "a REPLACE, STRIP or IGNORE rule breaks signatures"},
      {"nested_header_checks", "a REPLACE, STRIP or IGNORE rule breaks signatures"},
      {"header_checks", "a REPLACE, STRIP or IGNORE rule for From or Content-* fields changes verdicts"},
      {"smtp_header_checks", "a rule for From or Content-* fields changes verdicts at the next hop"},
      {"canonical_maps", "a rewritten From is no longer the signer's address (from_mismatch)"},
      {"sender_canonical_maps", "a rewritten From is no longer the signer's address (from_mismatch)"},
      {"masquerade_domains", "a shortened From is no longer the signer's address (from_mismatch)"},
  };
  bool none = true;
  for (const Alters& row : kAlters) {
    if (!files.sets(row.setting)) continue;
    none = false;
    room.note(std::string(row.setting) + " is set: " + row.how, "make sure that it leaves signed mail alone");
  }
  if (none) room.good("no setting of main.cf rewrites mail");
}

}  // namespace

void examine_postfix(const service::Config* config, const std::string& directory, Findings& findings) {
  Room room("postfix", findings);
  const auto files = PostfixFiles::read(directory);
  if (!files) {
    room.note(files.error(),
              "without Postfix on this machine there is nothing to look at; otherwise name --postfix DIR");
    return;
  }
  if (config != nullptr) {
    examine_milter(*config, *files, room);
    for (const char* setting : {"virtual_transport", "mailbox_transport", "local_transport", "relay_transport"})
      examine_transport(*config, *files, setting, room);
    examine_size(*config, *files, room);
  }
  examine_what_alters(*files, room);
}

}  // namespace waxseal::cli::doctor
