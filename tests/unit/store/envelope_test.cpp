// The addresses and ids of a message, to the text that email_meta keeps and back.
#include "store/envelope.h"

#include <gtest/gtest.h>

namespace waxseal::store {
namespace {

mime::Summary full() {
  mime::Summary out;
  out.message_id = {"one@example.com"};
  out.references = {"a@example.com", "b\"\\@example.com"};
  out.from = {{.name = std::nullopt, .addresses = {{.name = "Jo\xC3\xABl", .email = "joel@example.com"}}}};
  out.to = {
      {.name = "Friends",
       .addresses = {{.name = std::nullopt, .email = "jane@example.com"}, {.name = "", .email = "john@example.com"}}},
      {.name = std::nullopt, .addresses = {}}};
  out.bcc = {{.name = "Nobody", .addresses = {}}};
  out.sent_date = "2026-10-13T16:12:00+02:00";
  return out;
}

mime::Summary read(std::string_view text) {
  mime::Summary out;
  envelope_from_json(text, out);
  return out;
}

TEST(Envelope, ComesBackAsItWas) {
  const mime::Summary was = full(), is = read(envelope_to_json(was));
  EXPECT_EQ(is.message_id, was.message_id);
  EXPECT_EQ(is.references, was.references);
  EXPECT_EQ(is.in_reply_to, was.in_reply_to);
  EXPECT_EQ(is.sent_date, was.sent_date);
  EXPECT_EQ(envelope_to_json(is), envelope_to_json(was));
  ASSERT_EQ(is.to.size(), 2u);
  EXPECT_EQ(is.to[0].name, "Friends");
  ASSERT_EQ(is.to[0].addresses.size(), 2u);
  EXPECT_EQ(is.to[0].addresses[0].name, std::nullopt);
  EXPECT_EQ(is.to[0].addresses[1].name, "");
  EXPECT_EQ(is.to[0].addresses[1].email, "john@example.com");
  EXPECT_EQ(is.to[1].name, std::nullopt);
  EXPECT_TRUE(is.cc.empty());
}

TEST(Envelope, OfADamagedRowKeepsWhatWasReadAndInventsNothing) {
  const std::string whole = envelope_to_json(full());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const mime::Summary part = read(whole.substr(0, length));
    for (const auto& group : part.from) {
      for (const auto& entry : group.addresses) EXPECT_TRUE(entry.email.empty() || entry.email == "joel@example.com");
    }
  }
  for (const char* text : {"", "7", "[]", R"({"from":"x"})", R"({"from":{"a":[]}})", R"({"from":[1]})",
                           R"({"from":[[null,["x"]]]})", R"({"from":[[null,[[[]]]]]})", R"({"messageId":[[["x"]]]})"}) {
    const mime::Summary out = read(text);
    EXPECT_TRUE(out.message_id.empty()) << text;
    for (const auto& group : out.from) EXPECT_TRUE(group.addresses.empty() || group.addresses[0].email.empty()) << text;
  }
}

}  // namespace
}  // namespace waxseal::store
