// One account with mail in a private database, and method calls as the request processor makes them.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/pipeline.h"
#include "jmapd/method.h"
#include "smime/verifier.h"
#include "store/append.h"
#include "support/database.h"
#include "support/mail.h"

namespace waxseal::jmapd {

class MailAccount {
 public:
  MailAccount()
      : clock_(test::default_now()),
        account_(create("alice@example.org")),
        principal_{account_, "alice@example.org", store::Scope::kFull} {
    const auto root = smime::TrustStore::read_certificates(test::pki().root.der);
    trust_.anchors.push_back({.certificate = root->front()});
  }

  ManualClock& clock() { return clock_; }
  store::Database& database() { return *database_; }
  const test::TestDatabase& sql() const { return database_; }
  AccountId id() const { return account_; }
  AccountId create(const std::string& name) { return *store::create_account(*database_, name, {name}, clock_.now()); }

  // Stored as delivered at `received_at`, judged then and now.
  EmailId deliver(const std::string& octets, std::string_view received_at = "2026-06-01T08:00:00Z",
                  const std::string& mailbox_role = "inbox") {
    const smime::Extracted extracted = verifier_.extract(octets);
    store::NewEmail email;
    email.octets = octets;
    email.blob = sha256(octets);
    email.received_at = test::at(received_at);
    email.delivery_key = store::delivery_key("a@example.net", std::to_string(++deliveries_), octets);
    email.mailbox_role = mailbox_role;
    const mime::Message parsed = mime::parse_message(octets);
    email.summary = mime::summarise(octets, parsed);
    email.text = mime::search_text(octets, parsed);
    email.facts = extracted.facts;
    email.certificates = extracted.certificates;
    for (const auto& [unit, state] : verifier_.evaluate(extracted, trust_, clock_.now(), smime::Epoch::kNow)) {
      email.evaluations[unit] = {state, clock_.now()};
    }
    const auto then = verifier_.evaluate(extracted, trust_, email.received_at, smime::Epoch::kAtDelivery);
    email.at_delivery = smime::judge(extracted.facts, then, verifier_.policy(), email.received_at);
    return store::append_email(*database_, account_, email, verifier_.policy()).email;
  }

  // A plain message of this subject.
  EmailId deliver_plain(const std::string& subject, std::string_view received_at = "2026-06-01T08:00:00Z",
                        const std::string& mailbox_role = "inbox") {
    return deliver("From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: " + subject + "\r\nMessage-ID: <" +
                       std::to_string(deliveries_) + "@example.net>\r\n\r\nText of " + subject + ".\r\n",
                   received_at, mailbox_role);
  }

  void without_smime_verify() { capabilities_.erase(std::string(kSmimeVerify)); }
  Limits& limits() { return limits_; }

  // "accountId" is added unless it is there.  Throws MethodError.
  Json call(std::string_view method, Json arguments = Json::object()) {
    if (!arguments.contains("accountId")) arguments["accountId"] = to_wire(account_);
    return call_without_account(method, arguments);
  }
  // As it is.
  Json call_without_account(std::string_view method, const Json& arguments) {
    Call call{*database_, principal_, capabilities_, limits_, clock_};
    call.pipeline = &pipeline_;
    const auto& table = method_table();
    const auto row = std::find_if(table.begin(), table.end(), [&](const MethodRow& one) { return one.name == method; });
    if (row == table.end()) throw MethodError{"unknownMethod", std::string(method)};
    return row->function(call, arguments);
  }

  // Type of the error, or "".
  std::string refusal(std::string_view method, const Json& arguments = Json::object()) {
    try {
      (void)call(method, arguments);
    } catch (const MethodError& error) {
      return error.type;
    }
    return "";
  }

  MailboxId mailbox(std::string_view role) {
    const Json answer = call("Mailbox/get");
    for (const Json& mailbox : answer.at("list")) {
      if (mailbox.at("role") == role) return *mailbox_from_wire(mailbox.at("id").get<std::string>());
    }
    return {};
  }

 private:
  test::TestDatabase database_;
  ManualClock clock_;
  AccountId account_;
  store::Principal principal_;
  std::set<std::string, std::less<>> capabilities_{std::string(kCore), std::string(kMail), std::string(kSmimeVerify)};
  Limits limits_;
  smime::Verifier verifier_{smime::Policy()};
  smime::TrustStore trust_;
  delivery::Pipeline pipeline_{*database_, verifier_, clock_};
  int deliveries_ = 0;
};

}  // namespace waxseal::jmapd
