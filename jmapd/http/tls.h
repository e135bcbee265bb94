// TLS of the JMAP server: the room of OpenSSL's libssl.  TLS 1.2 with forward secrecy and AEAD, or 1.3.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "jmapd/http/transport.h"

namespace waxseal::jmapd::http {

// Certificate and key, replaceable while connections are open: those keep what they began with.  Thread-safe.
class TlsCredentials {
 public:
  // PEM files; the certificate first, then its chain.
  TlsCredentials(std::string certificate_file, std::string key_file);
  ~TlsCredentials();

  // Reads the files again.  On an error, which says what to do, what was there stays.
  Result<Done> load();

  // For an accepted socket; nullptr if nothing was ever loaded or memory is short.
  std::unique_ptr<Transport> accept(int fd) const;

 private:
  struct Context;
  const std::string certificate_file_, key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<Context> context_;
};

}  // namespace waxseal::jmapd::http
