// Thread/get (RFC 8621 section 3.1).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "store/email_query.h"

namespace waxseal::jmapd {
namespace {

using store::ThreadRow;
using Property = ObjectProperty<ThreadRow>;

Json render_emails(const ThreadRow& row) {
  Json ids = Json::array();
  for (const auto email : row.emails) ids.push_back(to_wire(email));
  return ids;
}

constexpr std::array kProperties{
    Property{"id", [](const ThreadRow& row) { return Json(to_wire(row.id)); }},
    Property{"emailIds", render_emails},
};

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

// "ids" null: every thread has an email, so one email of each names them all.
std::vector<ThreadId> all_ids(store::Snapshot& snapshot, const Limits& limits) {
  const auto emails =
      store::query_emails(snapshot, {.collapse_threads = true, .limit = limits.max_objects_in_get + 1}).ids;
  check_object_count(emails.size(), limits);
  std::vector<ThreadId> threads;
  for (const auto& row : store::get_emails(snapshot, emails)) threads.push_back(row.thread);
  return threads;
}

}  // namespace

Json thread_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<ThreadRow>(kProperties, request.properties);
  auto snapshot = call.open(arguments);
  const auto ids = request.ids ? known_ids(*request.ids, thread_from_wire) : all_ids(snapshot, call.limits);
  Json list = Json::array();
  for (const auto& row : store::get_threads(snapshot, ids)) list.push_back(render_object(row, selected));
  return get_response(snapshot, store::ObjectType::kThread, request, std::move(list));
}

}  // namespace waxseal::jmapd
