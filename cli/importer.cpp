#include "cli/importer.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "cli/mail_folder.h"
#include "cli/output.h"
#include "mime/received.h"
#include "store/deliveries.h"
#include "store/email_write.h"

namespace waxseal::cli {

namespace {

using Outcome = Imported::Outcome;

constexpr std::chrono::seconds kPauses[] = {std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(5),
                                            std::chrono::seconds(12), std::chrono::seconds(40)};

std::string place(const Input& input) {
  return printable(input.file) + (input.number ? ", message " + std::to_string(*input.number) : "");
}

bool is_message(Octets octets) {
  const mime::Header header = mime::read_header(octets);
  return !header.fields.empty() && header.fault != mime::HeaderFault::kNul;
}

Missing missing(const ImportOptions& options) {
  if (!options.new_mailboxes) return Missing::kInbox;
  return options.dry_run ? Missing::kPretend : Missing::kCreate;
}

}  // namespace

std::vector<std::string> keywords_of_file(const std::string& path) {
  std::vector<std::string> out;
  const std::size_t info = path.rfind(":2,");
  if (info == std::string::npos || path.find('/', info) != std::string::npos) return out;
  constexpr std::pair<char, const char*> kFlags[] = {
      {'D', "$draft"}, {'F', "$flagged"}, {'P', "$forwarded"}, {'R', "$answered"}, {'S', "$seen"}};
  for (const auto& [flag, keyword] : kFlags)
    if (path.find(flag, info + 3) != std::string::npos) out.emplace_back(keyword);
  return out;
}

std::string with_network_line_ends(std::string octets) {
  if (octets.find('\r') != std::string::npos) return octets;
  std::string out;
  out.reserve(octets.size() + octets.size() / 32);
  for (const char c : octets) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

Importer::Importer(store::Database& database, smime::Verifier& verifier, const Clock& clock, ImportOptions options)
    : database_(database),
      clock_(clock),
      options_(std::move(options)),
      mailboxes_(database, options_.account, missing(options_)),
      pipeline_(database, verifier, clock) {}

std::string Importer::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

Result<MailboxId> Importer::mailbox_for(const Input& input) {
  return options_.mailbox ? Result<MailboxId>(*options_.mailbox) : mailboxes_.find(folder_of(input));
}

// An mbox does not say how it quoted lines that began with "From ": the reading whose signature verifies is the
// message.
delivery::Prepared Importer::best_reading(const Input& input, std::string octets, std::string& chosen,
                                          Time received_at) {
  std::vector<Reading> readings;
  if (input.number)
    readings = readings_of(std::move(octets));
  else
    readings.push_back({Quoting::kNone, std::move(octets)});
  std::optional<delivery::Judged> judged;
  for (std::size_t i = readings.size(); i > 0; --i) {  // the first one is left if none verifies
    chosen = std::move(readings[i - 1].octets);
    judged = pipeline_.judge_import(chosen, received_at);
    if (judged->at_delivery.status == smime::Status::kVerified) break;
  }
  return delivery::Pipeline::prepare(*std::move(judged), chosen);
}

void Importer::store(Imported& result, const Input& input, std::string octets, const Sha256& key, MailboxId mailbox) {
  const Time now = clock_.now();
  const Time received_at =
      std::min(mime::newest_received(mime::read_header(octets)).value_or(input.dated.value_or(now)), now);
  std::string chosen;
  const auto prepared = best_reading(input, std::move(octets), chosen, received_at);
  const delivery::Import where{{mailbox}, keywords_of_file(input.file)};
  const store::Appended done = pipeline_.import(prepared, options_.account, key, where, {});
  result.status = prepared.judged.at_delivery.status;
  if (done.unknown_mailbox)
    result.why = "the mailbox is gone";
  else if (done.room != store::Appended::Room::kFits)
    result.why = "the account is full; `waxseal account quota` shows and changes its limit";
  else
    result.outcome = done.already_stored ? Outcome::kThereAlready : Outcome::kStored;
}

// Who destroyed the message meanwhile wants no copy of it either.  `email`: nullopt in a dry run.
void Importer::place_copy(Imported& result, std::optional<EmailId> email, MailboxId mailbox) {
  using store::EmailWriteFailure;
  result.outcome = Outcome::kCopy;
  if (!email || options_.dry_run) return;
  store::EmailPatch patch{.email = *email, .keywords = {}, .mailboxes = {}};
  patch.mailboxes.members[mailbox] = true;
  const auto failure = store::write_emails(database_, options_.account, {.update = {patch}}).updated.at(0);
  if (failure == EmailWriteFailure::kNone || failure == EmailWriteFailure::kNotFound) return;
  result.outcome = Outcome::kFailed;
  result.why = failure == EmailWriteFailure::kTooManyMailboxes ? "is stored, but in too many mailboxes already"
                                                               : "is stored, but its second mailbox is gone";
}

Imported Importer::import(Input& input) {
  Imported result{.octets = input.octets.size(), .where = place(input)};
  if (!input.error.empty()) {
    result.outcome = Outcome::kUnreadable;
    result.why = input.error;
    return result;
  }
  std::string octets = with_network_line_ends(std::move(input.octets));
  if (!is_message(octets)) {
    result.why = "is no message: it has no header fields that can be read";
    return result;
  }
  // The octets as they are in the file, whatever is made of them afterwards: the same file is the same message.
  const Sha256 key = store::delivery_key("import", "", octets);
  const ImportCopies::Claim claim(copies_, key);
  const auto there = store::find_delivery(database_, options_.account, key);
  if (there && claim.first()) {
    result.outcome = Outcome::kThereAlready;
    return result;
  }
  const auto mailbox = mailbox_for(input);
  if (!mailbox)
    result.why = mailbox.error();
  else if (!claim.first() && (there || options_.dry_run))
    place_copy(result, there, *mailbox);
  else if (options_.dry_run)
    result.outcome = Outcome::kWouldStore;
  else
    store(result, input, std::move(octets), key, *mailbox);
  return result;
}

Imported Importer::operator()(Input input) noexcept {
  const std::string where = place(input);
  std::string why;
  for (const std::chrono::seconds pause : kPauses) {
    if (stopping_) return {.outcome = Outcome::kNotTried, .octets = input.octets.size(), .where = where};
    try {
      Input copy = input;
      return import(copy);
    } catch (const store::Unavailable& error) {
      why = error.what();
    } catch (const std::exception& error) {  // memory, above all: the others go on
      return {.octets = input.octets.size(), .where = where, .why = error.what()};
    }
    for (auto left = pause; left.count() > 0 && !stopping_; --left)
      std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  stopped_ = why;
  return {.outcome = Outcome::kNotTried, .octets = input.octets.size(), .where = where};
}

}  // namespace waxseal::cli
