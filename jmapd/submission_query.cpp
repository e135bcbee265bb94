#include "jmapd/submission_query.h"

#include <algorithm>
#include <array>
#include <set>

#include "jmapd/filter_tree.h"
#include "jmapd/query_arguments.h"
#include "jmapd/submission_object.h"

namespace waxseal::jmapd {
namespace {

using store::Submission;
using Predicate = std::function<bool(const Submission&)>;

constexpr std::array<std::string_view, 6> kConditions{"identityIds", "emailIds", "threadIds",
                                                      "undoStatus",  "before",   "after"};

Predicate condition(const Json& value, const std::string& path) {
  const Arguments members(value, kConditions, path);
  std::vector<Predicate> all;
  const auto one_of = [&](std::string_view name, std::string (*wire)(const Submission&)) {
    const auto ids = members.ids(name, Null::kAbsent);
    if (!ids) return;
    all.push_back([wire, wanted = std::set<std::string>(ids->begin(), ids->end())](const Submission& row) {
      return wanted.contains(wire(row));
    });
  };
  one_of("identityIds", [](const Submission& row) { return to_wire(row.identity); });
  one_of("emailIds", [](const Submission& row) { return to_wire(row.email); });
  one_of("threadIds", [](const Submission& row) { return to_wire(row.thread); });
  if (const auto wanted = members.string("undoStatus", Null::kAbsent)) {
    all.push_back([wanted](const Submission& row) { return undo_status_name(row.undo) == *wanted; });
  }
  if (const auto time = members.utc_date("before")) {
    all.push_back([time](const Submission& row) { return row.send_at < *time; });
  }
  if (const auto time = members.utc_date("after")) {
    all.push_back([time](const Submission& row) { return row.send_at >= *time; });
  }
  return [all](const Submission& row) {
    return std::all_of(all.begin(), all.end(), [&](const Predicate& one) { return one(row); });
  };
}

Predicate combine(FilterOperator op, std::vector<Predicate> nodes) {
  return [op, nodes = std::move(nodes)](const Submission& row) {
    const auto holds = [&](const Predicate& one) { return one(row); };
    if (op == FilterOperator::kAnd) return std::all_of(nodes.begin(), nodes.end(), holds);
    if (op == FilterOperator::kOr) return std::any_of(nodes.begin(), nodes.end(), holds);
    return std::none_of(nodes.begin(), nodes.end(), holds);
  };
}

Predicate read_predicate(const Arguments& arguments) {
  const Json* filter = arguments.find("filter", Null::kAbsent);
  if (filter == nullptr) return [](const Submission&) { return true; };
  FilterBudget budget;
  const auto leaf = [](const Json& value, const std::string& path, FilterBudget&) { return condition(value, path); };
  return read_filter(*filter, "filter", budget, leaf, combine);
}

using Key = std::int64_t (*)(const Submission&);

// The RFC's text says "sentAt" where it means sendAt.
Key key_of(const Comparator& comparator) {
  if (comparator.keyword) refuse_argument(comparator.path + "/keyword", "is unknown");
  if (comparator.property == "emailId") return [](const Submission& row) { return row.email.value; };
  if (comparator.property == "threadId") return [](const Submission& row) { return row.thread.value; };
  if (comparator.property == "sentAt" || comparator.property == "sendAt") {
    return [](const Submission& row) { return to_epoch(row.send_at); };
  }
  unsupported_sort("this server cannot sort by \"" + comparator.property + "\"");
}

}  // namespace

SubmissionQuery::SubmissionQuery(const Arguments& arguments) : matches_(read_predicate(arguments)) {
  std::vector<std::pair<Key, bool>> keys;
  for (const Comparator& one : read_sort(arguments)) keys.emplace_back(key_of(one), one.ascending);
  before_ = [keys](const Submission& a, const Submission& b) {
    for (const auto& [key, ascending] : keys) {
      if (key(a) != key(b)) return (key(a) < key(b)) == ascending;
    }
    return a.id < b.id;
  };
}

std::vector<std::string> SubmissionQuery::run(store::Snapshot& snapshot) const {
  std::vector<Submission> rows = store::get_submissions(snapshot);
  std::erase_if(rows, [&](const Submission& row) { return !matches_(row); });
  std::sort(rows.begin(), rows.end(), before_);
  std::vector<std::string> out;
  for (const Submission& row : rows) out.push_back(to_wire(row.id));
  return out;
}

}  // namespace waxseal::jmapd
