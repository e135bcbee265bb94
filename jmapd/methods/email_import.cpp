// Email/import (RFC 8621 section 4.8), judged as delivered mail is.
#include <array>
#include <set>

#include "jmapd/blob_content.h"
#include "jmapd/methods/methods.h"
#include "jmapd/new_email.h"
#include "jmapd/standard_get.h"
#include "mime/received.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ifInState", "emails"};
constexpr std::array<std::string_view, 4> kMembers{"blobId", "mailboxIds", "keywords", "receivedAt"};

class EmailImport {
 public:
  EmailImport(Call& call, const Json& arguments)
      : call_(call), arguments_(arguments, kArguments), account_(call.account(arguments)), response_(call, account_) {}

  Json answer() {
    const Json* emails = arguments_.find("emails");
    if (emails == nullptr || !emails->is_object()) refuse_argument("emails", "must be an object");
    check_set_size(emails->size(), call_.limits);
    NewEmails stored(call_, account_, arguments_.string("ifInState", Null::kAbsent));
    for (const auto& [id, object] : emails->items()) {
      try {
        response_.created(id, import(stored, object));
      } catch (const SetError& error) {
        response_.not_created(id, error);
      } catch (const MethodError& error) {  // not an object, or an unknown member
        if (error.type != "invalidArguments") throw;
        response_.not_created(id, {"invalidProperties", error.description});
      }
    }
    return response_.finish_create(stored.alone() ? std::optional(stored.first_state()) : std::nullopt,
                                   stored.last_state());
  }

 private:
  // Throws SetError, naming all that is wrong.
  BlobId read_blob_id(const Arguments& members, std::set<std::string>& wrong) const {
    const Json* given = members.find("blobId", Null::kAbsent);
    const auto id =
        given && given->is_string() ? blob_from_wire(call_.resolve(given->get<std::string>())) : std::nullopt;
    if (!id) wrong.insert("blobId");
    return id.value_or(BlobId{});
  }

  std::string read_message(const BlobId& blob) const {
    store::Snapshot snapshot(call_.database, account_);
    auto octets = read_blob_content(snapshot, blob);
    if (!octets) throw invalid_properties({"blobId"}, "there is no such blob");
    return *std::move(octets);
  }

  Json import(NewEmails& stored, const Json& object) const {
    const Arguments members(object, kMembers);
    std::set<std::string> wrong;
    const EmailPlace place = read_place(call_, object, wrong);
    const BlobId blob = read_blob_id(members, wrong);
    if (!wrong.empty()) throw invalid_properties({wrong.begin(), wrong.end()}, "missing or not valid");
    check_place(place);
    const std::string octets = read_message(blob);
    const mime::Header header = mime::read_header(octets);
    if (header.fields.empty() || header.fault == mime::HeaderFault::kNul) {
      throw SetError{"invalidEmail", "the blob is no message: it has no header fields that can be read"};
    }
    const auto received_at = place.received_at ? place.received_at : mime::newest_received(header);
    return stored.store(octets, received_at.value_or(call_.clock.now()), place);
  }

  Call& call_;
  const Arguments arguments_;
  const AccountId account_;
  SetResponse response_;
};

}  // namespace

Json email_import(Call& call, const Json& arguments) {
  return EmailImport(call, arguments).answer();
}

}  // namespace waxseal::jmapd
