// Email/import (RFC 8621 section 4.8), judged as delivered mail is.
#include <array>
#include <set>

#include "base/text.h"
#include "delivery/pipeline.h"
#include "jmapd/blob_content.h"
#include "jmapd/filter.h"
#include "jmapd/methods/methods.h"
#include "jmapd/set_request.h"
#include "jmapd/standard_get.h"
#include "mime/received.h"
#include "store/email_write.h"
#include "store/quota.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"accountId", "ifInState", "emails"};
constexpr std::array<std::string_view, 4> kMembers{"blobId", "mailboxIds", "keywords", "receivedAt"};

// One EmailImport object.
struct Import {
  BlobId blob;
  delivery::Import place;
  std::optional<Time> received_at;
};

class Reader {
 public:
  Reader(const Call& call, const Json& object) : call_(call), members_(object, kMembers) {}

  // Throws SetError, naming all that is wrong.
  Import read() {
    blob();
    try_set("mailboxIds", [&](const std::string& id) {
      const auto mailbox = mailbox_from_wire(call_.resolve(id));
      if (mailbox) mailboxes_.insert(*mailbox);
      return mailbox.has_value();
    });
    if (mailboxes_.empty()) wrong_.insert("mailboxIds");
    try_set("keywords", [&](const std::string& keyword) {
      keywords_.insert(ascii_lower(keyword));
      return valid_keyword(keyword);
    });
    received_at();
    if (!wrong_.empty()) throw invalid_properties({wrong_.begin(), wrong_.end()}, "missing or not valid");
    if (keywords_.size() > store::kMaxKeywordsPerEmail) throw SetError{"tooManyKeywords", ""};
    if (mailboxes_.size() > store::kMaxMailboxesPerEmail) throw SetError{"tooManyMailboxes", ""};
    out_.place = {{mailboxes_.begin(), mailboxes_.end()}, {keywords_.begin(), keywords_.end()}};
    return std::move(out_);
  }

 private:
  void blob() {
    const Json* given = members_.find("blobId", Null::kAbsent);
    const auto id =
        given && given->is_string() ? blob_from_wire(call_.resolve(given->get<std::string>())) : std::nullopt;
    if (!id) return void(wrong_.insert("blobId"));
    out_.blob = *id;
  }

  template <class Read>
  void try_set(const std::string& name, Read read) {
    const Json* given = members_.find(name, Null::kAbsent);
    if (given == nullptr) return;
    bool valid = given->is_object();
    for (auto member = given->begin(); valid && member != given->end(); ++member) {
      valid = *member == true && read(member.key());
    }
    if (!valid) wrong_.insert(name);
  }

  void received_at() {
    const Json* given = members_.find("receivedAt", Null::kAbsent);
    if (given == nullptr) return;
    const auto time = given->is_string() ? parse_date_time(given->get<std::string>()) : unexpected("");
    if (!time || !given->get<std::string>().ends_with('Z')) return void(wrong_.insert("receivedAt"));
    out_.received_at = *time;
  }

  const Call& call_;
  const Arguments members_;
  std::set<MailboxId> mailboxes_;
  std::set<std::string> keywords_, wrong_;
  Import out_;
};

class EmailImport {
 public:
  EmailImport(Call& call, const Json& arguments)
      : call_(call), arguments_(arguments, kArguments), account_(call.account(arguments)), response_(call, account_) {
    required_ = arguments_.string("ifInState", Null::kAbsent);
  }

  Json answer() {
    if (call_.pipeline == nullptr) throw MethodError{"serverUnavailable", "nothing can be imported now"};
    const Json* emails = arguments_.find("emails");
    if (emails == nullptr || !emails->is_object()) refuse_argument("emails", "must be an object");
    check_set_size(emails->size(), call_.limits);
    {
      store::Snapshot snapshot(call_.database, account_);
      first_ = last_ = store::state(snapshot, store::ObjectType::kEmail);
    }
    if (required_ && *required_ != last_) state_mismatch();
    for (const auto& [id, object] : emails->items()) {
      try {
        response_.created(id, import(object));
      } catch (const SetError& error) {
        response_.not_created(id, error);
      } catch (const MethodError& error) {  // not an object, or an unknown member
        if (error.type != "invalidArguments") throw;
        response_.not_created(id, {"invalidProperties", error.description});
      }
    }
    return response_.finish_create(alone_ ? std::optional(first_) : std::nullopt, last_);
  }

 private:
  std::string read_message(const BlobId& blob) {
    store::Snapshot snapshot(call_.database, account_);
    auto octets = read_blob_content(snapshot, blob);
    if (!octets) throw invalid_properties({"blobId"}, "there is no such blob");
    const store::QuotaRow quota = store::quota(snapshot);
    if (quota.limit && quota.used + static_cast<std::int64_t>(octets->size()) > *quota.limit) {
      throw SetError{"overQuota", "the account would hold more than it may"};
    }
    return *std::move(octets);
  }

  Json import(const Json& object) {
    const Import wanted = Reader(call_, object).read();
    const std::string octets = read_message(wanted.blob);
    const mime::Header header = mime::read_header(octets);
    if (header.fields.empty() || header.fault == mime::HeaderFault::kNul) {
      throw SetError{"invalidEmail", "the blob is no message: it has no header fields that can be read"};
    }
    const Time received_at = wanted.received_at.value_or(mime::newest_received(header).value_or(call_.clock.now()));
    const auto prepared = delivery::Pipeline::prepare(call_.pipeline->judge_import(octets, received_at), octets);
    return store(prepared, wanted);
  }

  // A commit whose answer is lost is not repeated: the key is of this attempt.
  Json store(const delivery::Prepared& prepared, const Import& wanted) {
    const Sha256 key = store::delivery_key("import", store::random_octets(16), prepared.octets);
    const store::Appended done = call_.pipeline->import(prepared, account_, key, wanted.place, required_);
    if (done.state.mismatch) state_mismatch();
    if (done.unknown_mailbox) throw invalid_properties({"mailboxIds"}, "there is no such mailbox");
    alone_ = alone_ && done.state.before == last_;
    last_ = done.state.after;
    required_.reset();  // it was; from here on we have changed it ourselves
    return {{"id", to_wire(done.email)},
            {"blobId", to_wire(BlobId{prepared.blob, ""})},
            {"threadId", to_wire(done.thread)},
            {"size", prepared.octets.size()}};
  }

  Call& call_;
  const Arguments arguments_;
  const AccountId account_;
  SetResponse response_;
  std::optional<std::string> required_;
  std::string first_, last_;
  bool alone_ = true;  // nobody else wrote between our transactions
};

}  // namespace

Json email_import(Call& call, const Json& arguments) {
  return EmailImport(call, arguments).answer();
}

}  // namespace waxseal::jmapd
