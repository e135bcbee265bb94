// SmimeOverview/get of our own capability (docs/JMAP.md): the whole installation in numbers, for administrators.
#include <array>

#include "base/text.h"
#include "jmapd/header_forms.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "smime/certificate.h"
#include "store/overview.h"

namespace waxseal::jmapd {
namespace {

constexpr const char* kId = "singleton";
constexpr Seconds kShownFor{90 * 86'400};
constexpr Seconds kSoon{60 * 86'400};
constexpr std::array<std::string_view, 3> kArguments{"accountId", "ids", "properties"};

struct Overview {
  store::Database& database;
  Time now;
  const std::string& language;
};
using Property = ObjectProperty<Overview>;

Json nullable_date(const std::optional<Time>& time) {
  return time ? Json(format_utc_date(*time)) : Json();
}

Json by_status(const std::map<smime::Status, std::int64_t>& counts) {
  Json out = Json::object();
  for (const auto& [status, count] : counts) out[std::string(smime::status_token(status).value_or("none"))] = count;
  return out;
}

Json by_code(const std::map<smime::Code, std::int64_t>& counts) {
  Json out = Json::object();
  for (const auto& [code, count] : counts) out[std::string(smime::row(code).name)] = count;
  return out;
}

Json days(const Overview& overview) {
  Json list = Json::array();
  for (const store::DayVerdicts& day : store::daily_verdicts(overview.database, overview.now - kShownFor)) {
    list.push_back({{"day", day.day},
                    {"arrived", by_status(day.arrived)},
                    {"arrivedWith", by_code(day.arrived_with)},
                    {"became", by_status(day.became)},
                    {"becameWith", by_code(day.became_with)}});
  }
  return list;
}

// In the reader's language.
Json code_texts(const Overview& overview) {
  Json out = Json::object();
  for (const smime::CodeRow& row : smime::all_codes()) {
    const auto texts = smime::error_texts(smime::Status::kFailed, {row.code}, overview.language);
    if (texts && !texts->empty()) out[std::string(row.name)] = texts->front();
  }
  return out;
}

Json ending(const Overview& overview) {
  Json list = Json::array();
  for (const std::string& der : store::certificates_ending(overview.database, overview.now, overview.now + kSoon)) {
    const auto certificate = smime::Certificate::parse(der);
    if (!certificate) continue;
    const smime::CertNames& names = certificate->names();
    Json addresses = Json::array();
    for (const smime::CertAddress& each : names.san_has_mailbox_names ? names.san : names.subject)
      addresses.push_back(json_text(each.address()));
    list.push_back({{"sha256", certificate->id().hex()},
                    {"subject", json_text(certificate->subject_text())},
                    {"addresses", std::move(addresses)},
                    {"notAfter", format_utc_date(certificate->not_after())}});
  }
  return list;
}

Json units(const Overview& overview) {
  const store::UnitsDue due = store::units_due(overview.database, overview.now);
  return {{"due", due.due}, {"unswept", due.unswept}, {"oldestDueAt", nullable_date(due.oldest_due_at)}};
}

Json failure(const store::FetchFailure& each) {
  return {{"url", json_text(each.url)},
          {"error", json_text(each.error)},
          {"failures", each.failures},
          {"fetchedAt", nullable_date(each.fetched_at)},
          {"nextFetchAt", nullable_date(each.next_fetch_at)}};
}

Json revocation(const Overview& overview) {
  const store::RevocationHealth health = store::revocation_health(overview.database, overview.now);
  Json failures = Json::array();
  for (const store::FetchFailure& each : health.failures) failures.push_back(failure(each));
  return {{"lists", health.lists},     {"outdatedLists", health.outdated_lists},
          {"fetches", health.fetches}, {"due", health.due},
          {"failing", health.failing}, {"failures", std::move(failures)}};
}

constexpr std::array kProperties{
    Property{"id", [](const Overview&) { return Json(kId); }},
    Property{"at", [](const Overview& overview) { return Json(format_utc_date(overview.now)); }},
    Property{"days", days},
    Property{"texts", code_texts},
    Property{"certificatesEnding", ending},
    Property{"units", units},
    Property{"revocation", revocation},
};

}  // namespace

Json smime_overview_get(Call& call, const Json& arguments) {
  const GetRequest request = read_get(Arguments(arguments, kArguments), call.limits);
  const auto selected = select_from<Overview>(kProperties, request.properties);
  const AccountId account = call.account(arguments);
  if (!call.principal.administrator)
    throw MethodError{"forbidden", "Only an administrator may see this (waxseal account administrator NAME yes)"};
  const bool wanted = !request.ids || std::find(request.ids->begin(), request.ids->end(), kId) != request.ids->end();
  Json list = Json::array();
  const Overview overview{call.database, call.clock.now(), call.language};
  if (wanted) list.push_back(render_object(overview, selected));
  // Of the moment: nothing tells of its changes.
  return get_response(account, std::to_string(overview.now.time_since_epoch().count()), request, std::move(list));
}

}  // namespace waxseal::jmapd
