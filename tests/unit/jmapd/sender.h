// Somebody with drafts and an identity, who sends.
#pragma once

#include <gtest/gtest.h>

#include "unit/jmapd/mail_account.h"

namespace waxseal::jmapd {

inline const std::string kTo = "To: Bob <bob@example.net>, bob@EXAMPLE.NET\r\nCc: carol@example.net\r\n";

class Sender {
 public:
  Sender() {
    const Json identities = mail.call("Identity/get", {{"ids", nullptr}}).at("list");
    identity = identities.at(0).at("id").get<std::string>();
  }

  std::string draft(const std::string& header = "From: alice@example.org\r\n" + kTo) {
    return to_wire(mail.deliver(
        header + "Subject: s\r\nMessage-ID: <" + std::to_string(++count_) + "@example.org>\r\n\r\nText\r\n",
        "2026-06-01T08:00:00Z", "drafts"));
  }
  Json wanted(const std::string& email) const { return {{"identityId", identity}, {"emailId", email}}; }
  Json create(const Json& object) { return mail.call("EmailSubmission/set", {{"create", {{"k", object}}}}); }
  Json made(const Json& object) {
    const Json answer = create(object);
    EXPECT_EQ(answer.at("notCreated"), nullptr) << answer.dump();
    return answer.at("created").at("k");
  }
  // The SetError, or null.
  Json refused(const Json& object) {
    const Json answer = create(object);
    return answer.at("notCreated").is_null() ? Json() : answer.at("notCreated").at("k");
  }
  std::string type(const Json& object) {
    const Json error = refused(object);
    return error.is_null() ? "" : error.at("type").get<std::string>();
  }
  static Json envelope(const std::string& from, const std::vector<std::string>& to) {
    Json list = Json::array();
    for (const std::string& one : to) list.push_back({{"email", one}});
    return {{"mailFrom", {{"email", from}}}, {"rcptTo", std::move(list)}};
  }
  Json get(const std::string& id) {
    return mail.call("EmailSubmission/get", {{"ids", Json::array({id})}}).at("list").at(0);
  }

  MailAccount mail;
  std::string identity;

 private:
  int count_ = 0;
};

}  // namespace waxseal::jmapd
