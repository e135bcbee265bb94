// PushSubscription/get (RFC 8620 section 7.2.1).
#include <array>

#include "base/clock.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "store/push_subscriptions.h"

namespace waxseal::jmapd {
namespace {

using store::PushSubscription;
using Property = ObjectProperty<PushSubscription>;

Json render_types(const PushSubscription& row) {
  return row.types ? Json(*row.types) : Json();
}

constexpr std::array kProperties{
    Property{"id", [](const PushSubscription& row) { return Json("p" + std::to_string(row.id)); }},
    Property{"deviceClientId", [](const PushSubscription& row) { return Json(row.device_client_id); }},
    // Known to the client only through the push, so that only then it is given back.
    Property{"verificationCode",
             [](const PushSubscription& row) { return row.verified ? Json(row.verification_code) : Json(); }},
    Property{"expires", [](const PushSubscription& row) { return Json(format_utc_date(row.expires_at)); }},
    Property{"types", render_types},
};

constexpr std::array<std::string_view, 2> kArguments{"ids", "properties"};

}  // namespace

Json push_subscription_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  for (const std::string& name : request.properties.value_or(std::vector<std::string>())) {
    if (name == "url" || name == "keys") throw MethodError{"forbidden", name + " is never given back"};
  }
  const auto selected = select_from<PushSubscription>(kProperties, request.properties);
  Json list = Json::array();
  for (const auto& row : store::push_subscriptions(call.database, call.principal, call.clock.now())) {
    const std::string id = "p" + std::to_string(row.id);
    if (request.ids && std::find(request.ids->begin(), request.ids->end(), id) == request.ids->end()) continue;
    list.push_back(render_object(row, selected));
  }
  Json response = get_response(call.principal.account, "", request, std::move(list));
  response.erase("accountId");
  response.erase("state");
  return response;
}

}  // namespace waxseal::jmapd
