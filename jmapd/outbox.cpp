#include "jmapd/outbox.h"

#include "fetch/back_off.h"
#include "jmapd/new_submission.h"
#include "service/log.h"
#include "service/metrics.h"

namespace waxseal::jmapd {
namespace {

constexpr Seconds kRemovalInterval{3600};
constexpr std::size_t kRemovedAtOnce = 500;
constexpr Seconds kLeaseMargin{30};  // beyond the longest dialogue

Json status_of(const submit::Recipient& recipient) {
  using submit::Fate;
  // The relay's yes is not the recipient's.
  const char* delivered =
      recipient.fate == Fate::kTaken ? "unknown" : (recipient.fate == Fate::kRefused ? "no" : "queued");
  return {{"smtpReply", recipient.reply}, {"delivered", delivered}, {"displayed", "unknown"}};
}

// What is known, and who is left to be tried.
struct Delivery {
  Json status = Json::object();
  Envelope left;

  explicit Delivery(const store::Outgoing& mail) {
    if (mail.delivery_status) status = Json::parse(*mail.delivery_status);
    Envelope all = envelope_of(mail.envelope);
    left.from = std::move(all.from);
    left.from.parameters.erase("HOLDFOR");  // we have
    left.from.parameters.erase("HOLDUNTIL");
    for (submit::Address& one : all.to) {
      if (!status.contains(one.email) || status.at(one.email).at("delivered") == "queued") left.to.push_back(one);
    }
  }
};

store::Progress apply(Delivery& delivery, const submit::Outcome& outcome, const store::Outgoing& mail, Time now) {
  store::Progress out{.delivery_status = "", .finished = true, .in_doubt = outcome.in_doubt, .next_try = {}};
  const bool last = now >= mail.give_up_at;
  for (std::size_t i = 0; i < outcome.recipients.size(); ++i) {
    submit::Recipient recipient = outcome.recipients[i];
    out.any_taken = out.any_taken || recipient.fate == submit::Fate::kTaken;
    if (last && recipient.fate == submit::Fate::kLater) recipient.fate = submit::Fate::kRefused;
    out.finished = out.finished && recipient.fate != submit::Fate::kLater;
    delivery.status[delivery.left.to[i].email] = status_of(recipient);
  }
  out.delivery_status = delivery.status.dump();
  const std::string seed = to_wire(mail.account) + to_wire(mail.submission);
  out.next_try = std::min(now + fetch::retry_delay(mail.failures + 1, seed), std::max(now, mail.give_up_at));
  return out;
}

const char* outcome_name(submit::Fate fate) {
  if (fate == submit::Fate::kTaken) return "sent";
  return fate == submit::Fate::kRefused ? "refused" : "deferred";
}

void log_outcome(const store::Outgoing& mail, const Delivery& delivery, const submit::Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.recipients.size(); ++i) {
    const submit::Recipient& one = outcome.recipients[i];
    const bool taken = one.fate == submit::Fate::kTaken;
    service::metrics().add(service::Metric::kSubmissionRecipients, {outcome_name(one.fate)});
    const std::string event = std::string("submission_") + outcome_name(one.fate);
    service::log(taken ? service::Level::kInfo : service::Level::kWarn, event,
                 {{"account", to_wire(mail.account)},
                  {"submission", to_wire(mail.submission)},
                  {"recipient", delivery.left.to[i].email},
                  {"reply", one.reply}});
  }
}

}  // namespace

Outbox::Outbox(Options options, store::Database& database, const Clock& clock)
    : options_(std::move(options)), database_(database), clock_(clock) {
  options_.relay.stop = [this] { return stopping_.load(); };
  for (std::size_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { run(); });
}

Outbox::~Outbox() {
  stopping_ = true;
  wake();
  for (std::thread& thread : threads_) thread.join();
}

void Outbox::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  woken_.notify_all();
}

void Outbox::run() {
  std::uint64_t seen = 0;
  while (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      seen = wakes_;
    }
    try {
      while (!stopping_ && run_once()) {
      }
      remove_old();
    } catch (const std::exception& error) {  // mostly store::Unavailable: everything stays due
      service::log_warn("outbox_failed", {{"error", error.what()}});
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, options_.poll, [&] { return wakes_ != seen || stopping_; });
  }
}

bool Outbox::run_once() {
  const Time now = clock_.now();
  const Time lease = now + std::chrono::duration_cast<Seconds>(options_.relay.timeout) + kLeaseMargin;
  const auto due = store::claim_outgoing(database_, now, lease, 1);
  for (const store::Outgoing& mail : due) send(mail);
  return !due.empty();
}

// Once in an interval, by the thread that comes first; other programs on the same database do no harm.
void Outbox::remove_old() {
  const Time now = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (now < next_removal_) return;
    next_removal_ = now + kRemovalInterval;
  }
  std::size_t all = 0, removed = 0;
  do {
    removed = store::remove_old_submissions(database_, now - options_.keep, kRemovedAtOnce);
    all += removed;
  } while (removed == kRemovedAtOnce && !stopping_);
  if (all > 0) service::log_info("old_submissions_removed", {{"count", std::to_string(all)}});
}

std::string Outbox::read_octets(const store::Outgoing& mail) {
  store::Snapshot snapshot(database_, mail.account);
  const auto size = store::blob_size(snapshot, mail.blob);
  auto octets = size ? store::read_octets(snapshot, mail.blob, 0, *size) : std::nullopt;
  if (!octets) throw std::runtime_error("the octets of a submission are not there");
  return without_bcc(*std::move(octets));
}

void Outbox::send(const store::Outgoing& mail) {
  Delivery delivery(mail);
  const std::string octets = read_octets(mail);
  const submit::Outcome outcome = submit::submit(options_.relay, {delivery.left.from, delivery.left.to, octets});
  log_outcome(mail, delivery, outcome);
  const store::Progress progress = apply(delivery, outcome, mail, clock_.now());
  if (store::record_progress(database_, mail, progress)) return;
  service::log_warn("submission_taken_over", {{"submission", to_wire(mail.submission)}});
}

}  // namespace waxseal::jmapd
