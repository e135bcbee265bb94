#include <gtest/gtest.h>

#include "jmapd/method.h"

namespace waxseal::jmapd {
namespace {

TEST(WireIds, ComeBackAsTheyWent) {
  for (const std::int64_t value : {std::int64_t{1}, std::int64_t{10}, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(account_from_wire(to_wire(AccountId{value})), AccountId{value});
    EXPECT_EQ(email_from_wire(to_wire(EmailId{value})), EmailId{value});
    EXPECT_EQ(mailbox_from_wire(to_wire(MailboxId{value})), MailboxId{value});
    EXPECT_EQ(thread_from_wire(to_wire(ThreadId{value})), ThreadId{value});
  }
}

TEST(WireIds, HaveOneSpelling) {
  EXPECT_TRUE(email_from_wire("e17"));
  for (const char* other : {"", "e", "17", "E17", "m17", "e017", "e0", "e-1", "e+17", "e 17", "e17 ", "e17x", "e1.7",
                            "e9223372036854775808", "e0x11"}) {
    EXPECT_FALSE(email_from_wire(other)) << other;
  }
}

}  // namespace
}  // namespace waxseal::jmapd
