#include "jmapd/session.h"

#include "base/sha256.h"
#include "jmapd/filter.h"
#include "jmapd/smime_details.h"
#include "store/email_write.h"
#include "store/mailbox_write.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kStateDigits = 16;

// Section 2: "true if the entire account is read-only", for these credentials.
bool is_read_only(const store::Principal& principal, const std::vector<MethodRow>& methods) {
  const auto changes_mail = [](const MethodRow& row) {
    return row.access == Access::kWrite && row.capability == kMail;
  };
  return principal.scope != store::Scope::kFull || std::none_of(methods.begin(), methods.end(), changes_mail);
}

Json core_capability(const Limits& limits) {
  return {
      {"maxSizeUpload", limits.max_size_upload},
      {"maxConcurrentUpload", limits.max_concurrent_upload},
      {"maxSizeRequest", limits.max_size_request},
      {"maxConcurrentRequests", limits.max_concurrent_requests},
      {"maxCallsInRequest", limits.max_calls_in_request},
      {"maxObjectsInGet", limits.max_objects_in_get},
      {"maxObjectsInSet", limits.max_objects_in_set},
      {"collationAlgorithms", Json::array({"i;ascii-casemap", "i;unicode-casemap"})},
  };
}

// RFC 8621 section 1.3.1.
Json mail_account_capability(bool read_only) {
  return {
      {"maxMailboxesPerEmail", store::kMaxMailboxesPerEmail}, {"maxMailboxDepth", store::kMaxMailboxDepth},
      {"maxSizeMailboxName", store::kMaxMailboxName},         {"maxSizeAttachmentsPerEmail", kMaxAttachmentOctets},
      {"emailQuerySortOptions", email_sort_options()},        {"mayCreateTopLevelMailbox", !read_only},
  };
}

// RFC 9404 section 3.1.
Json blob_account_capability(const Limits& limits) {
  return {
      {"maxSizeBlobSet", limits.max_size_upload},
      {"maxDataSources", kMaxDataSources},
      {"supportedTypeNames", Json::array({"Email", "Mailbox", "Thread"})},
      {"supportedDigestAlgorithms", Json::array({"sha-256"})},
  };
}

// RFC 8621 section 1.3.2.  FUTURERELEASE is our own doing (RFC 4865 section 4: interval and time, whichever is less).
Json submission_account_capability(const SubmissionRules& rules) {
  Json extensions = rules.extensions;
  if (rules.max_delayed_send.count() > 0) {
    extensions["FUTURERELEASE"] = Json::array({std::to_string(rules.max_delayed_send.count()), "9999-12-31T23:59:59Z"});
  }
  return {{"maxDelayedSend", rules.max_delayed_send.count()}, {"submissionExtensions", std::move(extensions)}};
}

Json account_capability(std::string_view capability, const Limits& limits, bool read_only) {
  if (capability == kMail) return mail_account_capability(read_only);
  if (capability == kSubmission) return submission_account_capability(limits.submission);
  if (capability == kBlob) return blob_account_capability(limits);
  return Json::object();
}

// What an account offers for a capability of served_capabilities(); core has no methods of an account.
Json account_capabilities(const std::set<std::string, std::less<>>& served, const Limits& limits, bool read_only) {
  Json out = Json::object();
  for (const std::string& capability : served) {
    if (capability != kCore) out[capability] = account_capability(capability, limits, read_only);
  }
  return out;
}

Json session_content(const store::Principal& principal, const Limits& limits, const std::vector<MethodRow>& methods,
                     std::string_view base_url) {
  auto served = served_capabilities(methods);
  if (!principal.administrator) served.erase(std::string(kOverview));
  const std::string base(base_url);
  const std::string account = to_wire(principal.account);
  Json capabilities = Json::object();
  Json primary = Json::object();
  for (const std::string& capability : served) {
    capabilities[capability] = capability == kCore ? core_capability(limits) : Json::object();
    if (capability != kCore) primary[capability] = account;
  }
  return {
      {"capabilities", std::move(capabilities)},
      {"accounts",
       {{account,
         {{"name", principal.name},
          {"isPersonal", true},
          {"isReadOnly", is_read_only(principal, methods)},
          {"accountCapabilities", account_capabilities(served, limits, is_read_only(principal, methods))}}}}},
      {"primaryAccounts", std::move(primary)},
      {"username", principal.name},
      {"apiUrl", base + "/jmap/api"},
      {"downloadUrl", base + "/jmap/download/{accountId}/{blobId}/{name}?accept={type}"},
      {"uploadUrl", base + "/jmap/upload/{accountId}/"},
      {"eventSourceUrl", base + "/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}"},
  };
}

}  // namespace

std::set<std::string, std::less<>> served_capabilities(const std::vector<MethodRow>& methods) {
  std::set<std::string, std::less<>> served = {std::string(kCore), std::string(kSmimeVerify),
                                               std::string(kSmimeDetails)};
  for (const MethodRow& row : methods) served.emplace(row.capability);
  return served;
}

Json session_object(const store::Principal& principal, const Limits& limits, const std::vector<MethodRow>& methods,
                    std::string_view base_url) {
  Json session = session_content(principal, limits, methods, base_url);
  session["state"] = sha256(session.dump(-1, ' ', false, Json::error_handler_t::replace)).hex().substr(0, kStateDigits);
  return session;
}

std::string session_key(const store::Principal& principal, std::string_view base_url) {
  const bool full = principal.scope == store::Scope::kFull;
  return to_wire(principal.account) + (full ? " full" : " read") + (principal.administrator ? " all " : " own ") +
         std::string(base_url) + " " + principal.name;
}

}  // namespace waxseal::jmapd
