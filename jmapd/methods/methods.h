// The functions of the method table (method_table.cpp): one per file of this folder.  Each takes the call and its
// arguments, gives the response's arguments, and throws MethodError.
#pragma once

#include "jmapd/method.h"

namespace waxseal::jmapd {

Json core_echo(Call& call, const Json& arguments);

Json push_subscription_get(Call& call, const Json& arguments);
Json push_subscription_set(Call& call, const Json& arguments);

Json blob_copy(Call& call, const Json& arguments);
Json blob_upload(Call& call, const Json& arguments);
Json blob_get(Call& call, const Json& arguments);
Json blob_lookup(Call& call, const Json& arguments);

Json quota_get(Call& call, const Json& arguments);
Json quota_changes(Call& call, const Json& arguments);
Json quota_query(Call& call, const Json& arguments);
Json quota_query_changes(Call& call, const Json& arguments);

Json mailbox_get(Call& call, const Json& arguments);
Json mailbox_changes(Call& call, const Json& arguments);
Json mailbox_query(Call& call, const Json& arguments);
Json mailbox_query_changes(Call& call, const Json& arguments);
Json mailbox_set(Call& call, const Json& arguments);

Json thread_get(Call& call, const Json& arguments);
Json thread_changes(Call& call, const Json& arguments);

Json email_get(Call& call, const Json& arguments);
Json email_changes(Call& call, const Json& arguments);
Json email_parse(Call& call, const Json& arguments);
Json email_query(Call& call, const Json& arguments);
Json email_query_changes(Call& call, const Json& arguments);
Json email_set(Call& call, const Json& arguments);
Json email_copy(Call& call, const Json& arguments);
Json email_import(Call& call, const Json& arguments);

Json identity_get(Call& call, const Json& arguments);
Json identity_changes(Call& call, const Json& arguments);
Json identity_set(Call& call, const Json& arguments);

Json email_submission_get(Call& call, const Json& arguments);
Json email_submission_changes(Call& call, const Json& arguments);
Json email_submission_query(Call& call, const Json& arguments);
Json email_submission_query_changes(Call& call, const Json& arguments);
Json email_submission_set(Call& call, const Json& arguments);

Json smime_overview_get(Call& call, const Json& arguments);

Json search_snippet_get(Call& call, const Json& arguments);

}  // namespace waxseal::jmapd
