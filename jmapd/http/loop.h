// The event loop behind Server: who may send, who has sent, who has waited too long.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "jmapd/http/peer.h"
#include "jmapd/http/server.h"
#include "jmapd/http/work_queue.h"

namespace waxseal::jmapd::http {

class Server::Loop {
 public:
  Loop(ServerOptions options, const Clock& clock, Handler handler, RefusalPage page);
  ~Loop();
  void listen(UniqueFd listener, const TlsCredentials* tls);
  void start();
  void stop();

 private:
  using Now = std::chrono::steady_clock::time_point;
  struct Listener {
    UniqueFd fd;
    const TlsCredentials* tls;
  };
  struct ReadyStream {
    int fd;
    const EventChannel* events;
  };

  // In the loop's thread:
  void run();
  void wait_for_events();
  void on_event(int fd, Now now);
  void accept_all(const Listener& listener, Now now);
  void admit(std::unique_ptr<Peer> peer, Now now);
  void read_request(Peer& peer, Now now);
  void settle(Peer& peer, Now now);
  void dispatch(Peer& peer, Now now);
  void refuse(Peer& peer, const Refusal& refusal, Now now);
  void linger(Peer& peer, Now now);
  void discard(Peer& peer);
  void wait_for_more(Peer& peer, Now now);
  void set_deadline(Peer& peer, Now now);
  void account(Peer& peer);
  void drop(Peer& peer);
  void take_back_returned(Now now);
  void take_back(Peer& peer, Now now);
  void begin_stream(Peer& peer, Now now);
  void pump(Peer& peer, Now now);
  void pump_ready_streams(Now now);
  void on_stream_event(Peer& peer, Now now);
  void watch_peer(Peer& peer, std::uint32_t events);
  void expire(Now now);
  void begin_stop(Now now);
  void watch_listeners(bool on);
  bool finished(Now now);

  // In a worker's thread:
  void work();
  void answer(Peer& peer, Front& front);
  void give_back(Peer& peer);
  Response handled(const Request& request) const;
  static bool begin_events(Peer& peer, const Response& response, Output& output);
  Response dated(Response response) const;

  void wake();

  const ServerOptions options_;
  const BodyRules rules_;
  const Clock& clock_;
  const Handler handler_;
  const RefusalPage page_;

  UniqueFd epoll_, wake_;
  std::vector<Listener> listeners_;
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
  std::size_t buffered_ = 0;
  std::size_t spooled_ = 0;
  Now next_expiry_{};
  Now drain_deadline_{};
  bool listeners_paused_ = false;  // out of descriptors: looked at again at the next expiry
  bool draining_ = false;
  Front front_;  // for refusals

  WorkQueue<Peer*> queue_;
  std::mutex returned_mutex_;
  std::vector<Peer*> returned_;
  std::vector<ReadyStream> ready_streams_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  std::vector<std::thread> workers_;
};

}  // namespace waxseal::jmapd::http
