#include "submit/submit.h"

#include "base/text.h"

namespace waxseal::submit {

namespace {

// RFC 3461 section 4: these two are xtext.
bool is_xtext(std::string_view name) {
  return ascii_iequals(name, "ENVID") || ascii_iequals(name, "ORCPT") || ascii_iequals(name, "AUTH");
}

std::string xtext(std::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > 0x20 && octet < 0x7f && c != '+' && c != '=') {
      out += c;
    } else {
      out += {'+', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
  return out;
}

std::string parameters_of(const Address& address) {
  std::string out;
  for (const auto& [name, value] : address.parameters) {
    out += ' ' + name;
    if (value) out += '=' + (is_xtext(name) ? xtext(*value) : *value);
  }
  return out;
}

bool needs_utf8(const Message& message) {
  if (!is_ascii(message.from.email)) return true;
  for (const Address& one : message.to) {
    if (!is_ascii(one.email)) return true;
  }
  const std::size_t end = std::min(message.octets.find("\r\n\r\n"), message.octets.find("\n\n"));
  return !is_ascii(message.octets.substr(0, end));
}

std::string mail_command(const RelayConnection& relay, const Message& message) {
  std::string out = "MAIL FROM:<" + message.from.email + ">" + parameters_of(message.from);
  const auto has = [&](const char* name) { return message.from.parameters.contains(name); };
  if (relay.offers("SIZE") && !has("SIZE")) out += " SIZE=" + std::to_string(message.octets.size());
  if (relay.offers("8BITMIME") && !has("BODY") && !is_ascii(message.octets)) out += " BODY=8BITMIME";
  if (needs_utf8(message) && !has("SMTPUTF8")) out += " SMTPUTF8";
  return out;
}

// What is wrong with us and not with the message: the relay wants credentials or TLS, or shuts down.
bool is_ours(int code) {
  return code == 530 || code == 534 || code == 535 || code == 538 || code == 421;
}

Recipient result_of(const Reply& reply) {
  if (reply.positive()) return {Fate::kTaken, reply.text};
  return {reply.permanent() && !is_ours(reply.code) ? Fate::kRefused : Fate::kLater, reply.text};
}

// One message over one connection.
class Dialogue {
 public:
  Dialogue(const RelayOptions& options, const Message& message) : options_(options), message_(message) {
    out_.recipients.resize(message.to.size());
  }

  Outcome run() {
    try {
      RelayConnection relay(options_);
      if (needs_utf8(message_) && !relay.offers("SMTPUTF8")) {
        settle({553, "553 5.6.7 the relay does not take addresses or header fields outside ASCII (SMTPUTF8)"});
      } else if (open(relay)) {
        send(relay);
      }
    } catch (const RelayFailure& failure) {
      fail(failure.what());
    }
    return std::move(out_);
  }

 private:
  // False: nobody is left to send to.
  bool open(RelayConnection& relay) {
    const Reply mail = relay.ask(mail_command(relay, message_));
    if (!mail.positive()) return settle(mail), false;
    for (std::size_t i = 0; i < message_.to.size(); ++i) {
      const Address& to = message_.to[i];
      const Reply reply = relay.ask("RCPT TO:<" + to.email + ">" + parameters_of(to));
      replies_.push_back(reply);
      out_.recipients[i] = result_of(reply);
      if (!reply.positive()) continue;
      out_.recipients[i].fate = Fate::kLater;  // until the relay has all of it
      accepted_.push_back(i);
    }
    return !accepted_.empty();
  }

  void send(RelayConnection& relay) {
    const Reply data = relay.ask("DATA");
    if (data.code != 354) return settle_accepted(data.positive() ? Reply{451, "451 4.5.0 " + data.text} : data);
    // The last octets are the full stop: whatever fails before them, the relay has nothing.
    std::string octets = as_data(message_.octets);
    const std::string stop = octets.substr(octets.size() - 3);
    octets.resize(octets.size() - 3);
    relay.write(octets);
    out_.in_doubt = true;
    relay.insist();
    relay.write(stop);
    const Reply taken = relay.read();
    out_.in_doubt = false;
    settle_accepted(taken);
  }

  void settle(const Reply& reply) {
    for (Recipient& one : out_.recipients) one = result_of(reply);
  }

  // RFC 8621 section 7: the reply to RCPT, unless the message as a whole was refused.
  void settle_accepted(const Reply& reply) {
    for (const std::size_t i : accepted_) {
      out_.recipients[i] = reply.positive() ? Recipient{Fate::kTaken, replies_[i].text} : result_of(reply);
    }
  }

  // Refusals that were heard stay.
  void fail(const std::string& why) {
    for (Recipient& one : out_.recipients) {
      if (one.fate == Fate::kLater) one.reply = "451 4.4.2 " + why;
    }
  }

  const RelayOptions& options_;
  const Message& message_;
  Outcome out_;
  std::vector<Reply> replies_;
  std::vector<std::size_t> accepted_;
};

}  // namespace

// CR and LF alone are line ends too: no two programs on the way must see different ends of the message.
std::string as_data(Octets message) {
  std::string out;
  out.reserve(message.size() + message.size() / 64 + 8);
  bool line_start = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
      out += "\r\n";
      line_start = true;
      continue;
    }
    if (line_start && c == '.') out += '.';
    line_start = false;
    out += c;
  }
  if (!line_start) out += "\r\n";
  return out += ".\r\n";
}

Outcome submit(const RelayOptions& options, const Message& message) {
  return Dialogue(options, message).run();
}

}  // namespace waxseal::submit
