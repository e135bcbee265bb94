#include "jmapd/method.h"
#include "jmapd/methods/methods.h"

namespace waxseal::jmapd {

const std::vector<MethodRow>& method_table() {
  static const std::vector<MethodRow> rows = {
      {"Core/echo", kCore, core_echo},
      {"Mailbox/get", kMail, mailbox_get},
      {"Mailbox/changes", kMail, mailbox_changes},
      {"Mailbox/query", kMail, mailbox_query},
      {"Thread/get", kMail, thread_get},
      {"Thread/changes", kMail, thread_changes},
      {"Email/get", kMail, email_get},
      {"Email/changes", kMail, email_changes},
      {"Email/query", kMail, email_query},
  };
  return rows;
}

}  // namespace waxseal::jmapd
