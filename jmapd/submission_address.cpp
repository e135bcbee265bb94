#include "jmapd/submission_address.h"

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

Json render(const submit::Address& address) {
  Json parameters;
  for (const auto& [name, value] : address.parameters) parameters[name] = value ? Json(*value) : Json();
  return {{"email", address.email}, {"parameters", std::move(parameters)}};
}

submit::Address address_of(const Json& json) {
  submit::Address out{json.at("email"), {}};
  for (const auto& [name, value] : json.at("parameters").items()) {
    out.parameters[name] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
  }
  return out;
}

}  // namespace

bool may_send_as(const Call& call, AccountId account, const std::string& email) {
  // Nobody's tag: only who gets all mail of the domain gets this.
  const std::string asked = email.starts_with("*@") ? email.substr(1) : email;
  return store::find_recipient(call.database, asked, call.limits.submission.delimiters) == account;
}

Json render(const Envelope& envelope) {
  Json to = Json::array();
  for (const submit::Address& one : envelope.to) to.push_back(render(one));
  return {{"mailFrom", render(envelope.from)}, {"rcptTo", std::move(to)}};
}

Envelope envelope_of(const std::string& stored) {
  const Json json = Json::parse(stored);
  Envelope out{address_of(json.at("mailFrom")), {}};
  for (const Json& one : json.at("rcptTo")) out.to.push_back(address_of(one));
  return out;
}

}  // namespace waxseal::jmapd
