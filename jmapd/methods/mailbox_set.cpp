// Mailbox/set (RFC 8621 section 2.5).
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/methods/methods.h"
#include "jmapd/object_list.h"
#include "jmapd/set_request.h"
#include "mime/collation.h"
#include "store/mailbox_write.h"

namespace waxseal::jmapd {
namespace {

using store::MailboxFields;
using Failure = store::MailboxWriteFailure;

constexpr std::array<std::string_view, 6> kArguments{"accountId", "ifInState", "create",
                                                     "update",    "destroy",   "onDestroyRemoveEmails"};

// IANA "IMAP Mailbox Name Attributes", those that say what a mailbox is for.
constexpr std::array<std::string_view, 13> kRoles{"all",     "archive",    "drafts", "flagged",   "important",
                                                  "inbox",   "junk",       "memos",  "scheduled", "sent",
                                                  "snoozed", "subscribed", "trash"};
constexpr std::array<std::string_view, 6> kServerSet{"id",           "totalEmails",   "unreadEmails",
                                                     "totalThreads", "unreadThreads", "myRights"};

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// RFC 5198: no control characters; stored in Normalization Form C.
bool valid_name(const std::string& name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= store::kMaxMailboxName && std::none_of(name.begin(), name.end(), control);
}

// Reads one object or patch; what is wrong is collected, so that the error can name all of it.
class FieldReader {
 public:
  FieldReader(const Call& call, const std::map<std::string, std::size_t>& creates) : call_(call), creates_(creates) {}

  void read(const std::string& name, const Json& value) {
    if (!known(name, value)) wrong.push_back(name);
  }

  MailboxFields fields;
  std::vector<std::string> wrong;

 private:
  bool known(const std::string& name, const Json& value) {
    if (name == "name") return read_name(value);
    if (name == "parentId") return read_parent(value);
    if (name == "role") return read_role(value);
    if (name == "sortOrder") return read_order(value);
    if (name == "isSubscribed") return read_subscribed(value);
    return false;
  }

  bool read_name(const Json& value) {
    if (!value.is_string()) return false;
    fields.name = mime::normalize_nfc(value.get<std::string>());
    return valid_name(*fields.name);
  }

  bool read_parent(const Json& value) {
    fields.parent.emplace();
    if (value.is_null()) return true;
    if (!value.is_string()) return false;
    const std::string given = value;
    const auto created = given.starts_with('#') ? creates_.find(given.substr(1)) : creates_.end();
    if (created != creates_.end()) {
      fields.parent->created = created->second;
      return true;
    }
    fields.parent->mailbox = mailbox_from_wire(call_.resolve(given));
    return fields.parent->mailbox.has_value();
  }

  bool read_role(const Json& value) {
    fields.role.emplace();
    if (value.is_null()) return true;
    if (!value.is_string() || !holds(kRoles, value.get<std::string>())) return false;
    fields.role = std::optional<std::string>(value.get<std::string>());
    return true;
  }

  bool read_order(const Json& value) {
    if (value.is_null()) return fields.sort_order = 0, true;
    if (!value.is_number_integer() || value < 0 || value > 2147483647) return false;
    fields.sort_order = value.get<int>();
    return true;
  }

  bool read_subscribed(const Json& value) {
    if (value.is_null()) return fields.subscribed = true, true;
    if (!value.is_boolean()) return false;
    fields.subscribed = value.get<bool>();
    return true;
  }

  const Call& call_;
  const std::map<std::string, std::size_t>& creates_;
};

SetError error_of(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      break;
    case Failure::kNotFound:
      return {"notFound", "there is no such mailbox"};
    case Failure::kUnknownParent:
      return invalid_properties({"parentId"}, "there is no such mailbox");
    case Failure::kNameTaken:
      return invalid_properties({"name"}, "a mailbox with the same parent has this name");
    case Failure::kRoleTaken:
      return invalid_properties({"role"}, "another mailbox has this role");
    case Failure::kLoop:
      return invalid_properties({"parentId"}, "a mailbox cannot be below itself");
    case Failure::kTooDeep:
      return invalid_properties({"parentId"}, "mailboxes would be nested deeper than maxMailboxDepth");
    case Failure::kTooMany:
      return {"overQuota", "an account can have " + std::to_string(store::kMaxMailboxes) + " mailboxes"};
    case Failure::kInbox:
      return {"forbidden", "new mail is delivered to the inbox: it stays, with its role"};
    case Failure::kHasChild:
      return {"mailboxHasChild", "destroy the mailboxes below it first"};
    case Failure::kHasEmail:
      return {"mailboxHasEmail", "there are emails in it, and onDestroyRemoveEmails is not true"};
  }
  return {"serverFail", ""};
}

// One request, split into what is handed to the store and what is refused before.
class MailboxSet : SetMethod {
 public:
  MailboxSet(Call& call, const Json& arguments) : SetMethod(call, arguments, kArguments) {}

  Json answer() {
    write_.if_in_state = request_.if_in_state;
    write_.remove_emails = arguments_.boolean("onDestroyRemoveEmails").value_or(false);
    read_creates();
    for (const auto& [id, patch] : request_.update) read_update(id, *patch);
    for (const std::string& id : request_.destroy) read_destroy(id);
    const auto written = store::write_mailboxes(call_.database, account_, write_);
    if (written.mismatch) state_mismatch();
    report(written);
    return response_.finish(written.old_state, written.new_state);
  }

 private:
  // Indices are those of the objects that can be read: a child of one that cannot has no parent either.
  void read_creates() {
    std::map<std::string, std::size_t> readable;
    for (const auto& [id, object] : request_.create) {
      if (FieldReader trial = read_object(*object, {}); only_parent_is_open(trial, *object)) {
        readable.emplace(id, readable.size());
      }
    }
    for (const auto& [id, object] : request_.create) {
      FieldReader reader = read_object(*object, readable);
      if (readable.contains(id) && reader.wrong.empty()) {
        creates_.push_back(id);
        write_.create.push_back(std::move(reader.fields));
        continue;
      }
      if (readable.contains(id)) {  // keeps its place, and is refused by the store for its parent
        creates_.push_back(id);
        reader.fields.parent = store::MailboxParent{MailboxId{-1'000'000}, {}};
        write_.create.push_back(std::move(reader.fields));
        continue;
      }
      response_.not_created(id, invalid_properties(reader.wrong, "missing, unknown, set by the server, or not valid"));
    }
  }

  FieldReader read_object(const Json& object, const std::map<std::string, std::size_t>& creates) {
    FieldReader reader(call_, creates);
    for (const auto& [name, value] : object.items()) reader.read(name, value);
    if (!object.contains("name")) reader.wrong.push_back("name");
    return reader;
  }

  static bool only_parent_is_open(const FieldReader& reader, const Json& object) {
    const auto parent = object.find("parentId");
    const bool reference = parent != object.end() && parent->is_string() && parent->get<std::string>().starts_with('#');
    return reader.wrong.empty() || (reference && reader.wrong == std::vector<std::string>{"parentId"});
  }

  void read_update(const std::string& id, const Json& patch) {
    const auto mailbox = mailbox_from_wire(call_.resolve(id));
    if (!mailbox) return response_.not_updated(id, error_of(Failure::kNotFound));
    FieldReader reader(call_, no_creates_);
    for (const auto& [path, value] : patch.items()) {
      if (path.find('/') != path.npos) {
        return response_.not_updated(id, {"invalidPatch", "no property that can be set has members"});
      }
      if (!holds(kServerSet, path)) {
        reader.read(path, value);
      } else if (current(*mailbox, path) != value) {
        reader.wrong.push_back(path);
      }
    }
    if (!reader.wrong.empty()) {
      return response_.not_updated(id, invalid_properties(reader.wrong, "unknown, set by the server, or not valid"));
    }
    updates_.push_back(id);
    write_.update.push_back({*mailbox, std::move(reader.fields)});
  }

  Json current(MailboxId mailbox, const std::string& property) {
    const Json got = ask(mailbox_get, call_,
                         {{"accountId", to_wire(account_)},
                          {"ids", Json::array({to_wire(mailbox)})},
                          {"properties", Json::array({property})}});
    return got.at("list").empty() ? Json() : got.at("list").at(0).at(property);
  }

  void read_destroy(const std::string& id) {
    const auto mailbox = mailbox_from_wire(call_.resolve(id));
    if (!mailbox) return response_.not_destroyed(id, error_of(Failure::kNotFound));
    destroys_.push_back(id);
    write_.destroy.push_back(*mailbox);
  }

  void report(const store::MailboxWritten& written) {
    for (std::size_t i = 0; i < creates_.size(); ++i) report_created(creates_[i], i, written.created[i]);
    response_.report_updates(updates_, written.updated, error_of);
    response_.report_destroys(destroys_, written.destroyed, error_of);
  }

  // Everything that the client did not send.
  void report_created(const std::string& id, std::size_t index, const store::MailboxCreated& created) {
    if (created.failure != Failure::kNone) return response_.not_created(id, error_of(created.failure));
    const Json got =
        ask(mailbox_get, call_, {{"accountId", to_wire(account_)}, {"ids", Json::array({to_wire(created.mailbox)})}});
    Json object = got.at("list").empty() ? Json{{"id", to_wire(created.mailbox)}} : got.at("list").at(0);
    const MailboxFields& sent = write_.create[index];
    object.erase("name");
    if (sent.parent && !sent.parent->created) object.erase("parentId");
    if (sent.role) object.erase("role");
    if (sent.sort_order) object.erase("sortOrder");
    if (sent.subscribed) object.erase("isSubscribed");
    response_.created(id, std::move(object));
  }

  store::MailboxWrite write_;
  const std::map<std::string, std::size_t> no_creates_;
  std::vector<std::string> creates_, updates_, destroys_;
};

}  // namespace

Json mailbox_set(Call& call, const Json& arguments) {
  return MailboxSet(call, arguments).answer();
}

}  // namespace waxseal::jmapd
