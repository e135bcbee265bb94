#include "jmapd/kept_results.h"

#include <algorithm>

#include "jmapd/method.h"
#include "jmapd/result_reference.h"

namespace waxseal::jmapd {
namespace {

bool whole(const Paths& paths) {
  return std::any_of(paths.begin(), paths.end(), [](const auto& path) { return path.empty(); });
}

// What is left of the paths behind one step that `matches`; a path that ends here looks at everything.
template <class Matches>
Paths behind(const Paths& paths, Matches matches) {
  Paths out;
  for (const auto& path : paths) {
    if (path.empty()) {
      out.push_back(path);
    } else if (matches(path[0])) {
      out.push_back(path.subspan(1));
    }
  }
  return out;
}

Paths behind_member(const Paths& paths, std::string_view name) {
  return behind(paths, [&](const std::string& token) { return token == name; });
}

Paths behind_index(const Paths& paths, std::size_t index) {
  const std::string number = std::to_string(index);
  return behind(paths, [&](const std::string& token) { return token == "*" || token == number; });
}

std::size_t memory_of(const Json& value) {
  std::size_t octets = sizeof(Json) + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  if (!value.is_structured()) return octets;
  for (auto member = value.begin(); member != value.end(); ++member) {
    octets += memory_of(*member) + (value.is_object() ? member.key().size() : 0);
  }
  return octets;
}

const std::string* text_at(const Json& object, const char* name) {
  const auto member = object.is_object() ? object.find(name) : object.end();
  return member == object.end() || !member->is_string() ? nullptr : &member->get_ref<const std::string&>();
}

}  // namespace

// Recursion is bounded by the tokens of a path.
Json seen_by(const Paths& paths, Json value) {
  if (whole(paths)) return value;
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& path : paths) {
      const auto member = value.find(path[0]);
      if (member == value.end() || out.contains(path[0])) continue;
      out[path[0]] = seen_by(behind_member(paths, path[0]), std::move(*member));
    }
    return out;
  }
  if (!value.is_array()) return nullptr;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Paths inside = behind_index(paths, i);
    value[i] = inside.empty() ? Json() : seen_by(inside, std::move(value[i]));
  }
  return value;
}

void KeptResult::take_room(const Json& value) {
  const std::size_t octets = memory_of(value);
  too_large_ = too_large_ || octets > *room_;
  if (!too_large_) *room_ -= octets;
}

void KeptResult::add(std::string_view member, const std::string* key, Json object) {
  if (!wanted() || too_large_) return;
  const Paths inside = behind_member(paths_, member);
  if (inside.empty()) return;
  if (member_.empty()) objects_ = key != nullptr ? Json::object() : Json::array();
  member_ = member;
  const Paths of_object = key != nullptr ? behind_member(inside, *key) : behind_index(inside, objects_.size());
  Json seen = of_object.empty() ? Json() : seen_by(of_object, std::move(object));
  take_room(seen);
  if (too_large_) {
    objects_ = nullptr;
  } else if (key == nullptr) {
    objects_.push_back(std::move(seen));
  } else if (!of_object.empty()) {
    objects_[*key] = std::move(seen);
  }
}

Json KeptResult::finish(Json others) {
  Json out = seen_by(paths_, std::move(others));
  take_room(out);
  if (too_large_) return nullptr;
  if (!member_.empty()) out[member_] = std::move(objects_);
  return out;
}

void KeptResults::expect(const Json& arguments) {
  for (const auto& [name, reference] : arguments.items()) {
    const std::string* const call_id = name.starts_with('#') ? text_at(reference, "resultOf") : nullptr;
    const std::string* const path = call_id != nullptr ? text_at(reference, "path") : nullptr;
    if (path == nullptr) continue;
    try {
      expected_[*call_id].push_back(path_tokens(*path));
    } catch (const MethodError&) {  // the call that has it will hear of it
      expected_[*call_id];
    }
  }
}

KeptResult KeptResults::result_of(const std::string& call_id) {
  Paths paths;
  if (const auto expected = expected_.find(call_id); expected != expected_.end()) {
    paths.assign(expected->second.begin(), expected->second.end());
  }
  return {std::move(paths), room_};
}

void KeptResults::keep(const std::string& name, const std::string& call_id, KeptResult result, Json others) {
  if (!expected_.contains(call_id)) return;
  for (const Json& response : responses_) {
    if (response[2] == call_id) return;
  }
  Json response = Json::array({name, result.finish(std::move(others)), call_id});
  if (result.too_large()) response.push_back("too large");
  responses_.push_back(std::move(response));
}

}  // namespace waxseal::jmapd
