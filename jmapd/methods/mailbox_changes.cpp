// Mailbox/changes (RFC 8621 section 2.2).
#include "jmapd/methods/methods.h"
#include "jmapd/standard_changes.h"

namespace waxseal::jmapd {

Json mailbox_changes(Call& call, const Json& arguments) {
  auto answer = answer_changes(call, arguments, store::ObjectType::kMailbox, wire_id<MailboxId>);
  answer.response["updatedProperties"] =
      answer.only_counts ? Json::array({"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"})
                         : Json(nullptr);
  return std::move(answer.response);
}

}  // namespace waxseal::jmapd
