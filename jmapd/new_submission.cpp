#include "jmapd/new_submission.h"

#include <algorithm>

#include "jmapd/envelope_reader.h"

namespace waxseal::jmapd {
namespace {

// As much of a message as its header may be, with room.
constexpr std::size_t kHeaderOctets = 1024 * 1024;

[[noreturn]] void invalid_email(const std::string& why, std::vector<std::string> properties) {
  throw SetError{"invalidEmail", why, std::move(properties)};
}

class Preparing {
 public:
  Preparing(const Call& call, AccountId account, const Json& object)
      : call_(call), rules_(call.limits.submission), account_(account), object_(object) {}

  store::NewSubmission run() {
    read_members();
    if (rules_.forbidden.contains(call_.principal.name)) {
      throw SetError{"forbiddenToSend", "the administrator does not allow this account to send mail"};
    }
    const mime::Header header = mime::read_header(head_);
    check_message(header);
    const Json given = object_.value("envelope", Json());
    Envelope envelope = given.is_null() ? derive_envelope(header, identity_) : read_envelope(given, rules_);
    check_sender(envelope);
    check_recipients(envelope);
    const Time now = call_.clock.now();
    const Json shown = render(envelope);  // as the client gave it, with the delay that it asked for
    out_.submission.send_at = take_release_time(envelope, rules_, now);
    out_.submission.envelope = shown.dump();
    out_.recipients = envelope.to.size();
    out_.give_up_at = out_.submission.send_at + rules_.give_up;
    return std::move(out_);
  }

 private:
  void read_members() {
    std::vector<std::string> wrong;
    for (const auto& [name, value] : object_.items()) {
      if (name != "identityId" && name != "emailId" && name != "envelope") wrong.push_back(name);
    }
    store::Snapshot snapshot(call_.database, account_);
    if (!read_identity(snapshot)) wrong.push_back("identityId");
    if (!read_email(snapshot)) wrong.push_back("emailId");
    if (!wrong.empty()) throw invalid_properties(wrong, "missing, unknown, set by the server, or not found");
  }

  std::string id_of(const char* name) const {
    const Json given = object_.value(name, Json());
    return given.is_string() ? call_.resolve(given.get<std::string>()) : "";
  }

  bool read_identity(store::Snapshot& snapshot) {
    const auto id = identity_from_wire(id_of("identityId"));
    if (!id) return false;
    for (const store::Identity& one : store::get_identities(snapshot)) {
      if (one.id == *id) identity_ = one;
    }
    out_.submission.identity = identity_.id;
    return identity_.id == *id;
  }

  bool read_email(store::Snapshot& snapshot) {
    const auto id = email_from_wire(id_of("emailId"));
    const auto rows = id ? store::get_emails(snapshot, {*id}) : std::vector<store::EmailRow>();
    if (rows.empty()) return false;
    out_.submission.email = rows[0].id;
    out_.submission.thread = rows[0].thread;
    out_.blob = rows[0].blob;
    size_ = rows[0].size;
    head_ = store::read_blob(snapshot, out_.blob, 0, std::min(size_, kHeaderOctets));
    return true;
  }

  // A header that two programs may read differently is not sent: what looks like no Bcc to us may be one to others.
  void check_message(const mime::Header& header) const {
    using mime::HeaderFault;
    if (header.fault != HeaderFault::kNone && header.fault != HeaderFault::kUnterminated) {
      invalid_email("the header cannot be read without doubt", {"headers"});
    }
    if (header.fields.empty()) invalid_email("there is no header", {"headers"});
    const mime::From from = mime::read_from(header);
    if (from.fault != mime::FromFault::kNone) invalid_email("one From field with addresses is needed", {"from"});
    if (size_ > rules_.max_message_octets) {
      throw SetError{"tooLarge", "the message is too large", {}, {{"maxSize", rules_.max_message_octets}}};
    }
    if (!rules_.own_from) return;
    for (const mime::Mailbox& mailbox : from.mailboxes) {
      if (may_send_as(call_, account_, mailbox.address())) continue;
      throw SetError{"forbiddenFrom", mailbox.address() + " in From is not an address of the account"};
    }
  }

  void check_sender(const Envelope& envelope) const {
    const std::string& sender = envelope.from.email;
    if (sender.empty() || (submit::valid_address(sender) && may_send_as(call_, account_, sender))) return;
    throw SetError{"forbiddenMailFrom", sender + " is not an address of the account"};
  }

  void check_recipients(const Envelope& envelope) const {
    if (envelope.to.empty()) throw SetError{"noRecipients", "the envelope has no recipients"};
    const std::size_t most = most_recipients();
    if (envelope.to.size() > most) {
      throw SetError{"tooManyRecipients", "too many recipients", {}, {{"maxRecipients", most}}};
    }
    Json invalid = Json::array();
    for (const submit::Address& one : envelope.to) {
      if (!submit::valid_address(one.email)) invalid.push_back(one.email);
    }
    if (invalid.empty()) return;
    throw SetError{"invalidRecipients", "not addresses", {}, {{"invalidRecipients", std::move(invalid)}}};
  }

  // What can never be sent in one day is not put off.
  std::size_t most_recipients() const {
    const std::size_t in_a_day = rules_.limits_of(call_.principal.name).recipients_per_day;
    return in_a_day == 0 ? rules_.max_recipients : std::min(rules_.max_recipients, in_a_day);
  }

  const Call& call_;
  const SubmissionRules& rules_;
  const AccountId account_;
  const Json& object_;
  store::Identity identity_;
  std::string head_;
  std::size_t size_ = 0;
  store::NewSubmission out_;
};

}  // namespace

store::NewSubmission prepare_submission(const Call& call, AccountId account, const Json& object) {
  return Preparing(call, account, object).run();
}

std::string without_bcc(std::string octets) {
  const mime::Header header = mime::read_header(octets);
  std::vector<Range> gone;
  for (const char* name : {"Bcc", "Resent-Bcc"}) {
    for (const mime::Field* field : header.all(name)) gone.push_back(field->whole);
  }
  std::sort(gone.begin(), gone.end(), [](const Range& a, const Range& b) { return a.begin > b.begin; });
  for (const Range& range : gone) octets.erase(range.begin, range.end - range.begin);
  return octets;
}

}  // namespace waxseal::jmapd
