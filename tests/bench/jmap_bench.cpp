// What a JMAP request costs beside the rows that it reads: requests over keep-alive connections to the real server, and
// the same rows read with pgbench in the same run.
//
//   jmap_bench [MESSAGES [SECONDS]]     10,000 messages and 2 seconds a figure by default
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "jmapd/http/server.h"
#include "jmapd/router.h"
#include "jmapd/session.h"
#include "service/listen.h"
#include "service/log.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::jmapd {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect");
  }
  void send(std::string_view octets) {
    if (::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
  }
  // The answer, by its Content-Length; an answer without one up to the end of its head.
  std::string answer() {
    while (true) {
      const std::size_t head = buffer_.find("\r\n\r\n");
      if (head != buffer_.npos) {
        const std::size_t at = buffer_.find("Content-Length: ");
        const std::size_t size = at < head ? std::stoul(buffer_.substr(at + 16, 20)) : 0;
        if (buffer_.size() >= head + 4 + size) {
          std::string whole = buffer_.substr(0, head + 4 + size);
          buffer_.erase(0, whole.size());
          return whole;
        }
      }
      char octets[65536];
      const ssize_t count = ::recv(fd_.get(), octets, sizeof octets, 0);
      if (count <= 0) throw std::runtime_error("the server closed");
      buffer_.append(octets, static_cast<std::size_t>(count));
    }
  }

 private:
  UniqueFd fd_;
  std::string buffer_;
};

struct Figure {
  double per_second = 0;
  double p50 = 0, p99 = 0;  // milliseconds
};

Figure measure(int port, const std::string& request, int clients, std::chrono::milliseconds time) {
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  const auto begun = Clock::now();
  for (auto& own : latencies) {
    threads.emplace_back([&] {
      Client client(port);
      while (Clock::now() - begun < time) {
        const auto sent = Clock::now();
        client.send(request);
        const std::string answer = client.answer();
        if (!answer.starts_with("HTTP/1.1 200") || answer.find("[\"error\"") != answer.npos) {
          std::cerr << answer.substr(0, 2000) << '\n';
          std::exit(1);
        }
        own.push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::vector<double> all;
  for (const auto& own : latencies) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  return {static_cast<double>(all.size()) / seconds, at(0.5), at(0.99)};
}

// Transactions a second of pgbench with this script.
double floor_of(const std::string& url, const std::string& sql, int clients, std::chrono::milliseconds time) {
  const auto file = std::filesystem::temp_directory_path() / ("waxseal-bench-" + std::to_string(::getpid()) + ".sql");
  std::ofstream(file) << sql;
  const std::string command = "pgbench -n -M prepared -f " + file.string() + " -c " + std::to_string(clients) + " -j " +
                              std::to_string(std::min(clients, 2)) + " -T " + std::to_string(time.count() / 1000) +
                              " '" + url + "' 2>/dev/null";
  double per_second = 0;
  if (FILE* const out = ::popen(command.c_str(), "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, out)) {
      if (std::string_view(line).starts_with("tps = ")) per_second = std::atof(line + 6);
    }
    ::pclose(out);
  }
  std::filesystem::remove(file);
  return per_second;
}

std::string message() {
  std::string text =
      "From: Alice Example <alice@example.org>\r\nTo: Bob <bob@example.org>, carol@example.net\r\n"
      "Subject: About the meeting of Thursday and what follows from it\r\n"
      "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <first@example.org>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  for (int i = 0; i < 100; ++i)
    text += "Line " + std::to_string(i) + " of a letter that is as long as letters are.\r\n";
  return text;
}

// One real message, and copies of its rows.
void fill(reverify::Mailbox& mailbox, int count) {
  mailbox.deliver(message());
  const std::string id = std::to_string(mailbox.account.value), n = std::to_string(count - 1);
  const std::string numbers = " FROM generate_series(1001, 1000 + " + n + ") g, (SELECT * FROM email_meta LIMIT 1) m";
  const std::string blob = "decode(lpad(to_hex(g), 64, '0'), 'hex')", at = "to_timestamp(1780000000 + g)";
  mailbox.database.sql(
      "INSERT INTO threads (account_id, thread_id, modseq) SELECT " + id + ", g, g" + numbers +
      "; INSERT INTO blobs (account_id, blob_id, size, refs) SELECT " + id + ", " + blob + ", m.size, 1" + numbers +
      "; INSERT INTO blob_chunks (account_id, blob_id, seq, data) SELECT " + id + ", " + blob +
      ", 0, c.data FROM generate_series(1001, 1000 + " + n +
      ") g, (SELECT * FROM blob_chunks LIMIT 1) c"
      "; INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at) SELECT " +
      id + ", g, g, g, " + at + numbers +
      "; INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, blob_id, subject, preview, "
      "from_text, "
      "to_text, cc_text, bcc_text, envelope) SELECT " +
      id + ", g, " + at + ", " + at + ", m.size, " + blob +
      ", m.subject, m.preview, m.from_text, m.to_text, m.cc_text, m.bcc_text, m.envelope" + numbers +
      "; INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id) SELECT " + id +
      ", (SELECT mailbox_id FROM mailboxes WHERE role = 'inbox'), " + at + ", g, g" + numbers +
      "; UPDATE account_state SET modseq = 2000000, email_modseq = 2000000; VACUUM ANALYZE");
}

std::string http(const std::string& token, const std::string& calls) {
  const std::string body =
      R"({"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"],"methodCalls":[)" + calls + "]}";
  return "POST /jmap/api HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Row {
  const char* name;
  std::string request;
  std::string sql;
  bool list = true;  // the goals are those of list operations
};

std::vector<Row> rows_of(reverify::Mailbox& mailbox, const std::string& token, int count) {
  const std::string id = std::to_string(mailbox.account.value);
  const std::string account = R"("accountId":")" + to_wire(mailbox.account) + R"(")";
  const std::string inbox = mailbox.database.value("SELECT mailbox_id FROM mailboxes WHERE role = 'inbox'");
  std::string ids, numbers;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(999 + count - i);
    ids += (i ? "," : "") + ("\"e" + number + "\"");
    numbers += (i ? "," : "") + number;
  }
  const std::string epoch = mailbox.database.value("SELECT epoch FROM account_state");
  const std::string query = R"(["Email/query",{)" + account + R"(,"filter":{"inMailbox":"m)" + inbox +
                            R"("},"sort":[{"property":"receivedAt","isAscending":false}],"limit":50},"0"])";
  const std::string list =
      R"(,"properties":["threadId","mailboxIds","keywords","from","to","subject","receivedAt","preview","hasAttachment","size"])";
  const std::string select_query = "SELECT email_id, thread_id FROM email_mailbox WHERE account_id = " + id +
                                   " AND mailbox_id = " + inbox +
                                   " ORDER BY received_at DESC, email_id DESC LIMIT 50;\n";
  const std::string select_list =
      "SELECT e.email_id, e.thread_id, m.blob_id, e.received_at, m.size, e.flags, e.smime_status, e.smime_codes, "
      "e.dlv_status, m.subject, m.preview, m.sent_at, m.has_attachment, m.envelope, (SELECT array_agg(b.mailbox_id) "
      "FROM "
      "email_mailbox b WHERE b.account_id = " +
      id +
      " AND b.email_id = e.email_id) FROM emails e JOIN email_meta m ON m.account_id = e.account_id AND m.email_id = "
      "e.email_id WHERE e.account_id = " +
      id + " AND e.email_id = ANY('{" + numbers +
      "}'::bigint[]);\nSELECT email_id, keyword FROM email_keyword WHERE "
      "account_id = " +
      id + " AND email_id = ANY('{" + numbers + "}'::bigint[]);\n";
  std::string select_bodies = select_list;
  for (int i = 0; i < 50; ++i) {
    select_bodies +=
        "SELECT c.data FROM email_meta m JOIN blob_chunks c ON c.account_id = m.account_id AND c.blob_id = "
        "m.blob_id WHERE m.account_id = " +
        id + " AND m.email_id = " + std::to_string(999 + count - i) + ";\n";
  }
  const std::string since = std::to_string(1000 + count - 51);
  return {
      {"Email/query page of 50", http(token, query), select_query},
      {"Email/get 50 list rows",
       http(token, R"(["Email/get",{)" + account + R"(,"ids":[)" + ids + "]" + list + R"(},"0"])"), select_list},
      {"Email/get 50 text bodies",
       http(token, R"(["Email/get",{)" + account + R"(,"ids":[)" + ids +
                       R"(],"properties":["subject","from","textBody","bodyValues"],"fetchTextBodyValues":true},"0"])"),
       select_bodies, false},
      {"Email/changes from an old state",
       http(token, R"(["Email/changes",{)" + account + R"(,"sinceState":")" + epoch + "." + since + R"("},"0"])"),
       "SELECT email_id FROM emails WHERE account_id = " + id + " AND email_id > " + since +
           " ORDER BY email_id LIMIT 1001;\nSELECT modseq, email_id FROM emails WHERE account_id = " + id +
           " AND modseq > " + since + " AND email_id <= " + since +
           " ORDER BY modseq LIMIT 1001;\n"
           "SELECT modseq, object_id FROM tombstones WHERE account_id = " +
           id + " AND kind = 1 AND modseq > " + since + " ORDER BY modseq LIMIT 1001;\n"},
      {"query and get by reference",
       http(token, query + R"(,["Email/get",{)" + account +
                       R"(,"#ids":{"resultOf":"0","name":"Email/query","path":"/ids"})" + list + R"(},"1"])"),
       select_query + select_list},
  };
}

// 1,000 idle keep-alive connections and 500 event sources beside one client.
void crowd(int port, const std::vector<std::string>& tokens, const std::string& request,
           std::chrono::milliseconds time) {
  const Figure alone = measure(port, request, 1, time);
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 1000; ++i) {
    others.push_back(std::make_unique<Client>(port));
    others.back()->send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    others.back()->answer();
  }
  for (int i = 0; i < 500; ++i) {
    others.push_back(std::make_unique<Client>(port));
    others.back()->send(
        "GET /jmap/eventsource?types=*&closeafter=no&ping=30 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
        tokens[static_cast<std::size_t>(i) % tokens.size()] + "\r\n\r\n");
    others.back()->answer();
  }
  const Figure crowded = measure(port, request, 1, time);
  std::printf(
      "\n1 client alone: p50 %.2f ms; with 1,000 idle connections and 500 event sources: %.2f ms (%.2f times; goal "
      "1.5)\n",
      alone.p50, crowded.p50, crowded.p50 / alone.p50);
}

int run(int count, std::chrono::milliseconds time) {
  rlimit files{8192, 8192};
  ::setrlimit(RLIMIT_NOFILE, &files);
  service::configure_log("jmap_bench", service::Level::kError, false);
  reverify::Mailbox mailbox;
  fill(mailbox, count);
  std::vector<std::string> tokens;
  for (int i = 0; i < 6; ++i) {
    const auto account =
        i == 0 ? mailbox.account
               : *store::create_account(*mailbox.database, "c" + std::to_string(i), {}, mailbox.clock.now());
    tokens.push_back(
        store::create_token(*mailbox.database, account, "bench", store::Scope::kFull, {}, mailbox.clock.now()).secret);
  }
  store::Database database({.url = mailbox.database.url(), .pool_size = 8});
  const auto& methods = method_table();
  Limits limits;
  limits.max_concurrent_requests = 64;
  Router router(
      {database, mailbox.clock, limits, methods, served_capabilities(methods)},
      {{}, [&](std::string_view token) { return store::authenticate_bearer(database, token, mailbox.clock.now()); }},
      "https://mail.example.net");
  http::ServerOptions options;
  options.workers = 4;
  options.max_connections = 4096;
  http::Server server(
      options, mailbox.clock, [&](const http::Request& request) { return router.handle(request); }, refusal_page);
  auto listener = service::listen_on("inet:127.0.0.1:0");
  const int port = service::local_port(listener->get());
  server.listen(std::move(*listener));
  server.start();

  const auto rows = rows_of(mailbox, tokens[0], count);
  std::printf("%d messages, %u processors, 4 workers\n", count, std::thread::hardware_concurrency());
  std::printf("%-34s %7s %10s %9s %9s %11s %7s\n", "", "clients", "requests/s", "p50 ms", "p99 ms", "floor tps",
              "ratio");
  for (const Row& row : rows) {
    double p50_alone = 0;
    for (const int clients : {1, 8, 32}) {
      const Figure figure = measure(port, row.request, clients, time);
      const double floor = floor_of(mailbox.database.url(), row.sql, clients, time);
      if (clients == 1) p50_alone = figure.p50;
      std::printf("%-34s %7d %10.0f %9.2f %9.2f %11.0f %7.2f", row.name, clients, figure.per_second, figure.p50,
                  figure.p99, floor, floor / figure.per_second);
      if (clients == 32) std::printf("   p99 is %.1f times p50 at 1", figure.p99 / p50_alone);
      std::printf("\n");
      std::fflush(stdout);
    }
  }
  crowd(port, tokens, rows[0].request, time);
  server.stop();
  return 0;
}

}  // namespace
}  // namespace waxseal::jmapd

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 2;
  if (count < 100 || seconds < 1) {
    std::cerr << "usage: jmap_bench [MESSAGES [SECONDS]]\n";
    return 2;
  }
  return waxseal::jmapd::run(count, std::chrono::seconds(seconds));
}
