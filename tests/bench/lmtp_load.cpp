// Load driver for LMTP servers: sends one message over and over, on some connections at once, and prints rate and
// latency as one line of JSON.  Latency: from the first octet of MAIL to the reply behind the final dot.
//
//   lmtp_load ADDRESS CONNECTIONS MESSAGES FILE RECIPIENT...      ADDRESS as in lmtp.listen
//
// Every message gets a Message-ID of its own, as real mail does: no server stores it as a duplicate or threads it with
// the others.  FILE must not have one.  Recipients take turns.
#include <atomic>
#include <iostream>
#include <stdexcept>

#include "load.h"

namespace {

using namespace waxseal;

struct Job {
  std::string address;
  std::string message;  // dot-stuffed, ends with CRLF
  std::vector<std::string> recipients;
  std::atomic<bool> complained = false;
};

class LmtpClient final : public load::Client {
 public:
  explicit LmtpClient(Job& job) : job_(job), wire_(job.address) {
    reply();
    wire_.send("LHLO load.example.test\r\n");
    reply();
  }
  ~LmtpClient() override { wire_.send("QUIT\r\n"); }

  bool hand_over(std::size_t number, const std::string& id) override {
    wire_.send("MAIL FROM:<load@example.test>\r\nRCPT TO:<" + job_.recipients[number % job_.recipients.size()] +
               ">\r\nDATA\r\n");
    bool good = expect("250");
    good &= expect("250");
    good &= expect("354");
    wire_.send("Message-ID: <" + id + "@load.example.test>\r\n" + job_.message + ".\r\n");
    return expect("250") && good;
  }

 private:
  bool expect(std::string_view code) {
    const std::string line = reply();
    if (line.starts_with(code)) return true;
    if (!job_.complained.exchange(true)) std::cerr << "refused: " << line << '\n';
    return false;
  }
  // The last line of one reply.
  std::string reply() {
    for (;;) {
      const auto end = buffer_.find("\r\n");
      if (end == std::string::npos) {
        wire_.receive(buffer_);
        continue;
      }
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      if (line.size() < 4 || line[3] != '-') return line;
    }
  }

  Job& job_;
  load::Wire wire_;
  std::string buffer_;
};

std::string stuffed(const std::string& path) {
  std::string out;
  char before = '\n';
  for (const char c : load::read_file(path)) {
    if (before == '\n' && c == '.') out += '.';
    out += c;
    before = c;
  }
  if (!out.ends_with("\r\n")) throw std::runtime_error(path + " does not end with CRLF");
  return out;
}

int run(const std::vector<std::string>& arguments) {
  Job job;
  job.address = arguments[0];
  job.message = stuffed(arguments[3]);
  job.recipients.assign(arguments.begin() + 4, arguments.end());
  return load::drive(std::stoul(arguments[1]), std::stoul(arguments[2]),
                     [&] { return std::make_unique<LmtpClient>(job); });
}

}  // namespace

int main(int argc, char** argv) {
  return load::main_of(argc, argv, 5, "lmtp_load ADDRESS CONNECTIONS MESSAGES FILE RECIPIENT...", run);
}
