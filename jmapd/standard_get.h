// The common part of every Foo/get (RFC 8620 section 5.1).
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "jmapd/arguments.h"
#include "jmapd/method.h"
#include "jmapd/object_list.h"

namespace waxseal::jmapd {

struct GetRequest {
  std::optional<std::vector<std::string>> ids;         // in order, each once; nullopt: all
  std::optional<std::vector<std::string>> properties;  // nullopt: the default
};

// Throws invalidArguments or requestTooLarge.
GetRequest read_get(const Arguments& arguments, const Limits& limits);

// The same for ids that were read already.  Throws requestTooLarge.
GetRequest each_once(std::vector<std::string> ids, const Limits& limits);
// Those of `ids` that no object of `list` has as its `member`.
Json missing_ids(const std::vector<std::string>& ids, const Json& list, const char* member = "id");

// Those that are not in `found`.
using FoundIds = std::unordered_set<std::string>;
Json missing_ids(const std::vector<std::string>& ids, const FoundIds& found);

// Throws requestTooLarge if there are more objects than one /get may name.
void check_object_count(std::size_t count, const Limits& limits);

// Throws requestTooLarge if one call may not create, change and destroy so many objects.
void check_set_size(std::size_t count, const Limits& limits);

inline Json null_if_empty(Json object) {
  return object.empty() ? Json() : object;
}

// The ids that this server could have given; the others are left to notFound.
template <class Id>
std::vector<Id> known_ids(const std::vector<std::string>& wire, std::optional<Id> (*from_wire)(std::string_view)) {
  std::vector<Id> ids;
  ids.reserve(wire.size());
  for (const auto& text : wire) {
    if (const auto id = from_wire(text)) ids.push_back(*id);
  }
  return ids;
}

// A row of objects with a fixed set of properties: Mailbox, Thread.
template <class Row>
struct ObjectProperty {
  std::string_view name;
  Json (*render)(const Row&);
};

// Throws invalidArguments, naming "properties", for a property that is not in `table`.
template <class Row>
std::vector<const ObjectProperty<Row>*> select_from(std::span<const ObjectProperty<Row>> table,
                                                    const std::optional<std::vector<std::string>>& names) {
  std::vector<const ObjectProperty<Row>*> selected;
  const auto wanted = [&](std::string_view name) {
    return name == "id" || !names || std::find(names->begin(), names->end(), name) != names->end();
  };
  for (const auto& row : table) {
    if (wanted(row.name)) selected.push_back(&row);
  }
  for (const auto& name : names.value_or(std::vector<std::string>())) {
    const auto known = [&](const ObjectProperty<Row>& row) { return row.name == name; };
    if (std::none_of(table.begin(), table.end(), known))
      refuse_argument("properties", "there is no property \"" + name + "\"");
  }
  return selected;
}

template <class Row>
Json render_object(const Row& row, const std::vector<const ObjectProperty<Row>*>& selected) {
  Json object = Json::object();
  for (const auto* property : selected) object[std::string(property->name)] = property->render(row);
  return object;
}

// accountId, state, list, notFound: what was asked for and is not in the list.
Json get_response(AccountId account, const std::string& state, const GetRequest& request, Json list);
Json get_response(store::Snapshot& snapshot, store::ObjectType type, const GetRequest& request, Json list);
// The same of a list that may have been written already.
Json get_response(AccountId account, const std::string& state, const GetRequest& request, const FoundIds& found,
                  ObjectList& list);

}  // namespace waxseal::jmapd
