// Bob's account with the mail that the cases of tests/jmap/ and the download tests speak of, and a router before it.
#pragma once

#include <map>
#include <string>

#include "base/text.h"
#include "delivery/pipeline.h"
#include "jmapd/router.h"
#include "jmapd/session.h"
#include "unit/reverify/mailbox.h"

namespace waxseal::jmapd {

class SeededAccount {
 public:
  SeededAccount()
      : eve_(store::create_account(*mailbox_.database, "eve", {"eve@example.org"}, mailbox_.clock.now()).value()),
        router_(engine(), credentials(), "https://mail.example.net",
                {.poll = std::chrono::milliseconds(20), .recheck = std::chrono::milliseconds(20)}) {
    mailbox_.trust(test::pki().root);
    store::set_password(*mailbox_.database, mailbox_.account, "bob's");
    store::set_password(*mailbox_.database, eve_, "eve's");
    store::set_quota(*mailbox_.database, mailbox_.account, 5'000'000);
    deliver("plain", plain());
    deliver("verified", test::clear_signed_mail({.cert = test::alice()}));
    deliver("forged", test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org"));
    deliver("attachment", attachment());
  }

  static std::string plain() {
    return "From: Alice <alice@example.org>\r\nTo: bob@example.org\r\nSubject: Plain words\r\n"
           "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <plain@example.org>\r\n\r\nHello Bob\r\n";
  }
  // Part 2 is "caf\xE9 \r\n" in base64.
  static std::string attachment() {
    return "From: carol@example.org\r\nTo: bob@example.org\r\nSubject: With a file\r\nMIME-Version: 1.0\r\n"
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"
           "Content-Type: application/octet-stream; name=x.bin\r\nContent-Disposition: attachment; filename=x.bin\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\nY2Fm6SANCg==\r\n--b--\r\n";
  }

  Engine engine() {
    const auto& methods = method_table();
    return {*mailbox_.database, mailbox_.clock, Limits{}, methods, served_capabilities(methods), nullptr, &pipeline_};
  }
  store::Principal bob() const { return {mailbox_.account, "bob", store::Scope::kFull}; }
  std::string account() const { return to_wire(mailbox_.account); }
  std::string foreign_account() const { return to_wire(eve_); }
  // By the name that it was delivered under.
  const store::EmailRow& email(const std::string& name) const { return emails_.at(name); }
  store::Database& database() { return *mailbox_.database; }
  store::Snapshot snapshot() { return store::Snapshot(*mailbox_.database, mailbox_.account); }

  static std::string basic(const std::string& user) { return "Basic " + base64(user + ":" + user + "'s"); }
  static std::string_view header(const http::Response& response, std::string_view name) {
    for (const auto& field : response.fields) {
      if (field.name == name) return field.value;
    }
    return {};
  }
  // `target` as on the request line; an empty `user` sends no credentials.
  http::Response get_as(const std::string& authorization, const std::string& target) {
    http::Request request;
    request.method = "GET";
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = target.substr(request.path.size() + 1);
    request.source = "127.0.0.1";
    request.fields.push_back({"authorization", authorization});
    return router_.handle(request);
  }
  http::Response get(const std::string& target, const std::string& user = "bob", const std::string& method = "GET",
                     const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = target.substr(request.path.size() + 1);
    request.host = "mail.example.org:8080";
    request.source = "127.0.0.1";
    request.body = body;
    if (!user.empty()) request.fields.push_back({"authorization", basic(user)});
    if (!body.empty()) request.fields.push_back({"content-type", "application/json"});
    return router_.handle(request);
  }

  void deliver(const std::string& name, const std::string& octets) {
    emails_[name] = mailbox_.email(mailbox_.deliver(octets));
    mailbox_.clock.advance(Seconds(60));
  }

 private:
  CredentialCheck credentials() {
    store::Database& database = *mailbox_.database;
    const Clock& clock = mailbox_.clock;
    return {
        [&](std::string_view name, std::string_view password) {
          return store::authenticate_basic(database, name, password, clock.now());
        },
        [&](std::string_view token) { return store::authenticate_bearer(database, token, clock.now()); },
        [&](std::string_view ticket) { return store::authenticate_ticket(database, ticket, clock.now()); },
    };
  }

  reverify::Mailbox mailbox_;
  delivery::Pipeline pipeline_{*mailbox_.database, mailbox_.verifier, mailbox_.clock};
  AccountId eve_;
  std::map<std::string, store::EmailRow> emails_;
  Router router_;
};

}  // namespace waxseal::jmapd
