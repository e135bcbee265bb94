// Mailbox/get (RFC 8621 section 2.1).
#include <algorithm>
#include <array>
#include <unordered_set>

#include "jmapd/header_forms.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

using store::MailboxRow;
using Property = ObjectProperty<MailboxRow>;

// Of credentials that may write: the mail is the user's own.  New mail is delivered to the inbox, so it stays; there is
// no submission yet.
Json render_rights(const MailboxRow& row) {
  return Json{
      {"mayReadItems", true},   {"mayAddItems", true},    {"mayRemoveItems", true}, {"maySetSeen", true},
      {"maySetKeywords", true}, {"mayCreateChild", true}, {"mayRename", true},      {"mayDelete", row.role != "inbox"},
      {"maySubmit", false}};
}

Json reading_only(Json rights) {
  for (auto& [name, value] : rights.items()) value = name == "mayReadItems";
  return rights;
}

Json render_parent(const MailboxRow& row) {
  return row.parent ? Json(to_wire(*row.parent)) : Json(nullptr);
}

Json render_role(const MailboxRow& row) {
  return row.role ? Json(*row.role) : Json(nullptr);
}

constexpr std::array kProperties{
    Property{"id", [](const MailboxRow& row) { return Json(to_wire(row.id)); }},
    Property{"name", [](const MailboxRow& row) { return json_text(row.name); }},
    Property{"parentId", render_parent},
    Property{"role", render_role},
    Property{"sortOrder", [](const MailboxRow& row) { return Json(row.sort_order); }},
    Property{"totalEmails", [](const MailboxRow& row) { return Json(row.total_emails); }},
    Property{"unreadEmails", [](const MailboxRow& row) { return Json(row.unread_emails); }},
    Property{"totalThreads", [](const MailboxRow& row) { return Json(row.total_threads); }},
    Property{"unreadThreads", [](const MailboxRow& row) { return Json(row.unread_threads); }},
    Property{"myRights", render_rights},
    Property{"isSubscribed", [](const MailboxRow& row) { return Json(row.subscribed); }},
};

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

// An account has few mailboxes: all are read, in one statement.
std::vector<MailboxRow> wanted_rows(store::Snapshot& snapshot, const GetRequest& request) {
  auto rows = store::get_mailboxes(snapshot);
  if (!request.ids) return rows;
  const auto ids = known_ids(*request.ids, mailbox_from_wire);
  const std::unordered_set<MailboxId> wanted(ids.begin(), ids.end());
  std::erase_if(rows, [&](const MailboxRow& row) { return !wanted.contains(row.id); });
  return rows;
}

}  // namespace

Json mailbox_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<MailboxRow>(kProperties, request.properties);
  auto snapshot = call.open(arguments);
  const auto rows = wanted_rows(snapshot, request);
  check_object_count(rows.size(), call.limits);
  Json list = Json::array();
  for (const auto& row : rows) {
    Json object = render_object(row, selected);
    if (call.principal.scope != store::Scope::kFull && object.contains("myRights")) {
      object["myRights"] = reading_only(std::move(object["myRights"]));
    }
    list.push_back(std::move(object));
  }
  return get_response(snapshot, store::ObjectType::kMailbox, request, std::move(list));
}

}  // namespace waxseal::jmapd
