#include "jmapd/method.h"
#include "jmapd/methods/methods.h"

namespace waxseal::jmapd {

const std::vector<MethodRow>& method_table() {
  static const std::vector<MethodRow> rows = {
      {"Core/echo", kCore, Access::kRead, core_echo},
      {"Mailbox/get", kMail, Access::kRead, mailbox_get},
      {"Mailbox/changes", kMail, Access::kRead, mailbox_changes},
      {"Mailbox/query", kMail, Access::kRead, mailbox_query},
      {"Thread/get", kMail, Access::kRead, thread_get},
      {"Thread/changes", kMail, Access::kRead, thread_changes},
      {"Email/get", kMail, Access::kRead, email_get},
      {"Email/changes", kMail, Access::kRead, email_changes},
      {"Email/query", kMail, Access::kRead, email_query},
  };
  return rows;
}

}  // namespace waxseal::jmapd
