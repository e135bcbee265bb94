// Email/get (RFC 8621 section 4.2, RFC 9219 section 4.1).
#include <array>

#include "jmapd/email_selection.h"
#include "jmapd/loaded_email.h"
#include "jmapd/methods/methods.h"
#include "jmapd/smime_details.h"
#include "jmapd/standard_get.h"
#include "store/email_query.h"

namespace waxseal::jmapd {
namespace {

using SmimeRecords = std::map<std::int64_t, store::SmimeRecord>;

constexpr std::array<std::string_view, 8> kArguments{"accountId",           "ids",
                                                     "properties",          "bodyProperties",
                                                     "fetchTextBodyValues", "fetchHTMLBodyValues",
                                                     "fetchAllBodyValues",  "maxBodyValueBytes"};

// "ids" null: all emails, if they are not more than maxObjectsInGet.
std::vector<EmailId> all_ids(store::Snapshot& snapshot, const Limits& limits) {
  auto ids = store::query_emails(snapshot, {.limit = limits.max_objects_in_get + 1}).ids;
  check_object_count(ids.size(), limits);
  return ids;
}

Json list_emails(Call& call, AccountId account, const GetRequest& request, const EmailSelection& selection) {
  const auto found = store::list_emails(call.database, account, known_ids(*request.ids, email_from_wire));
  ObjectList list(call, "list");
  FoundIds present;
  for (const auto& row : found.emails) {
    list.add(render_email({.row = row}, selection));
    present.insert(to_wire(row.id));
  }
  return get_response(account, found.state, request, present, list);
}

}  // namespace

Json email_get(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const GetRequest request = read_get(reader, call.limits);
  const EmailSelection selection = read_email_selection(call, reader, request.properties);
  const AccountId account = selection.shows_verdicts() ? call.fresh_account(arguments) : call.account(arguments);
  if (request.ids && selection.listed()) return list_emails(call, account, request, selection);

  store::Snapshot snapshot(call.database, account);
  const auto ids = request.ids ? known_ids(*request.ids, email_from_wire) : all_ids(snapshot, call.limits);
  const auto rows = store::get_emails(snapshot, ids);
  const Needs needs = selection.needs();
  if (needs == Needs::kMessage) check_octets(rows);
  const auto records = selection.needs_smime_record() ? store::get_smime_records(snapshot, ids) : SmimeRecords{};
  ObjectList list(call, "list");
  FoundIds found;
  for (const auto& row : rows) {
    const LoadedEmail email(snapshot, row, needs);
    EmailView view = email.view();
    const auto record = records.find(row.id.value);
    SmimeBackground background;
    if (record != records.end()) {
      background = read_smime_background(snapshot, record->second);
      view.smime = &record->second;
      view.background = &background;
    }
    list.add(render_email(view, selection));
    found.insert(to_wire(row.id));
  }
  return get_response(account, store::state(snapshot, store::ObjectType::kEmail), request, found, list);
}

}  // namespace waxseal::jmapd
