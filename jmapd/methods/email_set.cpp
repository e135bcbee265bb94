// Email/set (RFC 8621 section 4.6): drafts, keywords, mailboxes, and the end of messages.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/blob_content.h"
#include "jmapd/compose_email.h"
#include "jmapd/filter.h"
#include "jmapd/methods/methods.h"
#include "jmapd/new_email.h"
#include "jmapd/object_list.h"
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

class EmailSet : SetMethod {
 public:
  EmailSet(Call& call, const Json& arguments) : SetMethod(call, arguments, kArguments) {}

  Json answer() {
    // First, so that the others can name what was created.
    if (!request_.create.empty()) created_.emplace(call_, account_, request_.if_in_state);
    for (const auto& [id, object] : request_.create) create(id, *object);
    const bool stored = created_ && created_->stored();
    if (!stored) write_.if_in_state = request_.if_in_state;
    for (const std::string& id : request_.destroy) read_destroy(id);
    for (const auto& [id, patch] : request_.update) read_update(id, *patch);
    const auto written = store::write_emails(call_.database, account_, write_);
    if (written.state.mismatch) state_mismatch();
    report(written);
    if (!stored) return response_.finish(written.state.before, written.state.after);
    const bool alone = created_->alone() && created_->last_state() == written.state.before;
    return response_.finish(alone ? std::optional(created_->first_state()) : std::nullopt, written.state.after);
  }

 private:
  void create(const std::string& id, const Json& object) {
    try {
      std::set<std::string> wrong;
      const EmailPlace place = read_place(call_, object, wrong);
      check_place(place);
      const Time now = call_.clock.now();
      const std::string octets = compose(object, now, std::move(wrong));
      response_.created(id, created_->store(octets, place.received_at.value_or(now), place));
    } catch (const SetError& error) {
      response_.not_created(id, error);
    }
  }

  std::string compose(const Json& object, Time now, std::set<std::string> wrong) {
    const std::string& login = call_.principal.name;
    const auto at = login.rfind('@');
    const ComposeDefaults defaults{now, at == login.npos ? "localhost" : login.substr(at + 1)};
    store::Snapshot snapshot(call_.database, account_);
    std::size_t octets = 0;
    const auto read = [&](const std::string& wire) -> std::optional<std::string> {
      const auto id = blob_from_wire(call_.resolve(wire));
      const auto size = id ? blob_octets(snapshot, *id) : std::nullopt;
      if (!size) return std::nullopt;
      octets += *size;
      if (octets > kMaxAttachmentOctets) {
        throw SetError{"tooLarge", "at most " + std::to_string(kMaxAttachmentOctets) + " octets of blobs"};
      }
      return read_blob_content(snapshot, *id);
    };
    return compose_email(object, defaults, read, std::move(wrong));
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
      const Json got = ask(email_get, call_,
                           {{"accountId", to_wire(account_)},
                            {"ids", Json::array({to_wire(email)})},
                            {"properties", Json::array({property})}});
      return got.at("list").empty() || got.at("list").at(0).at(property) == value;  // none: notFound says so later
    } catch (const MethodError&) {
      return false;  // there is no such property
    }
  }

  void report(const store::EmailWritten& written) {
    response_.report_updates(updates_, written.updated, error_of);
    response_.report_destroys(destroys_, written.destroyed, error_of);
  }

  std::optional<NewEmails> created_;
  store::EmailWrite write_;
  std::vector<std::string> updates_, destroys_;
};

}  // namespace

Json email_set(Call& call, const Json& arguments) {
  return EmailSet(call, arguments).answer();
}

}  // namespace waxseal::jmapd
