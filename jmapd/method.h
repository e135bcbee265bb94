// One JMAP method = one row of the method table = one file in jmapd/methods/ = one folder of cases in tests/jmap/.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "jmapd/answer_rules.h"
#include "jmapd/json_writer.h"
#include "jmapd/push_rules.h"
#include "jmapd/submission_rules.h"
#include "store/accounts.h"
#include "store/database.h"
#include "store/snapshot.h"
#include "store/submissions.h"

namespace waxseal::reverify {
class Freshness;
}
namespace waxseal::delivery {
class Pipeline;
}

namespace waxseal::jmapd {

using Json = nlohmann::json;

inline constexpr std::string_view kCore = "urn:ietf:params:jmap:core";
inline constexpr std::string_view kMail = "urn:ietf:params:jmap:mail";
inline constexpr std::string_view kBlob = "urn:ietf:params:jmap:blob";
inline constexpr std::string_view kQuota = "urn:ietf:params:jmap:quota";
inline constexpr std::string_view kSubmission = "urn:ietf:params:jmap:submission";
inline constexpr std::string_view kOverview = "https://waxseal.email/jmap/overview";  // for administrators
inline constexpr std::string_view kSmimeVerify = "urn:ietf:params:jmap:smimeverify";

// A method-level error (RFC 8620 section 3.6.2); becomes ["error", {type, description, ...}, callId].
struct MethodError {
  std::string type;  // "invalidArguments", "accountNotFound", "cannotCalculateChanges", ...
  std::string description;
  Json extra = Json::object();
};

struct Limits {  // RFC 8620 section 2; advertised and enforced
  std::size_t max_size_request = 10'000'000;
  std::size_t max_concurrent_requests = 8;
  std::size_t max_calls_in_request = 32;
  std::size_t max_objects_in_get = 500;
  std::size_t max_size_upload = 50'000'000;
  std::size_t max_concurrent_upload = 4;
  std::size_t max_objects_in_set = 500;
  AnswerRules answer = {};
  std::size_t max_unreferenced = 200'000'000;  // octets of uploads of an account that nothing refers to yet

  PushRules push = {};
  SubmissionRules submission = {};

  // One upload always fits.
  std::size_t unreferenced_octets() const { return std::max(max_unreferenced, max_size_upload); }
};

inline constexpr std::size_t kMaxDataSources = 100;  // of one blob that Blob/upload makes
inline constexpr std::size_t kMaxAttachmentOctets =
    50'000'000;  // maxSizeAttachmentsPerEmail: blobs of one Email/set create

// Takes the objects of a large result one by one, so that they are not all in memory at once.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  // To the array, or, with a key, the object that is `member` of the result; one member of each result.  Throws
  // MethodError requestTooLarge when the answer has become too large.
  virtual void add(std::string_view member, const std::string* key, Json object) = 0;
  // Later calls of the request look into the objects: they must be added as values.
  virtual bool wants_values() const = 0;
  // Otherwise the caller may write one himself, between these two.  end() throws as add().
  virtual JsonWriter& begin(std::string_view member, const std::string* key) = 0;
  virtual void end() = 0;
};

// What a method may see.  It reaches mail only through `open(accountId)`.
struct Call {
  store::Database& database;
  const store::Principal& principal;
  const std::set<std::string, std::less<>>& using_capabilities;  // of this request
  const Limits& limits;
  const Clock& clock;
  std::string language = "en";                          // from Accept-Language
  reverify::Freshness* freshness = nullptr;             // nullptr: verdicts are served as they are stored (tests)
  std::map<std::string, std::string> created_ids = {};  // creation id -> id, of this request (RFC 8620 section 3.3)
  delivery::Pipeline* pipeline = nullptr;               // judges what a client brings; nullptr: nothing can be imported
  // [method, arguments] of calls that this one implies; they follow its own response, under its call id.
  std::vector<std::pair<std::string, Json>> implicit = {};
  ObjectSink* objects = nullptr;  // nullptr: the result is wanted whole (tests)

  bool uses(std::string_view capability) const { return using_capabilities.contains(capability); }
  // The account named by arguments["accountId"], if the principal may use it; otherwise throws accountNotFound.
  AccountId account(const Json& arguments) const;
  store::Snapshot open(const Json& arguments) const;
  // The account, after every overdue verdict of it was evaluated and what changed was numbered: for answers that show
  // or depend on smimeStatus (RFC 9219 section 4.1: never older than 24 hours).
  AccountId fresh_account(const Json& arguments) const;
  // "#key" becomes the id that this request created under that key; anything else, and an unknown key, stays.
  std::string resolve(const std::string& id) const;
};

// What a method does to an account; kWrite answers accountReadOnly to a principal that may only read.
enum class Access { kRead, kWrite };

struct MethodRow {
  std::string_view name;        // "Email/get"
  std::string_view capability;  // must be in `using`, else unknownMethod
  Access access;
  Json (*function)(Call&, const Json& arguments);  // the response's arguments; throws MethodError
};

const std::vector<MethodRow>& method_table();                               // jmapd/method_table.cpp
std::vector<MethodRow> without_submission(std::vector<MethodRow> methods);  // where there is no relay

// Ids on the wire: one letter and the number ("e17", "m3", "t5", "i4", "s9", "a81..."); blobs "b" and 64 hex digits, a
// part of a message "b<hex>-<partId>".
std::string to_wire(AccountId);
std::string to_wire(EmailId);
std::string to_wire(MailboxId);
std::string to_wire(ThreadId);
std::string to_wire(IdentityId);
std::string to_wire(SubmissionId);
std::optional<AccountId> account_from_wire(std::string_view);
std::optional<EmailId> email_from_wire(std::string_view);
std::optional<MailboxId> mailbox_from_wire(std::string_view);
std::optional<ThreadId> thread_from_wire(std::string_view);
std::optional<IdentityId> identity_from_wire(std::string_view);
std::optional<SubmissionId> submission_from_wire(std::string_view);

}  // namespace waxseal::jmapd
