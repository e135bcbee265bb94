#include "fetch/exchange.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/text.h"

namespace waxseal::fetch {

namespace {

constexpr std::size_t kMaxHeaderOctets = 64 * 1024;
constexpr std::size_t kMaxValidator = 256;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

// What the callbacks share.
struct Progress {
  const Exchange& request;
  std::atomic<std::uint64_t>& connections;
  Reply reply;
  std::size_t header_octets = 0;
  bool encoded = false;  // Content-Encoding other than identity
  bool too_large = false, foreign_address = false, stopped = false;
};

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

// A validator is sent back: only what is short and cannot split a request is kept.
void keep(std::string& field, std::string_view value, std::size_t most) {
  if (value.size() <= most && printable(value)) field = value;
}

void read_status(Progress& progress, std::string_view line) {
  progress.reply = {};  // of an interim response (1xx)
  progress.encoded = false;
  const std::size_t space = line.find(' ');
  if (space == line.npos) return;
  const std::string_view digits = line.substr(space + 1, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), progress.reply.status);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* context) {
  Progress& progress = *static_cast<Progress*>(context);
  const std::string_view line(data, size * count);
  progress.header_octets += line.size();
  if (progress.header_octets > kMaxHeaderOctets) return progress.too_large = true, 0;
  if (line.starts_with("HTTP/")) return read_status(progress, line), line.size();
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return line.size();
  const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
  if (ascii_iequals(name, "ETag")) keep(progress.reply.validators.etag, value, kMaxValidator);
  if (ascii_iequals(name, "Last-Modified")) keep(progress.reply.validators.last_modified, value, kMaxValidator);
  if (ascii_iequals(name, "Location")) keep(progress.reply.location, value, kMaxUrlOctets);
  if (ascii_iequals(name, "Content-Encoding")) progress.encoded = !value.empty() && !ascii_iequals(value, "identity");
  return line.size();
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) {
  Progress& progress = *static_cast<Progress*>(context);
  const std::size_t length = size * count;
  if (progress.reply.status != 200 || progress.encoded) return 0;  // nobody reads it
  if (length > progress.request.most_octets - progress.reply.body.size()) return progress.too_large = true, 0;
  progress.reply.body.append(data, length);
  return length;
}

// The last door: whatever libcurl thought, only a vetted address gets a socket.
curl_socket_t on_socket(void* context, curlsocktype, curl_sockaddr* address) {
  Progress& progress = *static_cast<Progress*>(context);
  const auto ip = IpAddress::from_socket(&address->addr);
  const auto& vetted = progress.request.addresses;
  if (!ip || std::find(vetted.begin(), vetted.end(), *ip) == vetted.end()) {
    progress.foreign_address = true;
    return CURL_SOCKET_BAD;
  }
  ++progress.connections;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Progress& progress = *static_cast<Progress*>(context);
  progress.stopped = progress.request.stop && progress.request.stop();
  return progress.stopped ? 1 : 0;
}

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

std::vector<std::string> request_fields(const Exchange& request) {
  std::vector<std::string> out = {"Accept: */*", "Expect:"};
  if (!request.validators.etag.empty()) out.push_back("If-None-Match: " + request.validators.etag);
  if (!request.validators.last_modified.empty())
    out.push_back("If-Modified-Since: " + request.validators.last_modified);
  if (!request.body.empty()) out.push_back("Content-Type: " + request.content_type);
  out.insert(out.end(), request.fields.begin(), request.fields.end());
  return out;
}

// "host:port:address,address" (NET-05).
std::string pin(const Url& server, const std::vector<IpAddress>& addresses) {
  std::string out = server.host + ':' + std::to_string(server.port) + ':';
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) out += ',';
    out += addresses[i].v6 ? '[' + addresses[i].text() + ']' : addresses[i].text();
  }
  return out;
}

void forbid_surprises(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // NET-06: by hand
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);  // NET-07: no decompression
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "waxseal");
  // NET-01: ordinary WebPKI validation where https is allowed, no revocation check of that connection.
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

void set_server(CURL* easy, const Exchange& request) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.text().c_str());
  // Set in any case: the environment (http_proxy) has no say.
  const std::string proxy = request.proxy ? request.proxy->host + ':' + std::to_string(request.proxy->port) : "";
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, request.proxy ? "" : "*");
}

void set_callbacks(CURL* easy, Progress& progress) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &progress);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &progress);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &progress);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

void set_body(CURL* easy, const Exchange& request) {
  if (request.body.empty()) return;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
}

// Milliseconds that are left; at least one.
long left_until(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(1L, static_cast<long>(left.count()));
}

Failure failure(FailureKind kind, std::string detail) {
  return {kind, std::move(detail), {}};
}

Failure failure_of(CURLcode code, const Progress& progress) {
  if (progress.too_large || code == CURLE_FILESIZE_EXCEEDED)
    return failure(FailureKind::kTooLarge, "more than " + std::to_string(progress.request.most_octets) + " octets");
  if (progress.stopped) return failure(FailureKind::kStopped, "the program is about to end");
  if (progress.foreign_address) return failure(FailureKind::kAddress, "a connection to another address was prevented");
  const std::string text = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return failure(FailureKind::kTimeout, "the server did not finish in time");
    case CURLE_PARTIAL_FILE:
      return failure(FailureKind::kTruncated, "the reply is shorter than announced");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
      return failure(FailureKind::kMalformed, text);
    default:
      return failure(FailureKind::kConnection, text);
  }
}

}  // namespace

Result<Reply, Failure> exchange(const Exchange& request, std::atomic<std::uint64_t>& connections) {
  [[maybe_unused]] static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  Progress progress{.request = request, .connections = connections};
  const List fields = list_of(request_fields(request));
  const List pinned = list_of({pin(request.proxy.value_or(request.url), request.addresses)});
  forbid_surprises(easy.get());
  set_server(easy.get(), request);
  set_callbacks(easy.get(), progress);
  set_body(easy.get(), request);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, pinned.get());
  curl_easy_setopt(easy.get(), CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.most_octets));
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()) * 1000);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, left_until(request.deadline));
  const CURLcode code = curl_easy_perform(easy.get());
  const bool own_limit = progress.too_large || progress.stopped || progress.foreign_address;
  // The body of anything but 200 is not read: on_body() ended the transfer.
  const bool refused_body = code == CURLE_WRITE_ERROR && !own_limit;
  if (refused_body && progress.encoded && progress.reply.status == 200)
    return unexpected(failure(FailureKind::kMalformed, "the reply is compressed although nobody asked for it"));
  if (code != CURLE_OK && !refused_body) return unexpected(failure_of(code, progress));
  return std::move(progress.reply);
}

}  // namespace waxseal::fetch
