#include "jmapd/http/server.h"

#include "jmapd/http/loop.h"

namespace waxseal::jmapd::http {

Server::Server(ServerOptions options, const Clock& clock, Handler handler, RefusalPage page)
    : loop_(std::make_unique<Loop>(std::move(options), clock, std::move(handler), std::move(page))) {}
Server::~Server() = default;

void Server::listen(UniqueFd listener, const TlsCredentials* tls) {
  loop_->listen(std::move(listener), tls);
}
void Server::start() {
  loop_->start();
}
void Server::stop() {
  loop_->stop();
}

}  // namespace waxseal::jmapd::http
