#include "jmapd/standard_get.h"

#include <utility>

namespace waxseal::jmapd {
namespace {

// "If an identical id is included more than once in the request, the server MUST only include it once".
void keep_first_of_each(std::vector<std::string>& ids) {
  std::unordered_set<std::string> seen;
  std::erase_if(ids, [&](const std::string& id) { return !seen.insert(id).second; });
}

}  // namespace

void check_object_count(std::size_t count, const Limits& limits) {
  if (count <= limits.max_objects_in_get) return;
  throw MethodError{"requestTooLarge", "One call may get at most " + std::to_string(limits.max_objects_in_get) +
                                           " objects (maxObjectsInGet)"};
}

void check_set_size(std::size_t count, const Limits& limits) {
  if (count <= limits.max_objects_in_set) return;
  throw MethodError{"requestTooLarge", "One call may set at most " + std::to_string(limits.max_objects_in_set) +
                                           " objects (maxObjectsInSet)"};
}

Json missing_ids(const std::vector<std::string>& ids, const Json& list, const char* member) {
  FoundIds found;
  for (const Json& object : list) found.insert(object.at(member).get<std::string>());
  return missing_ids(ids, found);
}

Json missing_ids(const std::vector<std::string>& ids, const FoundIds& found) {
  Json not_found = Json::array();
  for (const auto& id : ids) {
    if (!found.contains(id)) not_found.push_back(id);
  }
  return not_found;
}

GetRequest each_once(std::vector<std::string> ids, const Limits& limits) {
  keep_first_of_each(ids);
  check_object_count(ids.size(), limits);
  return {.ids = std::move(ids), .properties = {}};
}

GetRequest read_get(const Arguments& arguments, const Limits& limits) {
  GetRequest request{.ids = arguments.ids("ids", Null::kAbsent),
                     .properties = arguments.strings("properties", Null::kAbsent)};
  if (!request.ids) return request;
  keep_first_of_each(*request.ids);
  check_object_count(request.ids->size(), limits);
  return request;
}

Json get_response(store::Snapshot& snapshot, store::ObjectType type, const GetRequest& request, Json list) {
  return get_response(snapshot.account(), store::state(snapshot, type), request, std::move(list));
}

Json get_response(AccountId account, const std::string& state, const GetRequest& request, Json list) {
  Json response = Json::object();
  response["accountId"] = to_wire(account);
  response["state"] = state;
  response["notFound"] = request.ids ? missing_ids(*request.ids, list) : Json::array();
  response["list"] = std::move(list);
  return response;
}

Json get_response(AccountId account, const std::string& state, const GetRequest& request, const FoundIds& found,
                  ObjectList& list) {
  Json response = Json::object();
  response["accountId"] = to_wire(account);
  response["state"] = state;
  response["notFound"] = request.ids ? missing_ids(*request.ids, found) : Json::array();
  list.put_into(response);
  return response;
}

}  // namespace waxseal::jmapd
