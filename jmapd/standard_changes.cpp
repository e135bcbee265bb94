#include "jmapd/standard_changes.h"

#include <algorithm>
#include <array>

#include "jmapd/arguments.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"accountId", "sinceState", "maxChanges"};

Json wire_ids(const std::vector<std::int64_t>& ids, std::string (*wire)(std::int64_t)) {
  Json list = Json::array();
  for (const auto id : ids) list.push_back(wire(id));
  return list;
}

}  // namespace

ChangesRequest read_changes(const Json& given) {
  const Arguments arguments(given, kArguments);
  const auto since = arguments.string("sinceState");
  if (!since) refuse_argument("sinceState", "is missing");
  const auto max = arguments.unsigned_integer("maxChanges", Null::kAbsent);
  if (max && *max == 0) refuse_argument("maxChanges", "must be greater than 0");
  if (!max) return {*since};
  return {*since, std::min(static_cast<std::size_t>(*max), kMaxChanges)};
}

ChangesAnswer answer_changes(Call& call, const Json& arguments, store::ObjectType type,
                             std::string (*wire)(std::int64_t)) {
  const ChangesRequest request = read_changes(arguments);
  const AccountId account = call.account(arguments);
  const auto changes = store::changes(call.database, account, type, request.since, request.max);
  if (!changes) throw MethodError{"cannotCalculateChanges", "sinceState is unknown here or too old"};
  Json response = Json::object();
  response["accountId"] = to_wire(account);
  response["oldState"] = request.since;
  response["newState"] = changes->new_state;
  response["hasMoreChanges"] = changes->has_more;
  response["created"] = wire_ids(changes->created, wire);
  response["updated"] = wire_ids(changes->updated, wire);
  response["destroyed"] = wire_ids(changes->destroyed, wire);
  return {std::move(response), changes->only_counts};
}

}  // namespace waxseal::jmapd
