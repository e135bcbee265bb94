#include "lmtp/next_hop_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace waxseal::lmtp {

namespace {

constexpr std::size_t kWriteOctets = 128 * 1024;
constexpr std::size_t kMaxTextOctets = 400;  // of a reply that is passed on

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxTextOctets)) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

// class "." subject "." detail (RFC 2034, RFC 3463) at the front of `text`, of the class of `code`; "" if there is
// none.
std::string take_enhanced(std::string_view& text, int code) {
  const std::string_view word = text.substr(0, text.find(' '));
  const bool fits = word.size() >= 5 && word.size() <= 9 && word[0] == static_cast<char>('0' + code / 100) &&
                    word.find_first_not_of("0123456789.") == std::string_view::npos && word[1] == '.' &&
                    word.rfind('.') > 2 && word.back() != '.';
  if (!fits) return {};
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return std::string(word);
}

int code_of(std::string_view line) {
  if (line.size() < 3) return 0;
  int code = 0;
  for (const char c : line.substr(0, 3)) {
    if (!ascii_digit(c)) return 0;
    code = code * 10 + (c - '0');
  }
  return line.size() == 3 || line[3] == ' ' || line[3] == '-' ? code : 0;
}

Reply parse_reply(std::string_view line) {
  Reply reply;
  reply.code = code_of(line);
  std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  reply.enhanced = take_enhanced(text, reply.code);
  reply.text = printable(text);
  return reply;
}

}  // namespace

NextHopClient::NextHopClient(UniqueFd fd, const std::string& hostname, std::chrono::milliseconds timeout)
    : fd_(std::move(fd)), timeout_(timeout) {
  if (const Reply greeting = read_reply(); greeting.code != 220) fail("its greeting is " + greeting.lines());
  const Reply hello = ask("LHLO " + hostname);
  if (hello.code != 250) fail("it answers LHLO with " + hello.lines());
  for (const std::string& line : hello.more)
    extensions_.insert([&] {
      std::string keyword = line.substr(0, line.find(' '));
      for (char& c : keyword) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
      return keyword;
    }());
}

NextHopClient::~NextHopClient() {
  constexpr std::string_view kQuit = "QUIT\r\n";
  // A courtesy; nobody waits for the answer.
  if (!broken_) (void)::send(fd_.get(), kQuit.data(), kQuit.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void NextHopClient::fail(const std::string& why) {
  broken_ = true;
  throw NextHopFailure("next hop: " + std::string(trim(why)));
}

void NextHopClient::write(Octets octets) {
  while (!octets.empty()) {
    const ssize_t n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (n > 0) {
      octets.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) fail(std::strerror(errno));
    pollfd waiting{fd_.get(), POLLOUT, 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout_.count())) == 0) fail("it takes nothing more");
  }
}

std::string NextHopClient::read_line() {
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (buffer_.size() > kMaxLineOctets) fail("its answer does not end");
    char piece[4096];
    const ssize_t n = ::recv(fd_.get(), piece, sizeof piece, 0);
    if (n > 0) {
      buffer_.append(piece, static_cast<std::size_t>(n));
      continue;
    }
    if (n == 0) fail("it closed the connection");
    if (errno == EINTR) continue;
    if (errno != EAGAIN) fail(std::strerror(errno));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) fail("it does not answer");
  }
}

Reply NextHopClient::read_reply() {
  Reply reply;
  for (std::size_t lines = 0; lines < kMaxReplyLines; ++lines) {
    const std::string line = read_line();
    const Reply one = parse_reply(line);
    if (one.code < 200 || one.code > 599) fail("it does not speak LMTP: " + printable(line));
    if (lines == 0)
      reply = one;
    else
      reply.more.push_back(one.text);
    if (line.size() < 4 || line[3] != '-') return reply;
  }
  fail("its answer does not end");
}

Reply NextHopClient::ask(const std::string& command) {
  write(command + "\r\n");
  return read_reply();
}

std::string NextHopClient::mail_command(const Envelope& envelope) const {
  std::string command = "MAIL FROM:<" + envelope.sender + '>';
  if (offers("SIZE")) command += " SIZE=" + std::to_string(envelope.size);
  if (envelope.eight_bit && offers("8BITMIME")) command += " BODY=8BITMIME";
  if (envelope.smtputf8) command += " SMTPUTF8";
  return command + "\r\n";
}

std::vector<Reply> NextHopClient::begin(const Envelope& envelope) {
  const std::size_t count = envelope.recipients.size();
  // RFC 6531 section 3.5: such mail may only go to those who can take it.
  if (envelope.smtputf8 && !offers("SMTPUTF8"))
    return std::vector<Reply>(count, Reply{550, "5.6.7", "the next hop does not take SMTPUTF8 mail", {}});
  const bool pipelining = offers("PIPELINING");
  std::string commands = mail_command(envelope);
  std::optional<Reply> mail;
  std::vector<Reply> replies;
  for (std::size_t at = 0; at < count;) {
    const std::size_t end = std::min(count, at + (pipelining ? kPipelined : 1));
    for (std::size_t i = at; i < end; ++i) commands += "RCPT TO:<" + envelope.recipients[i] + ">\r\n";
    write(std::exchange(commands, ""));
    if (!mail) mail = read_reply();
    for (; at < end; ++at) replies.push_back(read_reply());
  }
  if (mail && !mail->positive()) return std::vector<Reply>(count, *mail);
  return replies;
}

// RFC 5321 section 4.5.2
void NextHopClient::write_stuffed(Octets message) {
  std::string out;
  out.reserve(kWriteOctets + 1024);
  for (bool line_start = true; !message.empty();) {
    const std::size_t newline = message.find('\n');
    const Octets line = message.substr(0, newline == Octets::npos ? message.size() : newline + 1);
    if (line_start && line.front() == '.') out += '.';
    out += line;
    line_start = line.back() == '\n';
    message.remove_prefix(line.size());
    if (out.size() >= kWriteOctets) {
      write(out);
      out.clear();
    }
  }
  write(out);
}

std::vector<Reply> NextHopClient::send(Octets message, std::size_t accepted) {
  const bool text = message.ends_with("\r\n");
  if (text || !offers("CHUNKING")) {
    const Reply go = ask("DATA");
    if (go.code != 354) return std::vector<Reply>(accepted, go.positive() ? kInDoubt : go);
    write_stuffed(message);
    write(text ? ".\r\n" : "\r\n.\r\n");
  } else {  // RFC 3030: the only way not to add a line end
    write("BDAT " + std::to_string(message.size()) + " LAST\r\n");
    write(message);
  }
  std::vector<Reply> replies;
  try {
    while (replies.size() < accepted) replies.push_back(read_reply());
  } catch (const NextHopFailure&) {
    replies.resize(accepted, kInDoubt);
  }
  return replies;
}

void NextHopClient::reset() {
  if (const Reply reply = ask("RSET"); !reply.positive()) fail("it answers RSET with " + reply.lines());
}

bool NextHopClient::usable() {
  if (broken_ || !buffer_.empty()) return false;
  pollfd waiting{fd_.get(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;  // 421 or the end would be readable
}

}  // namespace waxseal::lmtp
