#include "jmapd/http/head.h"

#include <gtest/gtest.h>

#include "jmapd/http/date.h"
#include "jmapd/http/request_reader.h"

namespace waxseal::jmapd::http {
namespace {

using State = RequestReader::State;

// 0: accepted.
int status_of(std::string_view head) {
  const auto parsed = parse_head(head);
  return parsed ? 0 : parsed.error().status;
}

struct Twins {
  std::string accepted;  // between the line of Host and the empty line
  std::string refused;   // differs in one thing
  int status;
};

class Smuggling : public testing::TestWithParam<Twins> {};

TEST_P(Smuggling, OneReadingOrNone) {
  const auto head = [](const std::string& fields) { return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; };
  EXPECT_EQ(status_of(head(GetParam().accepted)), 0) << GetParam().accepted;
  EXPECT_EQ(status_of(head(GetParam().refused)), GetParam().status) << GetParam().refused;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Smuggling,
    testing::Values(
        Twins{"Content-Length: 3\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: 3\r\ncontent-length: 3\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: 3, 3\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: +3\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: -3\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: 0x3\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length:\r\n", 400},
        Twins{"Content-Length: 3\r\n", "Content-Length: 99999999999999999999\r\n", 413},
        Twins{"Content-Length: 3\r\n", "Content-Length : 3\r\n", 400},
        Twins{"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", 400},
        Twins{"Transfer-Encoding: Chunked\r\n", "Transfer-Encoding: xchunked\r\n", 400},
        Twins{"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", 400},
        Twins{"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
        Twins{"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\x0b\r\n", 400},
        Twins{"Accept-Encoding: gzip\r\n", "Content-Encoding: gzip\r\n", 415},
        Twins{"A: b\r\n", "A: b\r\n c\r\n", 400},               // obs-fold
        Twins{"A: b\r\n", " A: b\r\n", 400},                    //
        Twins{"A: b\r\n", "A: b\rc\r\n", 400},                  // bare CR
        Twins{"A: b\r\n", "A: b\nC: d\r\n", 400},               // bare LF
        Twins{"A: b\r\n", std::string("A: b\0c\r\n", 9), 400},  // NUL
        Twins{"A: b\tc\r\n",
              "A: b\x01"
              "c\r\n",
              400},                                                 //
        Twins{"A: b\r\n", "A : b\r\n", 400},                        // space before the colon
        Twins{"A: b\r\n", "A\r\n", 400},                            //
        Twins{"A: b\r\n", ": b\r\n", 400},                          //
        Twins{"A: b\r\n", "A(: b\r\n", 400},                        //
        Twins{"A: x%20y\r\n", "A: x%0d%0aSet-Cookie: y\r\n", 400},  // httplib 0.11 decodes values
        Twins{"A: x%20y\r\n", "A: x%0Ay\r\n", 400},                 //
        Twins{"A: b\r\n", "Host: h\r\n", 400},                      // Host twice
        Twins{"Content-Length: 1\r\nExpect: 100-continue\r\n", "Content-Length: 1\r\nExpect: tea\r\n", 417}));

struct Line {
  const char* head;
  int status;
};
class RequestLine : public testing::TestWithParam<Line> {};

TEST_P(RequestLine, IsReadStrictly) {
  EXPECT_EQ(status_of(GetParam().head), GetParam().status) << GetParam().head;
}

INSTANTIATE_TEST_SUITE_P(Head, RequestLine,
                         testing::Values(Line{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 0},            //
                                         Line{"GET / HTTP/1.1\r\n\r\n", 400},                     // HTTP/1.1 needs Host
                                         Line{"GET / HTTP/1.0\r\n\r\n", 0},                       //
                                         Line{"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},          //
                                         Line{"GET / FTP/1.1\r\nHost: h\r\n\r\n", 400},           //
                                         Line{"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},         // two spaces
                                         Line{"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 505},         //
                                         Line{"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},       //
                                         Line{"GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},      //
                                         Line{"GET /#f HTTP/1.1\r\nHost: h\r\n\r\n", 400},        //
                                         Line{"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},          //
                                         Line{"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 0},   // absolute-form
                                         Line{"GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},  //
                                         Line{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 0},        //
                                         Line{"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},          //
                                         Line{"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},         //
                                         Line{"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},          //
                                         Line{"GET / HTTP/1.1\r\nHost: h/../\r\n\r\n", 400},      //
                                         Line{"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},     //
                                         Line{"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 0},  // RFC 9112 section 2.2
                                         Line{"GET / HTTP/1.1\r\nHost: h\r\n", 400},        //
                                         Line{"\r\n\r\n", 400}, Line{"", 400}));

TEST(Head, GivesPathQueryHostAndLowerCaseNames) {
  const auto head = parse_head("GET /a%2Fb?c=d?e HTTP/1.1\r\nHOST: mail.example:8080\r\nX-Y:  z \r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.path, "/a%2Fb");
  EXPECT_EQ(head->request.query, "c=d?e");
  EXPECT_EQ(head->request.host, "mail.example:8080");
  EXPECT_EQ(head->request.field("x-y"), "z");
  EXPECT_EQ(head->request.field("x-z"), "");
}

TEST(Head, TheAuthorityOfTheTargetReplacesHost) {
  const auto head = parse_head("GET http://right/p HTTP/1.1\r\nHost: wrong\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.host, "right");
  EXPECT_EQ(head->request.path, "/p");
}

TEST(Head, KeepsTheConnectionUnlessToldOtherwise) {
  const auto keeps = [](std::string_view line, std::string_view fields) {
    const auto head = parse_head(std::string(line) + "\r\nHost: h\r\n" + std::string(fields) + "\r\n");
    return head && head->keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1", ""));
  EXPECT_TRUE(keeps("GET / HTTP/1.1", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: te, Close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0", ""));
}

TEST(Head, LimitsAreExact) {
  const auto with_fields = [](std::size_t count) {
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (std::size_t i = 1; i < count; ++i) head += "A: b\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(status_of(with_fields(kMaxFields)), 0);
  EXPECT_EQ(status_of(with_fields(kMaxFields + 1)), 431);
  const auto with_target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  EXPECT_EQ(status_of(with_target(kMaxTarget)), 0);
  EXPECT_EQ(status_of(with_target(kMaxTarget + 1)), 414);
  const std::string frame = "GET / HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n";
  const auto of_size = [&](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(size - frame.size(), 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(of_size(kMaxHead)), 0);
  EXPECT_EQ(status_of(of_size(kMaxHead + 1)), 431);
}

std::vector<std::string> bodies(const std::string& octets, std::size_t piece, State* last = nullptr) {
  std::vector<std::string> out;
  const BodyRules reader_rules{.max_body = 100};
  RequestReader reader(reader_rules);
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    reader.feed(std::string_view(octets).substr(at, piece));
    while (reader.state() == State::kReady) out.push_back(reader.take().request.body);
  }
  if (last) *last = reader.state();
  return out;
}

TEST(RequestReader, ReadsTheSameInPiecesOfEverySize) {
  const std::string octets =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nfirst"
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
      "\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nsec\r\n3\r\nond\r\n0\r\nTrailer: z\r\n\r\n"
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nthird";
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    State last = State::kRefused;
    EXPECT_EQ(bodies(octets, piece, &last), (std::vector<std::string>{"first", "", "second", "third"})) << piece;
    EXPECT_EQ(last, State::kIdle);
  }
}

struct Chunks {
  std::string body;
  int status;  // 0: read whole; -1: more is awaited
};
class Chunked : public testing::TestWithParam<Chunks> {};

TEST_P(Chunked, IsReadStrictlyAndWithinLimits) {
  const BodyRules reader_rules{.max_body = 100};
  RequestReader reader(reader_rules);
  reader.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + GetParam().body);
  const int got = reader.state() == State::kReady     ? 0
                  : reader.state() == State::kRefused ? reader.refusal().status
                                                      : -1;
  EXPECT_EQ(got, GetParam().status) << GetParam().body.substr(0, 60);
}

INSTANTIATE_TEST_SUITE_P(Coding, Chunked,
                         testing::Values(Chunks{"1\r\na\r\n0\r\n\r\n", 0},      //
                                         Chunks{"1\r\na\r\n0\r\n", -1},         //
                                         Chunks{"1\r\nab\r\n0\r\n\r\n", 400},   // longer than it says
                                         Chunks{"1\na\r\n0\r\n\r\n", 400},      // bare LF
                                         Chunks{"1\r\na\n0\r\n\r\n", 400},      //
                                         Chunks{"-1\r\na\r\n0\r\n\r\n", 400},   // CVE of chunk-size "-2"
                                         Chunks{"+1\r\na\r\n0\r\n\r\n", 400},   //
                                         Chunks{"0x1\r\na\r\n0\r\n\r\n", 400},  //
                                         Chunks{" 1\r\na\r\n0\r\n\r\n", 400},   //
                                         Chunks{"1 \r\na\r\n0\r\n\r\n", 400},   //
                                         Chunks{"\r\na\r\n0\r\n\r\n", 400},     //
                                         Chunks{"g\r\n", 400},                  //
                                         Chunks{"64\r\n" + std::string(100, 'a') + "\r\n0\r\n\r\n", 0},
                                         Chunks{"65\r\n", 413},  // one octet more than allowed
                                         Chunks{"64\r\n" + std::string(100, 'a') + "\r\n1\r\n", 413},
                                         Chunks{"ffffffffffffffff\r\n", 413},   //
                                         Chunks{"10000000000000000\r\n", 413},  // beyond 64 bits
                                         Chunks{"1;" + std::string(900, 'x') + "\r\na\r\n0\r\n\r\n", 0},
                                         Chunks{"1;" + std::string(1100, 'x'), 400},  // an extension without end
                                         Chunks{std::string("1;\0\r\na\r\n0\r\n\r\n", 14), 400}));

TEST(Chunked, TrailersHaveALimitTogether) {
  const BodyRules reader_rules{.max_body = 100};
  RequestReader reader(reader_rules);
  reader.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  for (int i = 0; i < 100; ++i) reader.feed("T: " + std::string(500, 'x') + "\r\n");
  EXPECT_EQ(reader.state(), State::kRefused);
}

TEST(RequestReader, ABodyAtTheLimitIsReadAndOneOctetMoreIsRefusedBeforeItComes) {
  const BodyRules at_limit_rules{.max_body = 5};
  RequestReader at_limit(at_limit_rules);
  at_limit.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345");
  EXPECT_EQ(at_limit.state(), State::kReady);
  const BodyRules above_rules{.max_body = 4};
  RequestReader above(above_rules);
  above.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  ASSERT_EQ(above.state(), State::kRefused);
  EXPECT_EQ(above.refusal().status, 413);
}

TEST(RequestReader, AHeadWithoutEndIsRefusedAtTheLimit) {
  const BodyRules reader_rules{.max_body = 5};
  RequestReader reader(reader_rules);
  EXPECT_EQ(reader.feed("GET / HTTP/1.1\r\nA: " + std::string(kMaxHead - 19, 'a')), State::kHead);
  ASSERT_EQ(reader.feed("aa"), State::kRefused);
  EXPECT_EQ(reader.refusal().status, 431);
}

TEST(RequestReader, SaysContinueOnceAndOnlyIfTheBodyHasNotCome) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  const BodyRules waiting_rules{.max_body = 5};
  RequestReader waiting(waiting_rules);
  waiting.feed(head);
  EXPECT_TRUE(waiting.take_continue());
  EXPECT_FALSE(waiting.take_continue());
  const BodyRules eager_rules{.max_body = 5};
  RequestReader eager(eager_rules);
  eager.feed(head + "a");
  EXPECT_FALSE(eager.take_continue());
}

TEST(HttpDate, IsTheFixedForm) {
  EXPECT_EQ(format_http_date(from_epoch(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(from_epoch(1709164800)), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace waxseal::jmapd::http
