// Identity/set (RFC 8621 section 6.3).
#include <array>
#include <map>

#include "base/text.h"
#include "jmapd/identity_object.h"
#include "jmapd/methods/methods.h"
#include "jmapd/set_request.h"
#include "jmapd/submission_address.h"

namespace waxseal::jmapd {
namespace {

using Failure = store::IdentityWriteFailure;

constexpr std::array<std::string_view, 5> kArguments{"accountId", "ifInState", "create", "update", "destroy"};
constexpr std::size_t kMaxName = 255, kMaxSignature = 100'000, kMaxAddresses = 100;

bool read_text(std::string& out, const Json& value, std::size_t most) {
  if (value.is_null()) return out.clear(), true;  // RFC 8620 section 5.3: the default
  if (!value.is_string()) return false;
  out = value.get<std::string>();
  return out.size() <= most;
}

// EmailAddress[] (RFC 8621 section 4.1.2.3).
bool read_addresses(std::optional<std::string>& out, const Json& value) {
  out.reset();
  if (value.is_null()) return true;
  if (!value.is_array() || value.size() > kMaxAddresses) return false;
  Json list = Json::array();
  for (const Json& one : value) {
    if (!one.is_object() || !one.contains("email") || one.size() > 2) return false;
    const Json name = one.value("name", Json());
    const bool known = one.size() == 1 || one.contains("name");
    if (!known || !one["email"].is_string() || !(name.is_null() || name.is_string())) return false;
    if (!submit::valid_address(one["email"].get<std::string>())) return false;
    list.push_back({{"name", name}, {"email", one["email"]}});
  }
  out = list.dump();
  return true;
}

// What may change of an identity.  False: unknown, set by the server, immutable, or not valid.
bool read_property(store::Identity& out, const std::string& name, const Json& value) {
  if (name == "name") return read_text(out.name, value, kMaxName);
  if (name == "replyTo") return read_addresses(out.reply_to, value);
  if (name == "bcc") return read_addresses(out.bcc, value);
  if (name == "textSignature") return read_text(out.text_signature, value, kMaxSignature);
  if (name == "htmlSignature") return read_text(out.html_signature, value, kMaxSignature);
  return false;
}

SetError error_of(Failure failure) {
  if (failure == Failure::kOfAddress) return {"forbidden", "it belongs to an address of the account (mayDelete)"};
  if (failure == Failure::kTooMany) return {"overQuota", "the account has too many identities"};
  return {"notFound", "there is no such identity"};
}

class IdentitySet : SetMethod {
 public:
  IdentitySet(Call& call, const Json& arguments) : SetMethod(call, arguments, kArguments) {}

  Json answer() {
    store::sync_identities(call_.database, account_);
    read_current();
    write_.if_in_state = request_.if_in_state;
    for (const auto& [id, object] : request_.create) read_create(id, *object);
    for (const auto& [id, patch] : request_.update) read_update(id, *patch);
    for (const std::string& id : request_.destroy) read_destroy(id);
    const auto written = store::write_identities(call_.database, account_, write_);
    if (written.state.mismatch) state_mismatch();
    report(written);
    return response_.finish(written.state.before, written.state.after);
  }

 private:
  void read_current() {
    store::Snapshot snapshot(call_.database, account_);
    for (const store::Identity& identity : store::get_identities(snapshot)) current_[identity.id] = identity;
  }

  void read_create(const std::string& id, const Json& object) {
    store::Identity out;
    std::vector<std::string> wrong;
    for (const auto& [name, value] : object.items()) {
      if (name != "email" && !read_property(out, name, value)) wrong.push_back(name);
    }
    const Json email = object.value("email", Json());
    if (email.is_string()) out.email = email.get<std::string>();
    const bool any = out.email.starts_with("*@");
    if (!submit::valid_address(any ? "x" + out.email.substr(1) : out.email)) wrong.push_back("email");
    if (!wrong.empty()) {
      return response_.not_created(id, invalid_properties(wrong, "missing, unknown, set by the server, or not valid"));
    }
    if (!may_send_as(call_, account_, out.email)) {
      return response_.not_created(id, {"forbiddenFrom", "the address is not one of the account's"});
    }
    creates_.push_back(id);
    write_.create.push_back(std::move(out));
  }

  void read_update(const std::string& id, const Json& patch) {
    const auto identity = identity_from_wire(call_.resolve(id));
    const auto found = identity ? current_.find(*identity) : current_.end();
    if (found == current_.end()) return response_.not_updated(id, error_of(Failure::kNotFound));
    const Json now = render_identity(found->second);
    store::Identity out = found->second;
    std::vector<std::string> wrong;
    for (const auto& [path, value] : patch.items()) {
      if (path.find('/') != path.npos) {
        return response_.not_updated(id, {"invalidPatch", "replace lists of addresses as a whole"});
      }
      const bool same = now.contains(path) && now.at(path) == value;  // what cannot be set may be sent as it is
      if (!same && !read_property(out, path, value)) wrong.push_back(path);
    }
    if (!wrong.empty()) {
      return response_.not_updated(id, invalid_properties(wrong, "unknown, never changes, or not valid"));
    }
    updates_.push_back(id);
    write_.update.push_back(std::move(out));
  }

  void read_destroy(const std::string& id) {
    const auto identity = identity_from_wire(call_.resolve(id));
    if (!identity) return response_.not_destroyed(id, error_of(Failure::kNotFound));
    destroys_.push_back(id);
    write_.destroy.push_back(*identity);
  }

  void report(const store::IdentityWritten& written) {
    for (std::size_t i = 0; i < creates_.size(); ++i) report_created(i, written.created[i]);
    for (std::size_t i = 0; i < updates_.size(); ++i) {
      written.updated[i] == Failure::kNone ? response_.updated(call_.resolve(updates_[i]))
                                           : response_.not_updated(updates_[i], error_of(written.updated[i]));
    }
    for (std::size_t i = 0; i < destroys_.size(); ++i) {
      written.destroyed[i] == Failure::kNone ? response_.destroyed(call_.resolve(destroys_[i]))
                                             : response_.not_destroyed(destroys_[i], error_of(written.destroyed[i]));
    }
  }

  void report_created(std::size_t i, IdentityId id) {
    if (id.value == 0) return response_.not_created(creates_[i], error_of(Failure::kTooMany));
    store::Identity made = write_.create[i];
    made.id = id;
    response_.created(creates_[i], render_identity(made));
  }

  std::map<IdentityId, store::Identity> current_;
  store::IdentityWrite write_;
  std::vector<std::string> creates_, updates_, destroys_;
};

}  // namespace

Json identity_set(Call& call, const Json& arguments) {
  return IdentitySet(call, arguments).answer();
}

}  // namespace waxseal::jmapd
