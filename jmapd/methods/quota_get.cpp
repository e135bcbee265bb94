// Quota/get (RFC 9425 section 4.2).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/quota.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

struct Quota {
  store::QuotaRow row;
  std::string name;
};
using Property = ObjectProperty<Quota>;

constexpr std::array kProperties{
    Property{"id", [](const Quota&) { return Json(kQuotaId); }},
    Property{"resourceType", [](const Quota&) { return Json("octets"); }},
    Property{"used", [](const Quota& quota) { return Json(quota.row.used); }},
    Property{"hardLimit", [](const Quota& quota) { return Json(quota.row.limit.value()); }},
    Property{"warnLimit", [](const Quota&) { return Json(); }},
    Property{"softLimit", [](const Quota&) { return Json(); }},
    Property{"scope", [](const Quota&) { return Json("account"); }},
    Property{"name", [](const Quota& quota) { return Json(quota.name); }},
    Property{"description", [](const Quota&) { return Json(); }},
    Property{"types", [](const Quota&) { return Json::array({"Email"}); }},
};

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

}  // namespace

Json quota_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<Quota>(kProperties, request.properties);
  auto snapshot = call.open(arguments);
  const Quota quota{store::quota(snapshot), call.principal.name};
  const auto wanted = [&] {
    return !request.ids || std::find(request.ids->begin(), request.ids->end(), kQuotaId) != request.ids->end();
  };
  Json list = Json::array();
  if (quota.row.limit && wanted()) list.push_back(render_object(quota, selected));
  return get_response(snapshot.account(), quota_state(quota.row), request, std::move(list));
}

}  // namespace waxseal::jmapd
