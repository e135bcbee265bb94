#include "jmapd/new_email.h"

#include "base/text.h"
#include "delivery/pipeline.h"
#include "jmapd/blob_id.h"
#include "jmapd/filter.h"
#include "store/email_write.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

// String[Boolean] whose values are all true.  False: not that, or `read` does not take a key.
template <class Read>
bool read_set(const Json& object, const char* name, Read read) {
  const auto given = object.find(name);
  if (given == object.end() || given->is_null()) return true;
  if (!given->is_object()) return false;
  for (const auto& [key, value] : given->items()) {
    if (value != true || !read(key)) return false;
  }
  return true;
}

bool read_received_at(const Json& object, std::optional<Time>& out) {
  const auto given = object.find("receivedAt");
  if (given == object.end() || given->is_null()) return true;
  if (!given->is_string() || !given->get_ref<const std::string&>().ends_with('Z')) return false;
  const auto time = parse_date_time(given->get_ref<const std::string&>());
  if (time) out = *time;
  return time.has_value();
}

}  // namespace

EmailPlace read_place(const Call& call, const Json& object, std::set<std::string>& wrong) {
  EmailPlace out;
  const auto mailbox = [&](const std::string& id) {
    const auto known = mailbox_from_wire(call.resolve(id));
    if (known) out.mailboxes.insert(*known);
    return known.has_value();
  };
  const auto keyword = [&](const std::string& name) {
    out.keywords.insert(ascii_lower(name));
    return valid_keyword(name);
  };
  if (!read_set(object, "mailboxIds", mailbox) || out.mailboxes.empty()) wrong.insert("mailboxIds");
  if (!read_set(object, "keywords", keyword)) wrong.insert("keywords");
  if (!read_received_at(object, out.received_at)) wrong.insert("receivedAt");
  return out;
}

void check_place(const EmailPlace& place) {
  if (place.keywords.size() > store::kMaxKeywordsPerEmail) {
    throw SetError{"tooManyKeywords", "at most " + std::to_string(store::kMaxKeywordsPerEmail)};
  }
  if (place.mailboxes.size() > store::kMaxMailboxesPerEmail) {
    throw SetError{"tooManyMailboxes", "at most " + std::to_string(store::kMaxMailboxesPerEmail)};
  }
}

NewEmails::NewEmails(Call& call, AccountId account, store::IfInState required)
    : call_(call), account_(account), required_(std::move(required)) {
  if (call.pipeline == nullptr) throw MethodError{"serverUnavailable", "nothing can be judged now"};
  store::Snapshot snapshot(call.database, account);
  first_ = last_ = store::state(snapshot, store::ObjectType::kEmail);
  if (required_ && *required_ != last_) state_mismatch();
}

// A commit whose answer is lost is not repeated: the key is of this attempt.
Json NewEmails::store(const std::string& octets, Time received_at, const EmailPlace& place) {
  const auto prepared = delivery::Pipeline::prepare(call_.pipeline->judge_import(octets, received_at), octets);
  const Sha256 key = store::delivery_key("import", store::random_octets(16), prepared.octets);
  const delivery::Import into{{place.mailboxes.begin(), place.mailboxes.end()},
                              {place.keywords.begin(), place.keywords.end()}};
  const store::Appended done = call_.pipeline->import(prepared, account_, key, into, required_);
  if (done.state.mismatch) state_mismatch();
  if (done.unknown_mailbox) throw invalid_properties({"mailboxIds"}, "there is no such mailbox");
  if (done.room != store::Appended::Room::kFits) {
    throw SetError{"overQuota", "the account would hold more than it may"};
  }
  alone_ = alone_ && done.state.before == last_;
  last_ = done.state.after;
  stored_ = true;
  required_.reset();  // it was; from here on we have changed it ourselves
  return {{"id", to_wire(done.email)},
          {"blobId", to_wire(BlobId{prepared.blob, ""})},
          {"threadId", to_wire(done.thread)},
          {"size", prepared.octets.size()}};
}

}  // namespace waxseal::jmapd
