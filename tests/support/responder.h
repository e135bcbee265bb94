// An HTTP server on loopback for CRLs, OCSP responses and certificates that can misbehave in every way that a fetcher
// must survive (verification.md section 7).  It remembers what it heard: "no connection was made" is asserted here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace waxseal::test {

struct HeardRequest {
  std::string method, target;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

enum class Manner {
  kHonest,
  kSilent,     // reads the request, never answers
  kDripping,   // an octet every 50 ms: no single read is slow
  kEndless,    // chunks without end
  kTruncated,  // announces more than it sends
  kHangUp,     // closes without an answer
  kNotHttp,    // something else entirely
  kHeaderFlood,
};

struct Page {
  std::string body;
  int status = 200;
  std::string etag;           // not empty: 304 to If-None-Match with it
  std::string last_modified;  // the same for If-Modified-Since
  std::string location;
  std::string encoding;  // Content-Encoding
  bool chunked = false;  // no Content-Length
  Manner manner = Manner::kHonest;
  std::function<std::string(const HeardRequest&)> make;  // set: the body
};

class Responder {
 public:
  Responder();  // on a free port of 127.0.0.1
  ~Responder();

  int port() const;
  // "http://HOST:PORT/path": the host is a name that the test's resolver knows.
  std::string url(const std::string& path, const std::string& host = "pki.example.test") const;

  // Every target that begins with `path`; the longest wins.  404 otherwise.
  void serve(const std::string& path, Page page);
  std::vector<HeardRequest> heard() const;
  std::size_t connections() const;  // accepted so far
  std::size_t most_at_once() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal::test
