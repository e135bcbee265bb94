// Identity/get (RFC 8621 section 6.1).
#include <array>
#include <unordered_set>

#include "jmapd/identity_object.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

using Property = ObjectProperty<store::Identity>;

Json addresses(const std::optional<std::string>& stored) {
  return stored ? Json::parse(*stored) : Json();
}

constexpr std::array kProperties{
    Property{"id", [](const store::Identity& row) { return Json(to_wire(row.id)); }},
    Property{"name", [](const store::Identity& row) { return Json(row.name); }},
    Property{"email", [](const store::Identity& row) { return Json(row.email); }},
    Property{"replyTo", [](const store::Identity& row) { return addresses(row.reply_to); }},
    Property{"bcc", [](const store::Identity& row) { return addresses(row.bcc); }},
    Property{"textSignature", [](const store::Identity& row) { return Json(row.text_signature); }},
    Property{"htmlSignature", [](const store::Identity& row) { return Json(row.html_signature); }},
    Property{"mayDelete", [](const store::Identity& row) { return Json(!row.of_address); }},
};

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

}  // namespace

Json render_identity(const store::Identity& identity) {
  return render_object(identity, select_from<store::Identity>(kProperties, std::nullopt));
}

Json identity_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<store::Identity>(kProperties, request.properties);
  store::sync_identities(call.database, call.account(arguments));
  auto snapshot = call.open(arguments);
  std::vector<store::Identity> rows = store::get_identities(snapshot);
  if (request.ids) {
    const auto ids = known_ids(*request.ids, identity_from_wire);
    const std::unordered_set<IdentityId> wanted(ids.begin(), ids.end());
    std::erase_if(rows, [&](const store::Identity& row) { return !wanted.contains(row.id); });
  }
  check_object_count(rows.size(), call.limits);
  Json list = Json::array();
  for (const store::Identity& row : rows) list.push_back(render_object(row, selected));
  return get_response(snapshot, store::ObjectType::kIdentity, request, std::move(list));
}

}  // namespace waxseal::jmapd
