#include "submit/relay_connection.h"

#include <curl/curl.h>
#include <poll.h>

#include "base/text.h"

namespace waxseal::submit {

namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxLines = 100;
constexpr std::chrono::milliseconds kSlice{200};  // how often `stop` is asked
constexpr std::chrono::seconds kInsistence{10};
constexpr const char* kStopped = "the program is about to end";

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

using Clock = std::chrono::steady_clock;

// "250-SIZE 1000": keyword and parameters.
void read_extension(std::map<std::string, std::string>& out, std::string_view line) {
  if (line.size() < 5) return;
  line = trim(line.substr(4));
  const std::size_t space = line.find(' ');
  std::string keyword = ascii_lower(line.substr(0, space));
  for (char& c : keyword) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  out[keyword] = space == line.npos ? "" : std::string(trim(line.substr(space)));
}

}  // namespace

struct RelayConnection::Impl {
  explicit Impl(const RelayOptions& chosen) : options(chosen) {}

  void open();
  void set_server();
  void set_credentials();
  void wait(short events) const;
  std::string read_line();
  bool stopped() const { return !insisting && options.stop && options.stop(); }
  static int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Impl*>(context)->stopped() ? 1 : 0;
  }
  static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* context);
  void heard(std::string_view octets);

  const RelayOptions options;
  Clock::time_point deadline = Clock::now() + options.timeout;
  bool insisting = false;
  std::unique_ptr<CURL, FreeEasy> easy;
  curl_socket_t socket = CURL_SOCKET_BAD;
  std::string buffer;
  std::map<std::string, std::string> extensions;
  bool in_ehlo = false;
  std::string last_line;  // of libcurl's part of the dialogue
};

// libcurl tells what passes over the connection while it makes it.  What we say is looked at for EHLO alone: it may
// hold the password.
int RelayConnection::Impl::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* context) {
  Impl& self = *static_cast<Impl*>(context);
  if (type == CURLINFO_HEADER_OUT) {
    self.in_ehlo = std::string_view(data, size).starts_with("EHLO");
    if (self.in_ehlo) self.extensions.clear();  // what was said before STARTTLS does not count
  }
  if (type == CURLINFO_HEADER_IN) self.heard({data, size});
  return 0;
}

void RelayConnection::Impl::heard(std::string_view octets) {
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find('\n'), octets.size());
    const std::string_view line = trim(octets.substr(0, end));
    if (!line.empty()) last_line = line.substr(0, kMaxLine);
    if (in_ehlo && line.starts_with("250")) read_extension(extensions, line);
    octets.remove_prefix(std::min(end + 1, octets.size()));
  }
}

void RelayConnection::Impl::set_server() {
  const bool v6 = options.host.find(':') != std::string::npos && !options.host.starts_with('[');
  const std::string host = v6 ? "[" + options.host + "]" : options.host;
  const std::string url = std::string(options.tls == Tls::kImplicit ? "smtps" : "smtp") + "://" + host + ":" +
                          std::to_string(options.port) + "/" + options.hostname;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");  // the environment has no say
  curl_easy_setopt(easy.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  const auto use = options.tls == Tls::kOff ? CURLUSESSL_NONE : CURLUSESSL_ALL;
  curl_easy_setopt(easy.get(), CURLOPT_USE_SSL, static_cast<long>(use));
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, options.ca_file.c_str());
}

void RelayConnection::Impl::set_credentials() {
  if (options.user.empty()) return;
  curl_easy_setopt(easy.get(), CURLOPT_USERNAME, options.user.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PASSWORD, options.password.c_str());
}

void RelayConnection::Impl::open() {
  [[maybe_unused]] static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  easy.reset(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  char error[CURL_ERROR_SIZE] = "";
  set_server();
  set_credentials();
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy.get(), CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGFUNCTION, on_debug);
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
  const auto limit = std::chrono::milliseconds(options.timeout).count();
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit));
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit));
  const CURLcode code = curl_easy_perform(easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_VERBOSE, 0L);
  if (code != CURLE_OK) {
    if (code == CURLE_ABORTED_BY_CALLBACK) throw RelayFailure(kStopped);
    const std::string why = *error != '\0' ? error : curl_easy_strerror(code);
    const bool refused = last_line.starts_with('4') || last_line.starts_with('5');
    throw RelayFailure(why + (refused ? " (" + last_line + ")" : ""));
  }
  if (curl_easy_getinfo(easy.get(), CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD) {
    throw RelayFailure("the connection was closed");
  }
}

void RelayConnection::Impl::wait(short events) const {
  auto until = deadline;
  while (true) {
    if (stopped()) throw RelayFailure(kStopped);
    if (until == deadline && options.stop && options.stop()) until = std::min(deadline, Clock::now() + kInsistence);
    if (Clock::now() >= until) throw RelayFailure("the relay did not answer in time");
    pollfd waiting{socket, events, 0};
    if (::poll(&waiting, 1, static_cast<int>(kSlice.count())) != 0) return;
  }
}

std::string RelayConnection::Impl::read_line() {
  while (true) {
    const std::size_t end = buffer.find('\n');
    if (end != buffer.npos) {
      std::string line(trim(std::string_view(buffer).substr(0, end)));
      buffer.erase(0, end + 1);
      return line;
    }
    if (buffer.size() > kMaxLine) throw RelayFailure("the relay's answer is too long");
    char chunk[4096];
    std::size_t got = 0;
    const CURLcode code = curl_easy_recv(easy.get(), chunk, sizeof chunk, &got);
    if (code == CURLE_AGAIN) {
      wait(POLLIN);
      continue;
    }
    if (code != CURLE_OK || got == 0) throw RelayFailure("the relay closed the connection");
    buffer.append(chunk, got);
  }
}

RelayConnection::RelayConnection(const RelayOptions& options) : impl_(std::make_unique<Impl>(options)) {
  impl_->open();
}

// libcurl takes no leave of a connection that it was to make only.
RelayConnection::~RelayConnection() {
  std::size_t sent = 0;
  (void)curl_easy_send(impl_->easy.get(), "QUIT\r\n", 6, &sent);
}

const std::map<std::string, std::string>& RelayConnection::extensions() const {
  return impl_->extensions;
}

Reply RelayConnection::ask(const std::string& command) {
  write(command + "\r\n");
  return read();
}

void RelayConnection::write(Octets octets) {
  while (!octets.empty()) {
    std::size_t sent = 0;
    const CURLcode code = curl_easy_send(impl_->easy.get(), octets.data(), octets.size(), &sent);
    if (code == CURLE_AGAIN) {
      impl_->wait(POLLOUT);
      continue;
    }
    if (code != CURLE_OK) throw RelayFailure("the relay closed the connection");
    octets.remove_prefix(sent);
  }
}

void RelayConnection::insist() {
  impl_->insisting = true;
}

Reply RelayConnection::read() {
  std::vector<std::string> lines;
  do {
    lines.push_back(impl_->read_line());
    const std::string& line = lines.back();
    const bool numbered = line.size() >= 3 && ascii_digit(line[0]) && ascii_digit(line[1]) && ascii_digit(line[2]);
    if (!numbered || lines.size() > kMaxLines) throw RelayFailure("the relay does not speak SMTP");
  } while (lines.back().size() > 3 && lines.back()[3] == '-');
  return read_reply(lines);
}

}  // namespace waxseal::submit
