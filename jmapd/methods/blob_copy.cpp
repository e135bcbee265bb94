// Blob/copy (RFC 8620 section 6.3).  A principal has one account, so that a copy is the blob itself with a new lease.
#include <array>

#include "jmapd/arguments.h"
#include "jmapd/blob_content.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "store/uploads.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"fromAccountId", "accountId", "blobIds"};

bool copy(Call& call, AccountId account, const std::string& wire) {
  const auto id = blob_from_wire(wire);
  if (!id) return false;
  if (!id->part_id.empty()) {
    store::Snapshot snapshot(call.database, account);
    if (!blob_octets(snapshot, *id)) return false;
  }
  return store::renew_upload(call.database, account, id->message);
}

}  // namespace

Json blob_copy(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto from = reader.id("fromAccountId");
  if (!from) refuse_argument("fromAccountId", "is missing");
  const AccountId account = call.account(arguments);
  if (account_from_wire(*from) != account) throw MethodError{"fromAccountNotFound", ""};
  const auto ids = reader.ids("blobIds");
  if (!ids) refuse_argument("blobIds", "is missing");
  check_set_size(ids->size(), call.limits);
  Json copied = Json::object();
  Json not_copied = Json::object();
  for (const std::string& id : *ids) {
    if (copy(call, account, id)) {
      copied[id] = id;
    } else {
      not_copied[id] = {{"type", "notFound"}};
    }
  }
  return {{"fromAccountId", *from},
          {"accountId", to_wire(account)},
          {"copied", null_if_empty(std::move(copied))},
          {"notCopied", null_if_empty(std::move(not_copied))}};
}

}  // namespace waxseal::jmapd
