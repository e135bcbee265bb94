// Mailbox/query (RFC 8621 section 2.3).
#include "jmapd/mailbox_query.h"

#include <array>

#include "jmapd/methods/methods.h"
#include "jmapd/query_arguments.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 10> kArguments{"accountId",  "filter",       "sort",  "position",
                                                      "anchor",     "anchorOffset", "limit", "calculateTotal",
                                                      "sortAsTree", "filterAsTree"};

}  // namespace

Json mailbox_query(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const QueryWindow window = read_window(reader);
  const MailboxQuery query = read_mailbox_query(reader);
  auto snapshot = call.open(arguments);
  std::vector<std::string> ids;
  for (const MailboxId id : mailbox_results(store::get_mailboxes(snapshot), query)) ids.push_back(to_wire(id));
  Json response = page_of(ids, window);
  response["accountId"] = to_wire(snapshot.account());
  response["queryState"] = store::state(snapshot, store::ObjectType::kMailbox);
  response["canCalculateChanges"] = true;
  return response;
}

}  // namespace waxseal::jmapd
