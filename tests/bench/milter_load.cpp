// Load driver for milters: hands over one message over and over, on some connections at once, as Postfix does, and
// prints rate and latency as one line of JSON.  Latency: from MAIL to the last answer.
//
//   milter_load ADDRESS CONNECTIONS MESSAGES FILE SENDER RECIPIENT...      ADDRESS as in lmtp.listen
//
// Every message gets a Message-ID of its own, as real mail does.  FILE must not have one.  Recipients take turns.
#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "service/connect.h"

namespace {

using namespace waxseal;
using Steady = std::chrono::steady_clock;

struct StepFlags {
  char command;
  std::uint32_t unwanted, silent;
};
constexpr StepFlags kSteps[] = {
    {SMFIC_CONNECT, SMFIP_NOCONNECT, SMFIP_NR_CONN}, {SMFIC_HELO, SMFIP_NOHELO, SMFIP_NR_HELO},
    {SMFIC_MAIL, SMFIP_NOMAIL, SMFIP_NR_MAIL},       {SMFIC_RCPT, SMFIP_NORCPT, SMFIP_NR_RCPT},
    {SMFIC_DATA, SMFIP_NODATA, SMFIP_NR_DATA},       {SMFIC_HEADER, SMFIP_NOHDRS, SMFIP_NR_HDR},
    {SMFIC_EOH, SMFIP_NOEOH, SMFIP_NR_EOH},          {SMFIC_BODY, SMFIP_NOBODY, SMFIP_NR_BODY}};

std::string number(std::uint32_t value) {
  value = htonl(value);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

class Connection {
 public:
  explicit Connection(const std::string& address) {
    auto fd = service::connect_to(address, std::chrono::seconds(5));
    if (!fd) throw std::runtime_error(fd.error());
    fd_ = *std::move(fd);
    write(SMFIC_OPTNEG, number(6) + number(SMFI_CURR_ACTS) + number(SMFI_CURR_PROT));
    flush();
    const std::string answer = read();
    if (answer.size() < 13 || answer[0] != SMFIC_OPTNEG) throw std::runtime_error("no negotiation");
    std::uint32_t steps = 0;
    std::memcpy(&steps, answer.data() + 9, sizeof steps);
    steps_ = ntohl(steps);
    macros(SMFIC_CONNECT, "j", "mx.example.test");
    step(SMFIC_CONNECT, std::string("client.example.test\0"
                                    "4"
                                    "\x09\xdd"
                                    "192.0.2.1\0",
                                    34));
    step(SMFIC_HELO, std::string("client.example.test\0", 20));
  }

  bool keeps_space() const { return (steps_ & SMFIP_HDR_LEADSPC) != 0; }

  void macros(char command, const std::string& name, const std::string& value) {
    write(SMFIC_MACRO, command + name + '\0' + value + '\0');
  }
  // A step that the milter wants, and its answer where it gives one.
  void step(char command, const std::string& data) {
    const auto* const flags =
        std::find_if(std::begin(kSteps), std::end(kSteps), [&](const StepFlags& s) { return s.command == command; });
    if ((steps_ & flags->unwanted) != 0) return;
    write(command, data);
    if ((steps_ & flags->silent) != 0) return;
    flush();
    while (read()[0] == SMFIR_PROGRESS) {
    }
  }
  // true: accepted.
  bool end() {
    write(SMFIC_BODYEOB, "");
    flush();
    for (;;) {
      const char answer = read()[0];
      if (answer == SMFIR_CONTINUE || answer == SMFIR_ACCEPT) return true;
      if (std::strchr("try4d", answer) != nullptr) return false;
    }
  }

 private:
  void write(char command, const std::string& data) {
    out_ += number(static_cast<std::uint32_t>(data.size() + 1)) + command + data;
  }
  void flush() {
    std::string_view octets = out_;
    while (!octets.empty()) {
      const ssize_t n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n > 0)
        octets.remove_prefix(static_cast<std::size_t>(n));
      else
        wait(POLLOUT);
    }
    out_.clear();
  }
  std::string read() {
    std::uint32_t length = 0;
    const std::string head = exactly(sizeof length);
    std::memcpy(&length, head.data(), sizeof length);
    return exactly(ntohl(length));
  }
  std::string exactly(std::size_t count) {
    while (in_.size() < count) {
      char piece[4096];
      const ssize_t n = ::recv(fd_.get(), piece, sizeof piece, 0);
      if (n == 0) throw std::runtime_error("the milter closed the connection");
      if (n > 0)
        in_.append(piece, static_cast<std::size_t>(n));
      else
        wait(POLLIN);
    }
    std::string out = in_.substr(0, count);
    in_.erase(0, count);
    return out;
  }
  void wait(short events) {
    pollfd waiting{fd_.get(), events, 0};
    if (::poll(&waiting, 1, 60'000) == 0) throw std::runtime_error("no answer for a minute");
  }

  UniqueFd fd_;
  std::uint32_t steps_ = 0;
  std::string out_, in_;
};

struct Message {
  std::vector<std::pair<std::string, std::string>> fields;  // values with LF folds, behind the colon
  std::string body;
};

struct Job {
  std::string address, sender;
  Message message;
  std::vector<std::string> recipients;
  std::size_t messages = 0;
  std::atomic<std::size_t> next = 0, refused = 0;
};

Message read_message(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string octets = text.str();
  const std::size_t end = octets.find("\r\n\r\n");
  if (end == std::string::npos) throw std::runtime_error(path + " has no header");
  Message out;
  out.body = octets.substr(end + 4);
  for (std::size_t at = 0; at < end;) {
    std::size_t line = octets.find("\r\n", at);
    while (line < end && (octets[line + 2] == ' ' || octets[line + 2] == '\t')) line = octets.find("\r\n", line + 2);
    const std::string field = octets.substr(at, line - at);
    std::string value = field.substr(field.find(':') + 1);
    std::erase(value, '\r');
    out.fields.emplace_back(field.substr(0, field.find(':')), value);
    at = line + 2;
  }
  return out;
}

void send_field(Connection& connection, const std::string& name, std::string value) {
  if (!connection.keeps_space() && value.starts_with(' ')) value.erase(0, 1);
  connection.step(SMFIC_HEADER, name + '\0' + value + '\0');
}

void deliver(Job& job, std::vector<double>& latencies) {
  Connection connection(job.address);
  const std::string run = std::to_string(Steady::now().time_since_epoch().count());
  for (std::size_t i = job.next++; i < job.messages; i = job.next++) {
    const auto start = Steady::now();
    const std::string id = run + '.' + std::to_string(i);
    connection.macros(SMFIC_MAIL, "i", id);
    connection.step(SMFIC_MAIL, '<' + job.sender + '>' + '\0');
    connection.step(SMFIC_RCPT, '<' + job.recipients[i % job.recipients.size()] + '>' + '\0');
    connection.step(SMFIC_DATA, "");
    send_field(connection, "Message-ID", " <" + id + "@load.example.test>");
    for (const auto& [name, value] : job.message.fields) send_field(connection, name, value);
    connection.step(SMFIC_EOH, "");
    for (std::size_t at = 0; at < job.message.body.size(); at += MILTER_CHUNK_SIZE)
      connection.step(SMFIC_BODY, job.message.body.substr(at, MILTER_CHUNK_SIZE));
    connection.macros(SMFIC_BODYEOB, "i", id);
    if (!connection.end()) ++job.refused;
    latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
  }
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

int run(const std::vector<std::string>& arguments) {
  Job job;
  job.address = arguments[0];
  job.messages = std::stoul(arguments[2]);
  job.message = read_message(arguments[3]);
  job.sender = arguments[4];
  job.recipients.assign(arguments.begin() + 5, arguments.end());
  std::vector<std::vector<double>> latencies(std::stoul(arguments[1]));
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (auto& own : latencies) threads.emplace_back([&] { deliver(job, own); });
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  std::vector<double> all;
  for (const auto& own : latencies) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  std::printf("{\"messages\": %zu, \"refused\": %zu, \"per_second\": %.1f, \"p50_ms\": %.2f, \"p99_ms\": %.2f}\n",
              all.size(), job.refused.load(), static_cast<double>(all.size()) / seconds, percentile(all, 0.5),
              percentile(all, 0.99));
  return job.refused == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::cerr << "usage: milter_load ADDRESS CONNECTIONS MESSAGES FILE SENDER RECIPIENT...\n";
    return 2;
  }
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "milter_load: " << error.what() << '\n';
    return 1;
  }
}
