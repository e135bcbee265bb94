// PushSubscription/set (RFC 8620 section 7.2.2).
#include <array>
#include <charconv>

#include "base/text.h"
#include "jmapd/arguments.h"
#include "jmapd/failure_limiter.h"
#include "jmapd/methods/methods.h"
#include "jmapd/push_encryption.h"
#include "jmapd/pusher.h"
#include "jmapd/standard_get.h"
#include "store/push_subscriptions.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

using store::PushSubscription;

constexpr Seconds kMostLifetime{30 * 86400};  // RFC 8620 section 7.2: at least 48 hours, better 7 days

constexpr std::array<std::string_view, 3> kArguments{"create", "update", "destroy"};
constexpr std::array<std::string_view, 6> kCreate{"deviceClientId",   "url",     "keys",
                                                  "verificationCode", "expires", "types"};
constexpr std::array<std::string_view, 4> kUpdate{"id", "verificationCode", "expires", "types"};
constexpr std::array<std::string_view, 2> kKeys{"p256dh", "auth"};

struct Refused {
  std::string type;
  std::string description;
};

[[noreturn]] void refuse(std::string property, const std::string& problem) {
  throw Refused{"invalidProperties", property + ": " + problem};
}

std::string wire(std::int64_t id) {
  return "p" + std::to_string(id);
}

std::optional<PushSubscription> find(Call& call, const std::string& id) {
  for (auto& row : store::push_subscriptions(call.database, call.principal, call.clock.now())) {
    if (wire(row.id) == id) return std::move(row);
  }
  return std::nullopt;
}

Time read_expiry(const Arguments& reader, Time now) {
  const Time latest = now + kMostLifetime;
  if (!reader.find("expires", Null::kAbsent)) return latest;
  const Time wanted = reader.utc_date("expires").value();
  if (wanted <= now) refuse("expires", "is past");
  return std::min(wanted, latest);
}

std::optional<store::PushKeys> read_keys(const Arguments& reader) {
  const Json* given = reader.find("keys", Null::kAbsent);
  if (!given) return std::nullopt;
  const Arguments members(*given, kKeys, "keys");
  const auto keys = read_push_keys(members.string("p256dh").value_or(""), members.string("auth").value_or(""));
  if (!keys) refuse("keys", "p256dh must be a point of P-256 and auth 16 octets, in URL-safe base64");
  return keys;
}

// A verification goes to a server that nobody has asked yet (RFC 8620 section 8.6).
void charge_rate(const Call& call) {
  static FailureLimiter limiter(50, std::chrono::seconds(3600));
  const std::string key = to_wire(call.principal.account);
  const auto now = std::chrono::steady_clock::now();
  if (limiter.blocked(key, now)) throw Refused{"rateLimit", "subscriptions are made too fast"};
  limiter.failed(key, now);
}

Json create(Call& call, const Json& object) {
  const Arguments reader(object, kCreate);
  PushSubscription row;
  row.device_client_id = reader.string("deviceClientId").value_or("");
  if (row.device_client_id.empty() || row.device_client_id.size() > 255) {
    refuse("deviceClientId", "must have 1 to 255 octets");
  }
  row.url = reader.string("url").value_or("");
  const auto url = push_url(row.url, call.limits.push);
  if (!url) refuse("url", url.error());
  if (reader.find("verificationCode", Null::kAbsent)) refuse("verificationCode", "comes with the first push");
  row.keys = read_keys(reader);
  row.types = reader.strings("types", Null::kAbsent);
  row.expires_at = read_expiry(reader, call.clock.now());
  charge_rate(call);
  row.verification_code = base64url(store::random_octets(24));
  const auto id = store::create_push_subscription(call.database, call.principal, row, call.clock.now());
  if (!id) throw Refused{"overQuota", "an account may have " + std::to_string(store::kMaxPushSubscriptions)};
  return {{"id", wire(*id)}, {"expires", format_utc_date(row.expires_at)}, {"verificationCode", nullptr}};
}

// What the server chose otherwise than asked; null: nothing.
Json update(Call& call, const std::string& id, const Json& patch) {
  const Arguments reader(patch, kUpdate);
  auto row = find(call, id);
  if (!row) throw Refused{"notFound", ""};
  if (reader.string("id").value_or(id) != id) refuse("id", "cannot be changed");
  if (const auto code = reader.string("verificationCode", Null::kAbsent)) {
    if (!store::equal_in_constant_time(*code, row->verification_code))
      refuse("verificationCode", "is not the one sent");
    row->verified = true;
  }
  Json chosen;
  if (patch.contains("expires")) {
    row->expires_at = read_expiry(reader, call.clock.now());
    chosen = {{"expires", format_utc_date(row->expires_at)}};
  }
  if (patch.contains("types")) row->types = reader.strings("types", Null::kAbsent);
  if (!store::update_push_subscription(call.database, call.principal, *row)) throw Refused{"notFound", ""};
  return chosen;
}

void destroy(Call& call, const std::string& id) {
  const auto row = find(call, id);
  if (!row || !store::destroy_push_subscription(call.database, call.principal, row->id)) throw Refused{"notFound", ""};
}

// What `work` throws, as a SetError under `id`; true if it did its work.
template <class Work>
void attempt(Json& failed, const std::string& id, Work work) {
  try {
    work();
  } catch (const Refused& error) {
    failed[id] = {{"type", error.type}};
    if (!error.description.empty()) failed[id]["description"] = error.description;
  } catch (const MethodError& error) {  // a member of the wrong type, or one that there is not
    failed[id] = {{"type", "invalidProperties"}, {"description", error.description}};
  }
}

const Json& object_of(const Arguments& reader, std::string_view name) {
  static const Json kNone = Json::object();
  const Json* given = reader.find(name, Null::kAbsent);
  if (given && !given->is_object()) refuse_argument(name, "must be an object");
  return given ? *given : kNone;
}

}  // namespace

Json push_subscription_set(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const Json& creations = object_of(reader, "create");
  const Json& updates = object_of(reader, "update");
  const auto destructions = reader.strings("destroy", Null::kAbsent).value_or(std::vector<std::string>());
  check_set_size(creations.size() + updates.size() + destructions.size(), call.limits);
  Json created = Json::object(), updated = Json::object(), destroyed = Json::array();
  Json not_created = Json::object(), not_updated = Json::object(), not_destroyed = Json::object();
  for (const auto& [key, object] : creations.items()) {
    attempt(not_created, key, [&, &key = key, &object = object] {
      Json one = create(call, object);
      call.created_ids[key] = one["id"].get<std::string>();
      created[key] = std::move(one);
    });
  }
  for (const auto& [key, patch] : updates.items()) {
    const std::string id = call.resolve(key);
    attempt(not_updated, id, [&, &patch = patch] { updated[id] = update(call, id, patch); });
  }
  for (const std::string& key : destructions) {
    const std::string id = call.resolve(key);
    attempt(not_destroyed, id, [&] {
      destroy(call, id);
      destroyed.push_back(id);
    });
  }
  return {
      {"created", null_if_empty(std::move(created))},        {"updated", null_if_empty(std::move(updated))},
      {"destroyed", null_if_empty(std::move(destroyed))},    {"notCreated", null_if_empty(std::move(not_created))},
      {"notUpdated", null_if_empty(std::move(not_updated))}, {"notDestroyed", null_if_empty(std::move(not_destroyed))}};
}

}  // namespace waxseal::jmapd
