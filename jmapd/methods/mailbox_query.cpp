// Mailbox/query (RFC 8621 section 2.3).  An account has few mailboxes: all are read, and filtered and sorted here.
#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "jmapd/filter_tree.h"
#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"

namespace waxseal::jmapd {
namespace {

using store::MailboxRow;
using Rows = std::vector<MailboxRow>;
using Predicate = std::function<bool(const MailboxRow&)>;
using Less = std::function<bool(const MailboxRow&, const MailboxRow&)>;

constexpr std::array<std::string_view, 10> kArguments{"accountId",  "filter",       "sort",  "position",
                                                      "anchor",     "anchorOffset", "limit", "calculateTotal",
                                                      "sortAsTree", "filterAsTree"};
constexpr std::array<std::string_view, 5> kConditions{"parentId", "name", "role", "hasAnyRole", "isSubscribed"};

// --- filter
// --------------------------------------------------------------------------------------------------------------

Predicate read_condition(const Json& value, const std::string& path) {
  const Arguments members(value, kConditions, path);
  std::vector<Predicate> all;
  if (members.find("parentId") != nullptr) {
    const auto parent = members.id("parentId", Null::kAbsent);
    all.push_back([parent](const MailboxRow& row) {
      return parent ? row.parent && to_wire(*row.parent) == *parent : !row.parent;
    });
  }
  if (const auto name = members.string("name")) {
    all.push_back([name](const MailboxRow& row) { return ascii_icontains(row.name, *name); });
  }
  if (members.find("role") != nullptr) {
    const auto role = members.string("role", Null::kAbsent);
    all.push_back([role](const MailboxRow& row) { return row.role == role; });
  }
  if (const auto any = members.boolean("hasAnyRole")) {
    all.push_back([any](const MailboxRow& row) { return row.role.has_value() == *any; });
  }
  if (const auto subscribed = members.boolean("isSubscribed")) {
    all.push_back([subscribed](const MailboxRow& row) { return row.subscribed == *subscribed; });
  }
  return [all](const MailboxRow& row) {
    return std::all_of(all.begin(), all.end(), [&](const Predicate& one) { return one(row); });
  };
}

Predicate combine(FilterOperator op, std::vector<Predicate> members) {
  return [op, members](const MailboxRow& row) {
    const auto holds = [&](const Predicate& one) { return one(row); };
    switch (op) {
      case FilterOperator::kAnd:
        return std::all_of(members.begin(), members.end(), holds);
      case FilterOperator::kOr:
        return std::any_of(members.begin(), members.end(), holds);
      case FilterOperator::kNot:
        return std::none_of(members.begin(), members.end(), holds);
    }
    return false;
  };
}

Predicate read_mailbox_filter(const Arguments& arguments) {
  const Json* filter = arguments.find("filter", Null::kAbsent);
  if (filter == nullptr) return [](const MailboxRow&) { return true; };
  FilterBudget budget;
  const auto leaf = [](const Json& value, const std::string& path, FilterBudget&) {
    return read_condition(value, path);
  };
  return read_filter(*filter, "filter", budget, leaf, combine);
}

// --- sort
// ----------------------------------------------------------------------------------------------------------------

int compare_name(const MailboxRow& a, const MailboxRow& b) {
  return ascii_lower(a.name).compare(ascii_lower(b.name));
}

int compare_order(const MailboxRow& a, const MailboxRow& b) {
  return a.sort_order == b.sort_order ? 0 : (a.sort_order < b.sort_order ? -1 : 1);
}

using Compare = int (*)(const MailboxRow&, const MailboxRow&);

Compare compare_by(const Comparator& comparator) {
  if (comparator.keyword) refuse_argument(comparator.path + "/keyword", "is unknown");
  if (comparator.property == "name") return compare_name;
  if (comparator.property == "sortOrder") return compare_order;
  unsupported_sort("this server cannot sort by \"" + comparator.property + "\"");
}

// Without a sort: as a client shows them (RFC 8621 section 2, sortOrder).  Ties by id, so that the order is stable.
Less read_order(const Arguments& arguments) {
  std::vector<std::pair<Compare, bool>> chain;
  for (const auto& comparator : read_sort(arguments)) chain.emplace_back(compare_by(comparator), comparator.ascending);
  if (chain.empty()) chain = {{compare_order, true}, {compare_name, true}};
  return [chain](const MailboxRow& a, const MailboxRow& b) {
    for (const auto& [compare, ascending] : chain) {
      const int order = compare(a, b);
      if (order != 0) return ascending ? order < 0 : order > 0;
    }
    return a.id < b.id;
  };
}

// --- trees
// ---------------------------------------------------------------------------------------------------------------

// "sortAsTree": each mailbox is followed by its children.  Precondition: rows are sorted, and parents form no loop.
Rows as_tree(const Rows& rows) {
  std::unordered_map<MailboxId, std::vector<const MailboxRow*>> children;
  for (const auto& row : rows) children[row.parent.value_or(MailboxId{})].push_back(&row);
  Rows ordered;
  std::vector<const MailboxRow*> stack;
  const auto push_children_of = [&](MailboxId parent) {
    const auto& list = children[parent];
    stack.insert(stack.end(), list.rbegin(), list.rend());
  };
  push_children_of(MailboxId{});
  while (!stack.empty()) {
    const MailboxRow* row = stack.back();
    stack.pop_back();
    ordered.push_back(*row);
    push_children_of(row->id);
  }
  return ordered;
}

// "filterAsTree": a mailbox is included only if all its ancestors are.
Rows with_ancestors(Rows included) {
  for (;;) {
    std::unordered_set<MailboxId> known;
    for (const auto& row : included) known.insert(row.id);
    const auto removed =
        std::erase_if(included, [&](const MailboxRow& row) { return row.parent && !known.contains(*row.parent); });
    if (removed == 0) return included;
  }
}

}  // namespace

Json mailbox_query(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryWindow window = read_window(reader);
  const Predicate matches = read_mailbox_filter(reader);
  const Less order = read_order(reader);
  const bool sort_as_tree = reader.boolean("sortAsTree").value_or(false);
  const bool filter_as_tree = reader.boolean("filterAsTree").value_or(false);
  auto snapshot = call.open(arguments);
  Rows rows = store::get_mailboxes(snapshot);
  std::sort(rows.begin(), rows.end(), order);
  if (sort_as_tree) rows = as_tree(rows);
  std::erase_if(rows, [&](const MailboxRow& row) { return !matches(row); });
  if (filter_as_tree) rows = with_ancestors(std::move(rows));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(to_wire(row.id));
  Json response = page_of(ids, window);
  response["accountId"] = to_wire(snapshot.account());
  response["queryState"] = store::state(snapshot, store::ObjectType::kMailbox);
  response["canCalculateChanges"] = false;  // there is no Mailbox/queryChanges
  return response;
}

}  // namespace waxseal::jmapd
