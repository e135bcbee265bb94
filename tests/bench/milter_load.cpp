// Load driver for milters: hands over one message over and over, on some connections at once, as Postfix does, and
// prints rate and latency as one line of JSON.  Latency: from MAIL to the last answer.
//
//   milter_load ADDRESS CONNECTIONS MESSAGES FILE SENDER RECIPIENT...      ADDRESS as in lmtp.listen
//
// Every message gets a Message-ID of its own, as real mail does.  FILE must not have one.  Recipients take turns.
#include <arpa/inet.h>
#include <libmilter/mfdef.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "load.h"

namespace {

using namespace waxseal;

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
  explicit Connection(const std::string& address) : wire_(address) {
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
    wire_.send(out_);
    out_.clear();
  }
  std::string read() {
    std::uint32_t length = 0;
    const std::string head = exactly(sizeof length);
    std::memcpy(&length, head.data(), sizeof length);
    return exactly(ntohl(length));
  }
  std::string exactly(std::size_t count) {
    while (in_.size() < count) wire_.receive(in_);
    std::string out = in_.substr(0, count);
    in_.erase(0, count);
    return out;
  }

  load::Wire wire_;
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
};

Message read_message(const std::string& path) {
  const std::string octets = load::read_file(path);
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

class MilterClient final : public load::Client {
 public:
  explicit MilterClient(const Job& job) : job_(job), connection_(job.address) {}

  bool hand_over(std::size_t number, const std::string& id) override {
    connection_.macros(SMFIC_MAIL, "i", id);
    connection_.step(SMFIC_MAIL, '<' + job_.sender + '>' + '\0');
    connection_.step(SMFIC_RCPT, '<' + job_.recipients[number % job_.recipients.size()] + '>' + '\0');
    connection_.step(SMFIC_DATA, "");
    send_field("Message-ID", " <" + id + "@load.example.test>");
    for (const auto& [name, value] : job_.message.fields) send_field(name, value);
    connection_.step(SMFIC_EOH, "");
    for (std::size_t at = 0; at < job_.message.body.size(); at += MILTER_CHUNK_SIZE)
      connection_.step(SMFIC_BODY, job_.message.body.substr(at, MILTER_CHUNK_SIZE));
    connection_.macros(SMFIC_BODYEOB, "i", id);
    return connection_.end();
  }

 private:
  void send_field(const std::string& name, std::string value) {
    if (!connection_.keeps_space() && value.starts_with(' ')) value.erase(0, 1);
    connection_.step(SMFIC_HEADER, name + '\0' + value + '\0');
  }

  const Job& job_;
  Connection connection_;
};

int run(const std::vector<std::string>& arguments) {
  Job job;
  job.address = arguments[0];
  job.message = read_message(arguments[3]);
  job.sender = arguments[4];
  job.recipients.assign(arguments.begin() + 5, arguments.end());
  return load::drive(std::stoul(arguments[1]), std::stoul(arguments[2]),
                     [&] { return std::make_unique<MilterClient>(job); });
}

}  // namespace

int main(int argc, char** argv) {
  return load::main_of(argc, argv, 6, "milter_load ADDRESS CONNECTIONS MESSAGES FILE SENDER RECIPIENT...", run);
}
