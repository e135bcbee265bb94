#include "delivery/trace.h"

#include <gmock/gmock.h>

namespace waxseal::delivery {
namespace {

TEST(Trace, OfLmtp) {
  EXPECT_EQ(trace_fields({.sender = "a@b.c",
                          .from = "client.example.org",
                          .by = "mx.example.net",
                          .program = "waxseal-lmtpd",
                          .protocol = "LMTP",
                          .id = "0123",
                          .recipient = "bob@example.org",
                          .date = from_epoch(1'795'478'707)}),
            "Return-Path: <a@b.c>\r\n"
            "Received: from client.example.org\r\n\tby mx.example.net (waxseal-lmtpd)\r\n\twith LMTP\r\n\tid 0123\r\n"
            "\tfor <bob@example.org>;\r\n\tTue, 24 Nov 2026 00:05:07 +0000\r\n");
}

TEST(Trace, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(trace_fields({.by = "mx.example.net", .date = from_epoch(0)}),
            "Return-Path: <>\r\nReceived: by mx.example.net;\r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n");
}

TEST(Trace, NothingInItCanEndALine) {
  const std::string fields = trace_fields({.sender = "a\r\nSubject: x@b.c",
                                           .by = "mx\r\n\r\nbody",
                                           .id = std::string("1\n2\0", 4) + std::string(5000, 'x'),
                                           .date = from_epoch(0)});
  EXPECT_THAT(fields, testing::StartsWith("Return-Path: <aSubject: x@b.c>\r\nReceived: by mxbody\r\n\tid 12xxx"));
  std::size_t line = 0;
  for (char c : fields) {
    line = c == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 998u);
  }
}

TEST(Trace, DatesAreThoseOfRfc5322) {
  EXPECT_EQ(format_mail_date(from_epoch(951'827'696)), "Tue, 29 Feb 2000 12:34:56 +0000");
}

}  // namespace
}  // namespace waxseal::delivery
