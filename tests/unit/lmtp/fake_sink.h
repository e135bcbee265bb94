// A MessageSink that remembers, and fails when it is told to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "lmtp/session.h"

namespace waxseal::lmtp {

struct Taken {
  std::string sender;
  std::vector<std::string> recipients;
  std::string trace;
  std::string text;
  bool smtputf8 = false;
  std::string client, helo;
};

class FakeSink final : public MessageSink {
 public:
  std::map<std::string, AccountId> accounts{{"bob@example.org", {1}}, {"carol@example.org", {2}}};
  bool available = true;                   // for find_recipient
  std::map<std::string, bool> stores_for;  // false: 451
  std::vector<Taken> taken;

  Found find_recipient(const std::string& address) noexcept override {
    if (!available) return {};
    const auto found = accounts.find(address);
    return found == accounts.end() ? Found{Lookup::kUnknown, {}} : Found{Lookup::kOurs, found->second};
  }

  std::vector<Reply> deliver(const Delivery& delivery) override {
    Taken message;
    const std::string all(delivery.spool->view());
    message.sender = delivery.sender;
    message.trace = all.substr(0, delivery.trace_octets);
    message.text = all.substr(delivery.trace_octets);
    message.smtputf8 = delivery.smtputf8;
    message.client = delivery.forwarded.client();
    message.helo = delivery.forwarded.helo;
    std::vector<Reply> replies;
    for (const auto& recipient : delivery.recipients) {
      const auto found = stores_for.find(recipient.address);
      const bool stored = found == stores_for.end() || found->second;
      message.recipients.push_back(recipient.address);
      replies.push_back(stored ? Reply{250, "2.0.0", "stored", {}} : kStoreUnavailable);
    }
    taken.push_back(message);
    return replies;
  }
};

// A service around one FakeSink, with a clock that stands.
struct World {
  std::shared_ptr<FakeSink> sink = std::make_shared<FakeSink>();
  std::shared_ptr<Service> service = std::make_shared<Service>();
  ManualClock clock{from_epoch(1'795'478'707)};

  World() {
    service->hostname = "mx.example.net";
    service->max_message_octets = 10'000;
    service->max_recipients = 3;
    service->sink = sink;
  }
  Session session() {
    return Session([this] { return service; }, clock);
  }
};

// Feeds `in` in pieces of `chunk` octets and collects what is answered.
inline std::string converse(Session& session, Octets in, std::size_t chunk = 1u << 20) {
  std::string answers;
  while (!session.closed() && !in.empty()) {
    std::string piece(in.substr(0, chunk));
    in.remove_prefix(piece.size());
    while (!piece.empty() && !session.closed()) {
      piece.erase(0, session.feed(piece));
      answers += std::exchange(session.output(), "");
    }
  }
  return answers + std::exchange(session.output(), "");
}

// "250 2.1.0 250 5.1.1": code and enhanced code of each answer, without the words; multi-line answers count once.
inline std::string codes(std::string_view answers) {
  std::string out;
  while (!answers.empty()) {
    const std::string_view line = answers.substr(0, answers.find("\r\n"));
    answers.remove_prefix(line.size() + 2);
    if (line.size() > 3 && line[3] == '-') continue;
    if (!out.empty()) out += ' ';
    out += line.substr(0, 3);
    const std::string_view rest = line.size() > 4 ? line.substr(4, line.substr(4).find(' ')) : std::string_view();
    if (std::count(rest.begin(), rest.end(), '.') == 2 && ascii_digit(rest.front())) out += ' ' + std::string(rest);
  }
  return out;
}

}  // namespace waxseal::lmtp
