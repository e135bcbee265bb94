#include "store/envelope.h"

#include <nlohmann/json.hpp>
#include <utility>

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

// Fills the members as they come, without a tree: a list of messages reads one text for each.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(mime::Summary& summary) : summary_(summary) {}

  bool key(string_t& name) override {
    if (depth_ != kMembers) return false;
    ids_ = nullptr;
    groups_ = nullptr;
    for (const IdField& field : kIds) {
      if (name == field.key) ids_ = &(summary_.*field.member);
    }
    for (const GroupField& field : kGroups) {
      if (name == field.key) groups_ = &(summary_.*field.member);
    }
    is_date_ = name == "sentDate";
    return true;
  }
  bool start_object(std::size_t) override { return ++depth_ == kMembers; }
  bool end_object() override { return --depth_ == 0; }
  bool start_array(std::size_t) override {
    switch (++depth_) {
      case kGroup:
        if (groups_ != nullptr) groups_->emplace_back();
        break;
      case kEntry:
        if (!in_group()) return false;
        groups_->back().addresses.emplace_back();
        has_name_ = false;
        break;
      default:
        break;
    }
    return depth_ > kMembers && depth_ <= kEntry;
  }
  bool end_array() override { return --depth_ >= kMembers; }
  bool null() override {
    if (depth_ == kEntry) has_name_ = true;
    return true;
  }
  bool string(string_t& text) override {
    switch (depth_) {
      case kMembers:
        if (is_date_) summary_.sent_date = std::move(text);
        return true;
      case kList:
        if (ids_ != nullptr) ids_->push_back(std::move(text));
        return true;
      case kGroup:
        if (in_group()) groups_->back().name = std::move(text);
        return true;
      case kEntry:
        return in_group() && entry(std::move(text));
      default:
        return false;
    }
  }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  // Brackets that are open: {"from": [ [group, [ [name, address], ...
  enum Depth { kMembers = 1, kList, kGroup, kEntries, kEntry };

  bool in_group() const { return groups_ != nullptr && !groups_->empty(); }
  bool entry(std::string text) {
    auto& one = groups_->back().addresses.back();
    if (std::exchange(has_name_, true)) {
      one.email = std::move(text);
    } else {
      one.name = std::move(text);
    }
    return true;
  }

  mime::Summary& summary_;
  int depth_ = 0;
  std::vector<std::string>* ids_ = nullptr;
  std::vector<mime::AddressGroup>* groups_ = nullptr;
  bool is_date_ = false;
  bool has_name_ = false;  // of the entry: the name, or that there is none, was read
};

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
  // Written by us, so what does not fit is a damaged row: what was read stays, the rest is empty.
  Reader reader(summary);
  (void)Json::sax_parse(text.begin(), text.end(), &reader);
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
