// What later calls of a request refer to of the results of earlier ones (RFC 8620 section 3.7), and nothing else: a
// list of messages whose thread ids alone are asked for is kept as a list of thread ids.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waxseal::jmapd {

using PathTokens = std::vector<std::string>;  // of a JSON Pointer
using Paths = std::vector<std::span<const std::string>>;

// `value` as far as the paths look into it; everything else is gone, array elements are null then.
nlohmann::json seen_by(const Paths& paths, nlohmann::json value);

// One result while it is made.
class KeptResult {
 public:
  KeptResult(Paths paths, std::size_t& room) : paths_(std::move(paths)), room_(&room) {}

  bool wanted() const { return !paths_.empty(); }
  bool too_large() const { return too_large_; }
  // One more object of the array, or with a key of the object, that is `member`.
  void add(std::string_view member, const std::string* key, nlohmann::json object);
  // The members that were not added one by one.
  nlohmann::json finish(nlohmann::json others);

 private:
  void take_room(const nlohmann::json& value);

  Paths paths_;
  std::size_t* room_;  // octets that all results of the request may still take
  std::string member_;
  nlohmann::json objects_;
  bool too_large_ = false;
};

class KeptResults {
 public:
  explicit KeptResults(std::size_t room) : room_(room) {}
  KeptResults(const KeptResults&) = delete;  // results point to the room
  KeptResults& operator=(const KeptResults&) = delete;

  // Arguments of every call of the request, before the first is made.
  void expect(const nlohmann::json& arguments);
  KeptResult result_of(const std::string& call_id);
  // The first response of a call; a later one of the same id cannot be referred to.
  void keep(const std::string& name, const std::string& call_id, KeptResult result, nlohmann::json others);
  // For resolve_references(): [name, what was kept, call id], or [name, null, call id, "too large"].
  const nlohmann::json& responses() const { return responses_; }

 private:
  std::size_t room_;
  std::map<std::string, std::vector<PathTokens>> expected_;  // by call id
  nlohmann::json responses_ = nlohmann::json::array();
};

}  // namespace waxseal::jmapd
