#include "jmapd/set_request.h"

#include <unordered_set>

#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

std::vector<std::pair<std::string, const Json*>> read_objects(const Arguments& arguments, std::string_view name) {
  std::vector<std::pair<std::string, const Json*>> out;
  const Json* given = arguments.find(name, Null::kAbsent);
  if (given == nullptr) return out;
  if (!given->is_object()) refuse_argument(name, "must be an object");
  for (const auto& [id, object] : given->items()) {
    if (!object.is_object()) refuse_argument(std::string(name) + "/" + id, "must be an object");
    out.emplace_back(id, &object);
  }
  return out;
}

// Ids, or "#" and a creation id of this request.
std::vector<std::string> read_destroy(const Arguments& arguments) {
  const auto given = arguments.strings("destroy", Null::kAbsent);
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  for (const std::string& id : given.value_or(std::vector<std::string>())) {
    if (!valid_id(id.starts_with('#') ? std::string_view(id).substr(1) : id)) {
      refuse_argument("destroy", "\"" + id + "\" is no Id");
    }
    if (seen.insert(id).second) out.push_back(id);
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    out += token[i] == '0' ? '~' : '/';
  }
  return out;
}

}  // namespace

Json render(const SetError& error) {
  Json out = error.extra;
  out["type"] = error.type;
  if (!error.description.empty()) out["description"] = error.description;
  if (!error.properties.empty()) out["properties"] = error.properties;
  return out;
}

SetError invalid_properties(std::vector<std::string> properties, std::string description) {
  return {"invalidProperties", std::move(description), std::move(properties)};
}

SetRequest read_set(const Arguments& arguments, const Limits& limits) {
  SetRequest out{.if_in_state = arguments.string("ifInState", Null::kAbsent),
                 .create = read_objects(arguments, "create"),
                 .update = read_objects(arguments, "update"),
                 .destroy = read_destroy(arguments)};
  check_set_size(out.create.size() + out.update.size() + out.destroy.size(), limits);
  return out;
}

void state_mismatch() {
  throw MethodError{"stateMismatch", "the state is another one by now: read what changed, then try again"};
}

void SetResponse::created(const std::string& creation_id, Json object) {
  call_.created_ids[creation_id] = object.at("id").get<std::string>();
  created_[creation_id] = std::move(object);
}

Json SetResponse::finish_create(const std::optional<std::string>& old_state, const std::string& new_state) {
  return {{"accountId", to_wire(account_)},
          {"oldState", old_state ? Json(*old_state) : Json()},
          {"newState", new_state},
          {"created", null_if_empty(std::move(created_))},
          {"notCreated", null_if_empty(std::move(not_created_))}};
}

Json SetResponse::finish(const std::optional<std::string>& old_state, const std::string& new_state) {
  Json out = finish_create(old_state, new_state);
  out["updated"] = null_if_empty(std::move(updated_));
  out["destroyed"] = null_if_empty(std::move(destroyed_));
  out["notUpdated"] = null_if_empty(std::move(not_updated_));
  out["notDestroyed"] = null_if_empty(std::move(not_destroyed_));
  return out;
}

std::optional<PatchPath> read_patch_path(std::string_view path) {
  const auto slash = path.find('/');
  const auto property = unescaped(path.substr(0, slash));
  if (!property) return std::nullopt;
  if (slash == path.npos) return PatchPath{*property, {}};
  if (path.find('/', slash + 1) != path.npos) return std::nullopt;
  auto member = unescaped(path.substr(slash + 1));
  if (!member) return std::nullopt;
  return PatchPath{*property, std::move(member)};
}

}  // namespace waxseal::jmapd
