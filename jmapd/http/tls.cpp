#include "jmapd/http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace waxseal::jmapd::http {
namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; rule "forward secrecy and AEAD only"

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::string last_error() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// http/1.1 and nothing else (RFC 7301): a client that offers only others is told so by the handshake.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char kHttp[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kHttp, sizeof kHttp, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class Tls final : public Transport {
 public:
  explicit Tls(std::unique_ptr<SSL, FreeSsl> ssl) : ssl_(std::move(ssl)) {}

  ssize_t receive(char* to, std::size_t size) override {
    ERR_clear_error();
    return outcome(SSL_read(ssl_.get(), to, bounded(size)), receive_wants_);
  }
  ssize_t send(const char* from, std::size_t size) override {
    ERR_clear_error();
    return outcome(SSL_write(ssl_.get(), from, bounded(size)), send_wants_);
  }
  short receive_wants() const override { return receive_wants_; }
  short send_wants() const override { return send_wants_; }
  bool has_more() const override { return SSL_pending(ssl_.get()) > 0; }
  void shut_for_writing() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());  // sends close_notify, waits for nothing
    ERR_clear_error();
  }
  bool secure() const override { return true; }

 private:
  static int bounded(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }
  ssize_t outcome(int count, short& wants) {
    if (count > 0) return count;
    const int error = SSL_get_error(ssl_.get(), count);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      wants = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      errno = EAGAIN;
      return -1;
    }
    errno = ECONNRESET;
    return -1;
  }

  std::unique_ptr<SSL, FreeSsl> ssl_;
  short receive_wants_ = POLLIN;
  short send_wants_ = POLLOUT;
};

}  // namespace

struct TlsCredentials::Context {
  std::unique_ptr<SSL_CTX, FreeContext> ssl;
};

TlsCredentials::TlsCredentials(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}
TlsCredentials::~TlsCredentials() = default;

Result<Done> TlsCredentials::load() {
  auto fresh = std::make_shared<Context>();
  fresh->ssl.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = fresh->ssl.get();
  if (!context) return unexpected("TLS cannot be set up: " + last_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(context, kCiphers) != 1) return unexpected("no cipher is available: " + last_error());
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file_.c_str()) != 1) {
    return unexpected("jmap.tls_certificate " + certificate_file_ + " cannot be used: " + last_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file_.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unexpected("jmap.tls_key " + key_file_ + " cannot be used: " + last_error() +
                      "; may this user read it, and does it belong to the certificate?");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return unexpected("jmap.tls_key " + key_file_ + " does not belong to the first certificate of " +
                      certificate_file_);
  }
  const std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
  return Done{};
}

std::unique_ptr<Transport> TlsCredentials::accept(int fd) const {
  std::shared_ptr<Context> context;
  {
    const std::lock_guard lock(mutex_);
    context = context_;
  }
  if (!context) return nullptr;
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context->ssl.get()));  // holds a reference to the context of its own
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return std::make_unique<Tls>(std::move(ssl));
}

}  // namespace waxseal::jmapd::http
