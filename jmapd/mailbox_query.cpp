#include "jmapd/mailbox_query.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "jmapd/filter_tree.h"
#include "jmapd/query_arguments.h"
#include "mime/collation.h"

namespace waxseal::jmapd {
namespace {

using store::MailboxRow;
using Predicate = MailboxQuery::Predicate;
using Less = MailboxQuery::Less;

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
    return together(op, members, [&](const Predicate& one) { return one(row); });
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

std::string name_key(const MailboxRow& row) {
  return mime::unicode_casemap(row.name, row.name.size() * 2);
}

int compare_name(const MailboxRow& a, const MailboxRow& b) {
  return name_key(a).compare(name_key(b));
}

// i;ascii-casemap (RFC 4790 section 9.2).
int compare_ascii_name(const MailboxRow& a, const MailboxRow& b) {
  return ascii_lower(a.name).compare(ascii_lower(b.name));
}

int compare_order(const MailboxRow& a, const MailboxRow& b) {
  return a.sort_order == b.sort_order ? 0 : (a.sort_order < b.sort_order ? -1 : 1);
}

using Compare = int (*)(const MailboxRow&, const MailboxRow&);

Compare compare_by(const Comparator& comparator) {
  if (comparator.keyword) refuse_argument(comparator.path + "/keyword", "is unknown");
  if (comparator.property == "name") return comparator.collation == kAsciiCasemap ? compare_ascii_name : compare_name;
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
MailboxRows as_tree(const MailboxRows& rows) {
  std::unordered_map<MailboxId, std::vector<const MailboxRow*>> children;
  for (const auto& row : rows) children[row.parent.value_or(MailboxId{})].push_back(&row);
  MailboxRows ordered;
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
MailboxRows with_ancestors(MailboxRows included) {
  for (;;) {
    std::unordered_set<MailboxId> known;
    for (const auto& row : included) known.insert(row.id);
    const auto removed =
        std::erase_if(included, [&](const MailboxRow& row) { return row.parent && !known.contains(*row.parent); });
    if (removed == 0) return included;
  }
}

}  // namespace

MailboxQuery read_mailbox_query(const Arguments& arguments) {
  return {.matches = read_mailbox_filter(arguments),
          .order = read_order(arguments),
          .sort_as_tree = arguments.boolean("sortAsTree", Null::kAbsent).value_or(false),
          .filter_as_tree = arguments.boolean("filterAsTree", Null::kAbsent).value_or(false)};
}

std::vector<MailboxId> mailbox_results(MailboxRows rows, const MailboxQuery& query) {
  std::sort(rows.begin(), rows.end(), query.order);
  if (query.sort_as_tree) rows = as_tree(rows);
  std::erase_if(rows, [&](const MailboxRow& row) { return !query.matches(row); });
  if (query.filter_as_tree) rows = with_ancestors(std::move(rows));
  std::vector<MailboxId> out;
  for (const auto& row : rows) out.push_back(row.id);
  return out;
}

}  // namespace waxseal::jmapd
