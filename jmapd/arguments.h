// Reading what a client sends: every doubt is "invalidArguments" that names the argument (RFC 8620 section 3.6.2), and
// nothing is guessed: unknown members, wrong types and ids that no server could have minted are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jmapd/method.h"

namespace waxseal::jmapd {

// Largest Int (RFC 8620 section 1.3).
inline constexpr std::int64_t kMaxInt = (std::int64_t{1} << 53) - 1;

// Throws MethodError "invalidArguments"; the description is "NAME: PROBLEM", and `arguments` lists the name.
[[noreturn]] void refuse_argument(std::string_view name, std::string_view problem);

// RFC 8620 section 1.2: 1 to 255 octets of A-Z a-z 0-9 - _.
bool valid_id(std::string_view text);

// What null means: for "Id|null" the same as an absent argument, for "Id" an error.
enum class Null { kRefused, kAbsent };

// One JSON object of the request.  Readers return nullopt for an absent member and throw invalidArguments for a wrong
// one.
class Arguments {
 public:
  // `path` leads to the object in the arguments ("" for the arguments themselves, "filter/conditions/0").  Throws
  // invalidArguments if it is no object or has a member that is not in `allowed`.  `object` must outlive this.
  Arguments(const Json& object, std::span<const std::string_view> allowed, std::string path = {});

  // nullptr: absent (or null, if that is the same).
  const Json* find(std::string_view name, Null null = Null::kRefused) const;

  std::optional<bool> boolean(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::int64_t> integer(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::int64_t> unsigned_integer(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::string> string(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::string> id(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::vector<std::string>> strings(std::string_view name, Null null = Null::kRefused) const;
  std::optional<std::vector<std::string>> ids(std::string_view name, Null null = Null::kRefused) const;
  // UTCDate (RFC 8620 section 1.4).  A fraction of a second is rounded up: stored times are whole seconds, so that
  // "before" and "after" keep their meaning.
  std::optional<Time> utc_date(std::string_view name) const;

  std::string path_of(std::string_view name) const;  // "filter/conditions/0/minSize"

 private:
  const Json& object_;
  std::string path_;
};

}  // namespace waxseal::jmapd
