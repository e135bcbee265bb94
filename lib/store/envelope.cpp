#include "store/envelope.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace waxseal::store {

namespace {

using Json = nlohmann::json;

Json texts_to_json(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(to_valid_utf8(text));
  return out;
}

Json name_to_json(const std::optional<std::string>& name) {
  return name ? Json(to_valid_utf8(*name)) : Json();
}

// [[group name or null, [[name or null, address], ...]], ...]
Json groups_to_json(const std::vector<mime::AddressGroup>& groups) {
  Json out = Json::array();
  for (const mime::AddressGroup& group : groups) {
    Json addresses = Json::array();
    for (const auto& entry : group.addresses) {
      addresses.push_back(Json::array({name_to_json(entry.name), to_valid_utf8(entry.email)}));
    }
    out.push_back(Json::array({name_to_json(group.name), std::move(addresses)}));
  }
  return out;
}

std::optional<std::string> name_from_json(const Json& value) {
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

std::vector<mime::AddressGroup> groups_from_json(const Json& value) {
  std::vector<mime::AddressGroup> out;
  for (const Json& group : value) {
    mime::AddressGroup one{.name = name_from_json(group.at(0)), .addresses = {}};
    for (const Json& entry : group.at(1)) {
      one.addresses.push_back({.name = name_from_json(entry.at(0)), .email = entry.at(1).get<std::string>()});
    }
    out.push_back(std::move(one));
  }
  return out;
}

struct GroupField {
  const char* key;
  std::vector<mime::AddressGroup> mime::Summary::*member;
};
constexpr GroupField kGroups[] = {
    {"from", &mime::Summary::from}, {"sender", &mime::Summary::sender}, {"replyTo", &mime::Summary::reply_to},
    {"to", &mime::Summary::to},     {"cc", &mime::Summary::cc},         {"bcc", &mime::Summary::bcc}};

struct IdField {
  const char* key;
  std::vector<std::string> mime::Summary::*member;
};
constexpr IdField kIds[] = {{"messageId", &mime::Summary::message_id},
                            {"inReplyTo", &mime::Summary::in_reply_to},
                            {"references", &mime::Summary::references}};

}  // namespace

std::string envelope_to_json(const mime::Summary& summary) {
  Json out = Json::object();
  for (const IdField& field : kIds) {
    if (!(summary.*field.member).empty()) out[field.key] = texts_to_json(summary.*field.member);
  }
  for (const GroupField& field : kGroups) {
    if (!(summary.*field.member).empty()) out[field.key] = groups_to_json(summary.*field.member);
  }
  if (summary.sent_date) out["sentDate"] = *summary.sent_date;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void envelope_from_json(std::string_view text, mime::Summary& summary) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return;
  try {
    for (const IdField& field : kIds) {
      if (json.contains(field.key)) summary.*field.member = json.at(field.key).get<std::vector<std::string>>();
    }
    for (const GroupField& field : kGroups) {
      if (json.contains(field.key)) summary.*field.member = groups_from_json(json.at(field.key));
    }
    if (json.contains("sentDate")) summary.sent_date = json.at("sentDate").get<std::string>();
  } catch (const Json::exception&) {
    // written by us, so this is a damaged row: what was read stays, the rest is empty
  }
}

std::string flat_addresses(const std::vector<mime::AddressGroup>& groups) {
  std::string out;
  for (const mime::AddressGroup& group : groups) {
    for (const auto& entry : group.addresses) {
      if (!out.empty()) out += ", ";
      if (entry.name && !entry.name->empty()) {
        out.append(*entry.name).append(" <").append(entry.email).append(">");
      } else {
        out += entry.email;
      }
    }
  }
  return to_valid_utf8(out);
}

}  // namespace waxseal::store
