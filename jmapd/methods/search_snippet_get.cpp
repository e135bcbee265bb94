// SearchSnippet/get (RFC 8621 section 5.1).
#include <array>

#include "jmapd/email_selection.h"
#include "jmapd/filter.h"
#include "jmapd/loaded_email.h"
#include "jmapd/methods/methods.h"
#include "jmapd/snippet.h"
#include "jmapd/standard_get.h"
#include "mime/search_text.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"accountId", "filter", "emailIds"};
constexpr std::size_t kAnySize = 64 * 1024;  // of a marked subject

Json nullable(std::optional<std::string> text) {
  return text ? Json(*std::move(text)) : Json();
}

Json snippet(store::Snapshot& snapshot, const store::EmailRow& row, const SnippetTerms& terms) {
  Json out = {{"emailId", to_wire(row.id)}, {"subject", nullptr}, {"preview", nullptr}};
  out["subject"] = nullable(mark_terms(row.summary.subject, terms.subject, kAnySize));
  if (terms.body.empty()) return out;
  const LoadedEmail email(snapshot, row, Needs::kMessage);
  const EmailView view = email.view();
  out["preview"] = nullable(mark_terms(mime::readable_text(view.octets, *view.message), terms.body, kMaxSnippetOctets));
  return out;
}

}  // namespace

Json search_snippet_get(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  auto wanted = reader.ids("emailIds");
  if (!wanted) refuse_argument("emailIds", "is missing");
  const GetRequest request = each_once(*std::move(wanted), call.limits);
  SnippetTerms terms;
  if (const Json* filter = reader.find("filter", Null::kAbsent)) {
    terms = snippet_terms(read_email_filter(*filter, smime_verify_of(call)));
  }
  auto snapshot = call.open(arguments);
  const auto rows = store::get_emails(snapshot, known_ids(*request.ids, email_from_wire));
  if (!terms.body.empty()) check_octets(rows);
  Json list = Json::array();
  for (const auto& row : rows) list.push_back(snippet(snapshot, row, terms));
  Json not_found = missing_ids(*request.ids, list, "emailId");
  return {{"accountId", to_wire(snapshot.account())},
          {"list", std::move(list)},
          {"notFound", null_if_empty(std::move(not_found))}};
}

}  // namespace waxseal::jmapd
