#include "jmapd/http/front.h"

// <cstdint> and friends come with the precompiled header; httplib of Debian is a compiled library, so that only its
// setters, never its macros, configure it.
#include <httplib.h>

#include "service/log.h"

namespace waxseal::jmapd::http {
namespace {

// What httplib reads: a request without a body.  The target is ours: routes are looked up in the checked request.
std::string head_for_library(const Request& request, Connection connection) {
  std::string head = request.method + " / HTTP/1.1\r\n";
  if (connection == Connection::kClose) head += "Connection: close\r\n";
  return head + "\r\n";
}

class LibraryStream final : public httplib::Stream {
 public:
  LibraryStream(std::string input, Output& output) : input_(std::move(input)), output_(output) {}

  bool is_readable() const override { return !input_.empty(); }
  bool is_writable() const override { return !output_.failed(); }
  ssize_t read(char* to, size_t size) override {
    const std::size_t taken = input_.copy(to, size);
    input_.erase(0, taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, size_t size) override {
    return output_.write({from, size}) ? static_cast<ssize_t>(size) : -1;
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  // Older releases refuse descriptors of 1024 and more (FD_SETSIZE), newer ones poll it: neither is asked to.
  socket_t socket() const override { return INVALID_SOCKET; }

  // Pure virtual in releases after 0.18, hence no `override`.
  bool wait_readable() const { return is_readable(); }
  bool wait_writable() const { return is_writable(); }
  time_t duration() const { return 0; }

 private:
  std::string input_;
  Output& output_;
};

bool write_stream(const Response::Stream& stream, httplib::DataSink& sink) {
  std::size_t written = 0;
  const auto sink_pieces = [&](Octets octets) {
    if (octets.size() > stream.length - written) return false;
    written += octets.size();
    return sink.write(octets.data(), octets.size());
  };
  try {
    // All of it or the end of the connection: httplib would ask again for what is missing.
    return stream.write(sink_pieces) && written == stream.length;
  } catch (const std::exception& error) {  // httplib calls providers outside of its own try
    service::log_error("response_cut_short", {{"error", error.what()}});
    return false;
  }
}

void copy(Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const Field& field : from.fields) to.set_header(field.name.c_str(), field.value);
  if (from.stream && from.stream->length > 0) {
    to.set_content_provider(from.stream->length, from.content_type.c_str(),
                            [stream = std::move(*from.stream)](size_t, size_t, httplib::DataSink& sink) {
                              return write_stream(stream, sink);
                            });
  } else if (!from.content_type.empty()) {
    to.set_content(from.body, from.content_type.c_str());
  }
}

}  // namespace

class Front::Library final : public httplib::Server {
 public:
  Library() {
    // Providers of content think that the server stops as long as it has no listening socket.
    svr_sock_ = 0;
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
      Response answer = (*handler_)(*request_);
      copy(answer, response);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      response.headers.erase("Keep-Alive");                                   // its numbers are not ours
      if (request.method == "HEAD") response.headers.erase("Accept-Ranges");  // R32: ranges are ignored
      if (response.status == 204) response.headers.erase("Content-Length");   // RFC 9110 section 8.6
    });
    // The default would tell the client what().
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) { response.status = 500; });
  }
  ~Library() override { svr_sock_ = INVALID_SOCKET; }

  bool serve(const Request& request, const http::Handler& handler, Connection connection, Output& output) {
    request_ = &request;
    handler_ = &handler;
    LibraryStream stream(head_for_library(request, connection), output);
    return process(*this, stream, connection == Connection::kClose) && output.flush();
  }

 private:
  // 0.18 wants the addresses as well.  A template, so that the branch that does not fit is not looked at.
  template <class Self>
  static bool process(Self& self, httplib::Stream& stream, bool close) {
    bool closed = false;
    if constexpr (requires { self.process_request(stream, close, closed, nullptr); }) {
      return self.process_request(stream, close, closed, nullptr);
    } else {
      return self.process_request(stream, std::string(), 0, std::string(), 0, close, closed, nullptr);
    }
  }

  const Request* request_ = nullptr;
  const http::Handler* handler_ = nullptr;
};

Front::Front() : library_(std::make_unique<Library>()) {}
Front::~Front() = default;

bool Front::serve(const Request& request, const Handler& handler, Connection connection, Output& output) {
  return library_->serve(request, handler, connection, output);
}

}  // namespace waxseal::jmapd::http
