// The common part of every Foo/set (RFC 8620 section 5.3).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jmapd/arguments.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {

struct SetError {
  std::string type;
  std::string description;
  std::vector<std::string> properties = {};  // of invalidProperties: all that are wrong
  Json extra = Json::object();
};
Json render(const SetError& error);
SetError invalid_properties(std::vector<std::string> properties, std::string description);

struct SetRequest {
  std::optional<std::string> if_in_state;
  std::vector<std::pair<std::string, const Json*>> create;  // creation id, object
  std::vector<std::pair<std::string, const Json*>> update;  // id as it was given, PatchObject
  std::vector<std::string> destroy;                         // each once, as it was given
};
// Throws invalidArguments or requestTooLarge.  `arguments` must outlive the result.
SetRequest read_set(const Arguments& arguments, const Limits& limits);

// Throws stateMismatch.
[[noreturn]] void state_mismatch();

// Response of a /set: what was done, and what was not and why.
class SetResponse {
 public:
  SetResponse(Call& call, AccountId account) : call_(call), account_(account) {}

  void created(const std::string& creation_id, Json object);
  void updated(const std::string& id) { updated_[id] = nullptr; }
  void destroyed(const std::string& id) { destroyed_.push_back(id); }
  void not_created(const std::string& id, const SetError& error) { not_created_[id] = render(error); }
  void not_updated(const std::string& id, const SetError& error) { not_updated_[id] = render(error); }
  void not_destroyed(const std::string& id, const SetError& error) { not_destroyed_[id] = render(error); }

  // Of what one transaction of the store did: `failures` belong to `ids`, Failure::kNone is success.
  template <class Failure>
  void report_updates(const std::vector<std::string>& ids, const std::vector<Failure>& failures,
                      SetError (*error_of)(Failure)) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      failures[i] == Failure::kNone ? updated(call_.resolve(ids[i])) : not_updated(ids[i], error_of(failures[i]));
    }
  }
  template <class Failure>
  void report_destroys(const std::vector<std::string>& ids, const std::vector<Failure>& failures,
                       SetError (*error_of)(Failure)) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      failures[i] == Failure::kNone ? destroyed(call_.resolve(ids[i])) : not_destroyed(ids[i], error_of(failures[i]));
    }
  }

  Json finish(const std::optional<std::string>& old_state, const std::string& new_state);
  // Of Email/import: no update, no destroy.
  Json finish_create(const std::optional<std::string>& old_state, const std::string& new_state);

 private:
  Call& call_;
  const AccountId account_;
  Json created_ = Json::object(), updated_ = Json::object(), destroyed_ = Json::array();
  Json not_created_ = Json::object(), not_updated_ = Json::object(), not_destroyed_ = Json::object();
};

// What a Foo/set begins with; errors of the request are thrown in the order of RFC 8620.
struct SetMethod {
  SetMethod(Call& call, const Json& arguments, std::span<const std::string_view> allowed)
      : call_(call),
        arguments_(arguments, allowed),
        account_(call.account(arguments)),
        request_(read_set(arguments_, call.limits)),
        response_(call, account_) {}

 protected:
  Call& call_;
  const Arguments arguments_;
  const AccountId account_;
  const SetRequest request_;
  SetResponse response_;
};

// One path of a PatchObject: "keywords/$seen" is {keywords, $seen}.
struct PatchPath {
  std::string property;
  std::optional<std::string> member;
};
// nullopt: deeper than two, which no property here has, or a wrong escape (RFC 6901).
std::optional<PatchPath> read_patch_path(std::string_view path);

}  // namespace waxseal::jmapd
