// FilterOperator | FilterCondition (RFC 8620 section 5.5), the part that every /query shares.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "jmapd/arguments.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {

// Rule R29.  More is "unsupportedFilter": the client should "suggest that the user simplify their search".
inline constexpr std::size_t kMaxFilterDepth = 16;
inline constexpr std::size_t kMaxFilterConditions = 100;

enum class FilterOperator { kAnd, kOr, kNot };

class FilterBudget {
 public:
  void charge_condition() {
    if (++conditions_ > kMaxFilterConditions)
      throw MethodError{"unsupportedFilter", "The filter has too many conditions"};
  }

 private:
  std::size_t conditions_ = 0;
};

inline FilterOperator read_operator(const Arguments& group) {
  const auto name = group.string("operator");
  if (name == "AND") return FilterOperator::kAnd;
  if (name == "OR") return FilterOperator::kOr;
  if (name == "NOT") return FilterOperator::kNot;
  refuse_argument(group.path_of("operator"), "must be AND, OR or NOT");
}

// What an operator makes of its conditions.
template <class Members, class Holds>
bool together(FilterOperator op, const Members& members, const Holds& holds) {
  switch (op) {
    case FilterOperator::kAnd:
      return std::all_of(members.begin(), members.end(), holds);
    case FilterOperator::kOr:
      return std::any_of(members.begin(), members.end(), holds);
    case FilterOperator::kNot:
      return std::none_of(members.begin(), members.end(), holds);
  }
  return false;
}

// `leaf(condition, path, budget)` and `group(operator, nodes)` make a Node.  Throws invalidArguments or
// unsupportedFilter.
template <class Leaf, class Group>
auto read_filter(const Json& filter, const std::string& path, FilterBudget& budget, const Leaf& leaf,
                 const Group& group, std::size_t depth = 1) -> decltype(leaf(filter, path, budget)) {
  using Node = decltype(leaf(filter, path, budget));
  static constexpr std::array<std::string_view, 2> kMembers{"operator", "conditions"};
  if (depth > kMaxFilterDepth) throw MethodError{"unsupportedFilter", "The filter is nested too deeply"};
  if (!filter.is_object() || !filter.contains("operator")) {
    budget.charge_condition();
    return leaf(filter, path, budget);
  }
  const Arguments members(filter, kMembers, path);
  const FilterOperator op = read_operator(members);
  const Json* conditions = members.find("conditions");
  const std::string below = members.path_of("conditions");
  if (conditions == nullptr || !conditions->is_array()) refuse_argument(below, "must be an array");
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < conditions->size(); ++i) {
    nodes.push_back(read_filter((*conditions)[i], below + "/" + std::to_string(i), budget, leaf, group, depth + 1));
  }
  return group(op, std::move(nodes));
}

}  // namespace waxseal::jmapd
