// EmailSubmission/get (RFC 8621 section 7.1).
#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "jmapd/submission_object.h"

namespace waxseal::jmapd {
namespace {

using Row = store::Submission;
using Property = ObjectProperty<Row>;

constexpr std::array kProperties{
    Property{"id", [](const Row& row) { return Json(to_wire(row.id)); }},
    Property{"identityId", [](const Row& row) { return Json(to_wire(row.identity)); }},
    Property{"emailId", [](const Row& row) { return Json(to_wire(row.email)); }},
    Property{"threadId", [](const Row& row) { return Json(to_wire(row.thread)); }},
    Property{"envelope", [](const Row& row) { return Json::parse(row.envelope); }},
    Property{"sendAt", [](const Row& row) { return Json(format_utc_date(row.send_at)); }},
    Property{"undoStatus", [](const Row& row) { return Json(undo_status_name(row.undo)); }},
    Property{"deliveryStatus",
             [](const Row& row) { return row.delivery_status ? Json::parse(*row.delivery_status) : Json(); }},
    Property{"dsnBlobIds", [](const Row&) { return Json::array(); }},
    Property{"mdnBlobIds", [](const Row&) { return Json::array(); }},
};

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

}  // namespace

std::string_view undo_status_name(store::UndoStatus status) {
  switch (status) {
    case store::UndoStatus::kPending:
      return "pending";
    case store::UndoStatus::kCanceled:
      return "canceled";
    case store::UndoStatus::kFinal:
      break;
  }
  return "final";
}

Json render_submission(const store::Submission& submission) {
  return render_object(submission, select_from<Row>(kProperties, std::nullopt));
}

Json email_submission_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<Row>(kProperties, request.properties);
  auto snapshot = call.open(arguments);
  const std::vector<Row> rows = request.ids
                                    ? store::get_submissions(snapshot, known_ids(*request.ids, submission_from_wire))
                                    : store::get_submissions(snapshot);
  check_object_count(rows.size(), call.limits);
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(render_object(row, selected));
  return get_response(snapshot, store::ObjectType::kEmailSubmission, request, std::move(list));
}

}  // namespace waxseal::jmapd
