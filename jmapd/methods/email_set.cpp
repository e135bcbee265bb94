// Email/set (RFC 8621 section 4.6): keywords, mailboxes, and the end of messages.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/filter.h"
#include "jmapd/methods/methods.h"
#include "jmapd/set_request.h"
#include "store/email_write.h"

namespace waxseal::jmapd {
namespace {

using Failure = store::EmailWriteFailure;

constexpr std::array<std::string_view, 5> kArguments{"accountId", "ifInState", "create", "update", "destroy"};

SetError error_of(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      break;
    case Failure::kNotFound:
      return {"notFound", "there is no such email"};
    case Failure::kNoMailbox:
      return invalid_properties({"mailboxIds"}, "an email is in at least one mailbox");
    case Failure::kUnknownMailbox:
      return invalid_properties({"mailboxIds"}, "there is no such mailbox");
    case Failure::kTooManyKeywords:
      return {"tooManyKeywords", "at most " + std::to_string(store::kMaxKeywordsPerEmail)};
    case Failure::kTooManyMailboxes:
      return {"tooManyMailboxes", "at most " + std::to_string(store::kMaxMailboxesPerEmail)};
  }
  return {"serverFail", ""};
}

std::optional<std::string> keyword_of(const Call&, const std::string& text) {
  return valid_keyword(text) ? std::optional(ascii_lower(text)) : std::nullopt;
}

std::optional<MailboxId> mailbox_of(const Call& call, const std::string& text) {
  return mailbox_from_wire(call.resolve(text));
}

// "keywords" or "mailboxIds" as a whole, or one member of it.  False: not valid.
template <class Member, class Read>
bool read_into(store::SetPatch<Member>& patch, const Call& call, const PatchPath& path, const Json& value, Read read) {
  if (path.member) {
    const auto member = read(call, *path.member);
    if (!member || !(value.is_null() || value == true)) return false;
    patch.members[*member] = !value.is_null();
    return true;
  }
  patch.replace.emplace();
  if (value.is_null()) return true;
  if (!value.is_object()) return false;
  for (const auto& [name, in] : value.items()) {
    const auto member = read(call, name);
    if (!member || in != true) return false;
    patch.replace->insert(*member);
  }
  return true;
}

class EmailSet {
 public:
  EmailSet(Call& call, const Json& arguments)
      : call_(call),
        arguments_(arguments, kArguments),
        account_(call.account(arguments)),
        request_(read_set(arguments_, call.limits)),
        response_(call, account_) {}

  Json answer() {
    write_.if_in_state = request_.if_in_state;
    for (const auto& [id, object] : request_.create) refuse_create(id);
    for (const std::string& id : request_.destroy) read_destroy(id);
    for (const auto& [id, patch] : request_.update) read_update(id, *patch);
    const auto written = store::write_emails(call_.database, account_, write_);
    if (written.state.mismatch) state_mismatch();
    report(written);
    return response_.finish(written.state.before, written.state.after);
  }

 private:
  void refuse_create(const std::string& id) {
    response_.not_created(id, {"forbidden", "this server does not compose messages: upload one, then Email/import"});
  }

  void read_destroy(const std::string& id) {
    const auto email = email_from_wire(call_.resolve(id));
    if (!email) return response_.not_destroyed(id, error_of(Failure::kNotFound));
    if (holds(write_.destroy, *email)) return;
    destroys_.push_back(id);
    write_.destroy.push_back(*email);
  }

  template <class Values, class Value>
  static bool holds(const Values& values, const Value& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  }

  void read_update(const std::string& id, const Json& patch) {
    const auto email = email_from_wire(call_.resolve(id));
    if (!email) return response_.not_updated(id, error_of(Failure::kNotFound));
    if (holds(write_.destroy, *email)) return response_.not_updated(id, {"willDestroy", ""});
    const auto twice = [&](const store::EmailPatch& other) { return other.email == *email; };
    if (std::any_of(write_.update.begin(), write_.update.end(), twice)) {
      return response_.not_updated(id, {"invalidPatch", "the same email is in this update under another id"});
    }
    store::EmailPatch out{*email, {}, {}};
    if (const auto error = read_patch(out, patch)) return response_.not_updated(id, *error);
    updates_.push_back(id);
    write_.update.push_back(std::move(out));
  }

  std::optional<SetError> read_patch(store::EmailPatch& out, const Json& patch) {
    std::vector<std::string> wrong;
    for (const auto& [text, value] : patch.items()) {
      const auto path = read_patch_path(text);
      if (!path) return SetError{"invalidPatch", "\"" + text + "\" leads nowhere"};
      if (path->member && patch.contains(path->property)) {
        return SetError{"invalidPatch", "\"" + path->property + "\" is a prefix of \"" + text + "\""};
      }
      if (!read_property(out, *path, value)) wrong.push_back(text);
    }
    if (wrong.empty()) return std::nullopt;
    return invalid_properties(wrong, "unknown, never changes, or not valid");
  }

  bool read_property(store::EmailPatch& out, const PatchPath& path, const Json& value) {
    if (path.property == "keywords") return read_into(out.keywords, call_, path, value, keyword_of);
    if (path.property == "mailboxIds") return read_into(out.mailboxes, call_, path, value, mailbox_of);
    return !path.member && is_current(out.email, path.property, value);
  }

  // RFC 8620 section 5.3: what cannot be set may be sent back as it is.
  bool is_current(EmailId email, const std::string& property, const Json& value) {
    try {
      const Json got = email_get(call_, {{"accountId", to_wire(account_)},
                                         {"ids", Json::array({to_wire(email)})},
                                         {"properties", Json::array({property})}});
      return got.at("list").empty() || got.at("list").at(0).at(property) == value;  // none: notFound says so later
    } catch (const MethodError&) {
      return false;  // there is no such property
    }
  }

  void report(const store::EmailWritten& written) {
    for (std::size_t i = 0; i < updates_.size(); ++i) {
      if (written.updated[i] == Failure::kNone) {
        response_.updated(call_.resolve(updates_[i]));
      } else {
        response_.not_updated(updates_[i], error_of(written.updated[i]));
      }
    }
    for (std::size_t i = 0; i < destroys_.size(); ++i) {
      if (written.destroyed[i] == Failure::kNone) {
        response_.destroyed(call_.resolve(destroys_[i]));
      } else {
        response_.not_destroyed(destroys_[i], error_of(written.destroyed[i]));
      }
    }
  }

  Call& call_;
  const Arguments arguments_;
  const AccountId account_;
  const SetRequest request_;
  SetResponse response_;
  store::EmailWrite write_;
  std::vector<std::string> updates_, destroys_;
};

}  // namespace

Json email_set(Call& call, const Json& arguments) {
  return EmailSet(call, arguments).answer();
}

}  // namespace waxseal::jmapd
