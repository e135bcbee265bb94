#include "jmapd/quota_query.h"

#include <array>

#include "jmapd/filter_tree.h"
#include "jmapd/query_arguments.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 4> kConditions{"name", "scope", "resourceType", "type"};

bool condition(const Json& value, const std::string& path, std::string_view own_name) {
  const Arguments members(value, kConditions, path);
  const auto is = [&](std::string_view member, std::string_view own) {
    const auto wanted = members.string(member);
    return !wanted || *wanted == own;
  };
  const auto name = members.string("name");
  return (!name || own_name.find(*name) != own_name.npos) && is("scope", "account") && is("resourceType", "octets") &&
         is("type", "Email");
}

bool combine(FilterOperator op, const std::vector<bool>& members) {
  return together(op, members, [](bool one) { return one; });
}

}  // namespace

bool quota_matches(const Arguments& arguments, std::string_view name) {
  const Json* filter = arguments.find("filter", Null::kAbsent);
  if (filter == nullptr) return true;
  FilterBudget budget;
  const auto leaf = [&](const Json& value, const std::string& path, FilterBudget&) {
    return condition(value, path, name);
  };
  return read_filter(*filter, "filter", budget, leaf, combine);
}

void check_quota_sort(const Arguments& arguments) {
  for (const Comparator& comparator : read_sort(arguments)) {
    if (comparator.keyword) refuse_argument(comparator.path + "/keyword", "is unknown");
    if (comparator.property == "name" || comparator.property == "used") continue;
    unsupported_sort("this server cannot sort by \"" + comparator.property + "\"");
  }
}

}  // namespace waxseal::jmapd
