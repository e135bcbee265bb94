#include <gtest/gtest.h>

#include "jmapd/blob_id.h"
#include "mail_account.h"
#include "store/trust_anchors.h"
#include "support/mail.h"

namespace waxseal::jmapd {
namespace {

const std::vector<std::string> kSmime = {"smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"};

class EmailParse : public testing::Test {
 protected:
  EmailParse() {
    const auto root = smime::TrustStore::read_certificates(test::pki().root.der);
    store::add_anchor(account_.database(), root->front(), "root", account_.clock().now());
  }

  // The blob of a message that is in the account's mail.
  std::string blob(const std::string& octets) {
    account_.deliver(octets);
    return to_wire(BlobId{sha256(octets), ""});
  }
  Json parse(const std::string& id, const std::vector<std::string>& properties) {
    return account_.call("Email/parse", {{"blobIds", {id}}, {"properties", properties}}).at("parsed").at(id);
  }

  MailAccount account_;
};

TEST_F(EmailParse, IsJudgedAsOfNow) {
  const std::string good = test::clear_signed_mail({.cert = test::alice()});
  const Json verified = parse(blob(good), kSmime);
  EXPECT_EQ(verified.at("smimeStatus"), "signed/verified");
  EXPECT_EQ(verified.at("smimeErrors"), nullptr);
  EXPECT_EQ(verified.at("smimeStatusAtDelivery"), nullptr) << "there was no delivery";
  EXPECT_EQ(verified.at("smimeVerifiedAt"), format_utc_date(account_.clock().now()));
  EXPECT_FALSE(verified.contains("id")) << "not asked for";
}

TEST_F(EmailParse, TellsWhatIsWrong) {
  const Json forged = parse(blob(test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org")), kSmime);
  EXPECT_EQ(forged.at("smimeStatus"), "signed/failed");
  EXPECT_EQ(forged.at("smimeErrors").size(), 1u);
  const Json plain = parse(blob("From: a@example.org\r\nSubject: x\r\n\r\ntext\r\n"), kSmime);
  EXPECT_EQ(plain.at("smimeStatus"), nullptr);
  EXPECT_EQ(plain.at("smimeVerifiedAt"), nullptr);
}

TEST_F(EmailParse, AnAttachedMessageIsAMessage) {
  const std::string inner = "From: in@example.org\r\nSubject: inner\r\n\r\nin\r\n";
  const std::string id = blob(
      "From: out@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\n\r\nsee\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" +
      inner + "\r\n--b--\r\n");
  const Json parsed = parse(id + "-2", {"subject", "textBody", "blobId", "preview"});
  EXPECT_EQ(parsed.at("subject"), "inner");
  EXPECT_EQ(parsed.at("blobId"), id + "-2");
  EXPECT_EQ(parsed.at("textBody").at(0).at("blobId"), nullptr) << "a part of a part cannot be downloaded by itself";
}

TEST_F(EmailParse, WhatIsNoMessageIsNotParsable) {
  const std::string id = blob("no field at all");
  const Json answer = account_.call("Email/parse", {{"blobIds", {id}}});
  EXPECT_EQ(answer.at("parsed"), nullptr);
  EXPECT_EQ(answer.at("notParsable"), Json::array({id}));
}

TEST_F(EmailParse, MoreThanOneGetIsTooMuch) {
  account_.limits().max_objects_in_get = 1;
  EXPECT_EQ(account_.refusal("Email/parse", {{"blobIds", {"x", "y"}}}), "requestTooLarge");
}

}  // namespace
}  // namespace waxseal::jmapd
