#include "jmapd/relay_settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

constexpr unsigned kPort = 587, kTlsPort = 465;

// HOST, HOST:PORT or [ADDRESS]:PORT.
Result<Done> read_relay(submit::RelayOptions& out, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bare_v6 = std::count(text.begin(), text.end(), ':') > 1 && !text.starts_with('[');
  const bool has_port = colon != text.npos && !bare_v6 && !text.ends_with(']');
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool clean = std::all_of(host.begin(), host.end(), [](char c) {
    return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-' || c == ':';
  });
  if (host.empty() || !clean) return unexpected("submission.relay must be HOST:PORT");
  out.host = host;
  out.port = out.tls == submit::Tls::kImplicit ? kTlsPort : kPort;
  if (!has_port) return Done{};
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error == std::errc() && end == digits.data() + digits.size() && out.port > 0 && out.port < 65536) return Done{};
  return unexpected("submission.relay must end with a port between 1 and 65535");
}

Result<std::string> read_password(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return unexpected("submission.password_file cannot be read: " + file);
  if ((info.st_mode & S_IROTH) != 0) {
    return unexpected(file + " can be read by everybody: chmod 640 it, and give it to the group of the program");
  }
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line.empty()) return unexpected(file + " has no password in its first line");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

Result<submit::RelayOptions> relay_options(const service::Config& config) {
  const auto& given = config.submission;
  submit::RelayOptions out;
  if (given.relay.empty()) return out;
  out.tls = given.tls == "off" ? submit::Tls::kOff
                               : (given.tls == "implicit" ? submit::Tls::kImplicit : submit::Tls::kRequired);
  if (const auto read = read_relay(out, given.relay); !read) return unexpected(read.error());
  out.ca_file = given.ca_file;
  out.hostname = config.hostname;
  out.timeout = std::chrono::seconds(given.timeout_seconds);
  if (given.user.empty()) return out;
  if (out.tls == submit::Tls::kOff) {
    return unexpected("submission.user is set and submission.tls is off: the password would be readable on the way");
  }
  auto password = read_password(given.password_file);
  if (!password) return unexpected(password.error());
  out.user = given.user;
  out.password = *std::move(password);
  return out;
}

SubmissionRules submission_rules(const service::Config& config) {
  const auto& given = config.submission;
  SubmissionRules out;
  out.max_recipients = given.max_recipients;
  out.max_message_octets = given.max_message_octets;
  out.max_delayed_send = Seconds(given.max_delayed_send_seconds);
  out.give_up = Seconds(given.give_up_seconds);
  out.delimiters = config.recipient_delimiter;
  out.own_from = given.own_from;
  for (const std::string& name : given.forbidden) out.forbidden.insert(ascii_lower(name));
  out.sending = {given.messages_per_hour, given.recipients_per_day};
  for (const std::string& name : given.unlimited) out.unlimited.insert(ascii_lower(name));
  for (std::string_view line : given.extensions) {
    std::vector<std::string> words;
    for (line = trim(line); !line.empty(); line = trim(line)) {
      const std::size_t end = std::min(line.find(' '), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(end);
    }
    if (!words.empty()) out.extensions[words.front()] = {words.begin() + 1, words.end()};
  }
  return out;
}

}  // namespace waxseal::jmapd
