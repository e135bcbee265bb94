// The HTTP server: one thread that waits for all connections, a fixed pool of workers that only ever see whole
// requests.
//
//   accept -> read (event loop, no worker) -> queue (bounded) -> worker: handler, write -> back to the loop
//
// A connection that is idle or slow in sending costs a descriptor and its buffer, never a thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "jmapd/http/message.h"
#include "jmapd/http/tls.h"

namespace waxseal::jmapd::http {

struct ServerOptions {
  std::size_t workers = 8;
  std::size_t max_connections = 1024;   // above: 503 and close
  std::size_t max_queue = 256;          // requests that wait for a worker; above: 503
  std::size_t max_body = 10'000'000;    // octets; above: 413
  std::size_t max_upload = 50'000'000;  // octets of a body that is_upload() lets into a file; above: 413
  std::size_t max_spooled = 1u << 30;   // octets of all such bodies together; above: 503
  std::function<bool(const Request& head)> is_upload = {};
  std::string spool_directory = "/var/tmp";
  std::size_t max_buffered = 256u << 20;          // octets of all requests in memory together; above: 503
  std::vector<std::string> trusted_proxies = {};  // see apply_forwarded()
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds head_timeout{15'000};     // from its first octet to its last
  std::chrono::milliseconds body_timeout{60'000};     // from the end of the head to the last octet of the body
  std::chrono::milliseconds upload_timeout{600'000};  // the same of an upload
  std::chrono::milliseconds write_timeout{60'000};
  std::chrono::milliseconds drain{30'000};  // stop(): how long requests in hand may take
};

class Server {
 public:
  // `handler` is called by several threads at once.  `page` makes the body of a refusal.
  Server(ServerOptions options, const Clock& clock, Handler handler, RefusalPage page);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before start(); listening and non-blocking.  `tls` must outlive this.
  void listen(UniqueFd listener, const TlsCredentials* tls = nullptr);
  void start();
  // Closes the listeners and the idle connections, lets requests in hand finish, and joins every thread.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace waxseal::jmapd::http
