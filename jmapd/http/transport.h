// Octets over one accepted, non-blocking socket, plain or through TLS.  For one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>

namespace waxseal::jmapd::http {

class Transport {
 public:
  virtual ~Transport() = default;

  // As recv(2) and send(2): 0 is the end, -1 with errno EAGAIN means to try again when the socket is ready for what
  // wants() says.
  virtual ssize_t receive(char* to, std::size_t size) = 0;
  virtual ssize_t send(const char* from, std::size_t size) = 0;
  // POLLIN or POLLOUT, after EAGAIN of receive() or send(); TLS may have to do the other first.
  virtual short receive_wants() const = 0;
  virtual short send_wants() const = 0;
  // Octets that receive() would give without the socket being ready.
  virtual bool has_more() const { return false; }
  // Nothing is sent any more; the peer is told.
  virtual void shut_for_writing() = 0;
  virtual bool secure() const { return false; }
};

std::unique_ptr<Transport> plain_transport(int fd);

}  // namespace waxseal::jmapd::http
