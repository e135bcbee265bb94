#include "jmapd/method.h"
#include "jmapd/methods/methods.h"

namespace waxseal::jmapd {

const std::vector<MethodRow>& method_table() {
  static const std::vector<MethodRow> rows = {
      {"Core/echo", kCore, Access::kRead, core_echo},
      {"PushSubscription/get", kCore, Access::kRead, push_subscription_get},
      {"PushSubscription/set", kCore, Access::kRead, push_subscription_set},  // changes nothing of an account
      {"Blob/copy", kCore, Access::kWrite, blob_copy},
      {"Blob/upload", kBlob, Access::kWrite, blob_upload},
      {"Blob/get", kBlob, Access::kRead, blob_get},
      {"Blob/lookup", kBlob, Access::kRead, blob_lookup},
      {"Quota/get", kQuota, Access::kRead, quota_get},
      {"Quota/changes", kQuota, Access::kRead, quota_changes},
      {"Quota/query", kQuota, Access::kRead, quota_query},
      {"Quota/queryChanges", kQuota, Access::kRead, quota_query_changes},
      {"Mailbox/get", kMail, Access::kRead, mailbox_get},
      {"Mailbox/changes", kMail, Access::kRead, mailbox_changes},
      {"Mailbox/query", kMail, Access::kRead, mailbox_query},
      {"Mailbox/queryChanges", kMail, Access::kRead, mailbox_query_changes},
      {"Mailbox/set", kMail, Access::kWrite, mailbox_set},
      {"Thread/get", kMail, Access::kRead, thread_get},
      {"Thread/changes", kMail, Access::kRead, thread_changes},
      {"Email/get", kMail, Access::kRead, email_get},
      {"Email/changes", kMail, Access::kRead, email_changes},
      {"Email/parse", kMail, Access::kRead, email_parse},
      {"Email/query", kMail, Access::kRead, email_query},
      {"Email/queryChanges", kMail, Access::kRead, email_query_changes},
      {"Email/set", kMail, Access::kWrite, email_set},
      {"Email/copy", kMail, Access::kWrite, email_copy},
      {"Email/import", kMail, Access::kWrite, email_import},
      {"Identity/get", kSubmission, Access::kRead, identity_get},
      {"Identity/changes", kSubmission, Access::kRead, identity_changes},
      {"Identity/set", kSubmission, Access::kWrite, identity_set},
      {"EmailSubmission/get", kSubmission, Access::kRead, email_submission_get},
      {"EmailSubmission/changes", kSubmission, Access::kRead, email_submission_changes},
      {"EmailSubmission/query", kSubmission, Access::kRead, email_submission_query},
      {"EmailSubmission/queryChanges", kSubmission, Access::kRead, email_submission_query_changes},
      {"EmailSubmission/set", kSubmission, Access::kWrite, email_submission_set},
      {"SmimeOverview/get", kOverview, Access::kRead, smime_overview_get},
      {"SearchSnippet/get", kMail, Access::kRead, search_snippet_get},
  };
  return rows;
}

std::vector<MethodRow> without_submission(std::vector<MethodRow> methods) {
  std::erase_if(methods, [](const MethodRow& row) { return row.capability == kSubmission; });
  return methods;
}

}  // namespace waxseal::jmapd
