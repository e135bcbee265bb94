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

// The list, and the ids that are in it.
class Found {
 public:
  explicit Found(Call& call) : list_(call, "list") {}

  void add(const EmailView& view, const EmailSelection& selection) {
    list_.write([&](JsonWriter& out) { write_email(out, view, selection); });
    ids_.insert(to_wire(view.row.id));
  }
  Json response(AccountId account, const std::string& state, const GetRequest& request) {
    return get_response(account, state, request, ids_, list_);
  }

 private:
  ObjectList list_;
  FoundIds ids_;
};

Json list_emails(Call& call, AccountId account, const GetRequest& request, const EmailSelection& selection) {
  const auto listed = store::list_emails(call.database, account, known_ids(*request.ids, email_from_wire));
  Found found(call);
  for (const auto& row : listed.emails) found.add({.row = row}, selection);
  return found.response(account, listed.state, request);
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
  Found found(call);
  OctetsAhead ahead(snapshot, rows);
  for (const auto& row : rows) {
    const LoadedEmail email(snapshot, row, needs, &ahead);
    EmailView view = email.view();
    const auto record = records.find(row.id.value);
    SmimeBackground background;
    if (record != records.end()) {
      background = read_smime_background(snapshot, record->second);
      view.smime = &record->second;
      view.background = &background;
    }
    found.add(view, selection);
  }
  return found.response(account, store::state(snapshot, store::ObjectType::kEmail), request);
}

}  // namespace waxseal::jmapd
