#include "milter/callbacks.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "base/text.h"
#include "service/log.h"

namespace waxseal::milter {

namespace {

constexpr unsigned long kActions = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
constexpr unsigned long kUnwantedSteps = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_NODATA;
constexpr unsigned long kSilentSteps = SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR;

// libmilter gives its callbacks no argument of ours but the session's.
FilterSource filter_source;  // NOLINT(cert-err58-cpp): an empty std::function

// Messages between the end-of-message callback's first and last line.
class InFlight {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  bool wait_for_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};
InFlight in_flight;

// One connection of the MTA.  Its callbacks hop between threads, one at a time.
struct Conversation {
  LeadingSpace leading_space = LeadingSpace::kStripped;
  bool can_skip = false;           // SMFIS_SKIP is understood
  sfsistat step = SMFIS_CONTINUE;  // SMFIS_NOREPLY where that was negotiated
  std::shared_ptr<Filter> filter;  // of the current message
  std::optional<Message> message;
  bool broken = false;  // a step failed: the message is not what the MTA has

  void reset() {
    message.reset();
    filter.reset();
    broken = false;
  }
};

Conversation& conversation_of(SMFICTX* context) {
  if (auto* const existing = static_cast<Conversation*>(smfi_getpriv(context))) return *existing;
  auto fresh = std::make_unique<Conversation>();
  if (smfi_setpriv(context, fresh.get()) != MI_SUCCESS) throw std::runtime_error("smfi_setpriv");
  return *fresh.release();  // on_close takes it back
}

// A step within a message: whatever goes wrong shows at its end, since most steps have no answer of their own.
template <class Step>
sfsistat guarded(SMFICTX* context, Step step) noexcept {
  Conversation* conversation = nullptr;
  try {
    conversation = &conversation_of(context);
    return step(*conversation);
  } catch (const std::exception& error) {
    service::log_error("step_failed", {{"error", error.what()}});
  } catch (...) {
    service::log_error("step_failed");
  }
  if (conversation == nullptr) return SMFIS_TEMPFAIL;
  conversation->broken = true;
  return conversation->step;
}

bool has_smtputf8(char** arguments) {
  for (; *arguments != nullptr; ++arguments) {
    if (ascii_iequals(*arguments, "SMTPUTF8")) return true;
  }
  return false;
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long, unsigned long,
                      unsigned long* wanted_actions, unsigned long* wanted_steps, unsigned long* unused2,
                      unsigned long* unused3) noexcept {
  if ((actions & kActions) != kActions) {
    service::log_error("mta_refuses_header_changes");
    return SMFIS_REJECT;
  }
  *wanted_actions = kActions;
  *wanted_steps = steps & (kUnwantedSteps | SMFIP_SKIP | SMFIP_HDR_LEADSPC);
  *unused2 = 0;
  *unused3 = 0;
  const bool silent = (steps & kSilentSteps) == kSilentSteps;
  if (silent) *wanted_steps |= kSilentSteps;
  const bool keeps_space = (steps & SMFIP_HDR_LEADSPC) != 0;
  const bool can_skip = (steps & SMFIP_SKIP) != 0;
  return guarded(context, [&](Conversation& conversation) {
    conversation.leading_space = keeps_space ? LeadingSpace::kKept : LeadingSpace::kStripped;
    conversation.can_skip = can_skip;
    conversation.step = silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
    return SMFIS_CONTINUE;
  });
}

sfsistat on_sender(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    conversation.reset();
    conversation.filter = filter_source();
    MessageOptions options = conversation.filter->options().message;
    options.leading_space = conversation.leading_space;
    conversation.message.emplace(options);
    conversation.message->set_sender(arguments[0]);
    if (has_smtputf8(arguments + 1)) conversation.message->set_smtputf8();
    return conversation.step;
  });
}

sfsistat on_recipient(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    if (conversation.message) conversation.message->add_recipient(arguments[0]);
    return conversation.step;
  });
}

sfsistat on_field(SMFICTX* context, char* name, char* value) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    if (conversation.message) conversation.message->add_field(name, value);
    return conversation.step;
  });
}

sfsistat on_body(SMFICTX* context, unsigned char* octets, size_t length) noexcept {
  const sfsistat done = guarded(context, [&](Conversation& conversation) {
    if (!conversation.message) return SMFIS_CONTINUE;
    conversation.message->add_body({reinterpret_cast<const char*>(octets), length});
    return conversation.message->too_large() && conversation.can_skip ? SMFIS_SKIP : SMFIS_CONTINUE;
  });
  return done == SMFIS_NOREPLY ? SMFIS_CONTINUE : done;  // body chunks have an answer always
}

class MtaEdits final : public Edits {
 public:
  MtaEdits(SMFICTX* context, LeadingSpace leading_space) : context_(context), leading_space_(leading_space) {}

  bool delete_result_field(int index) override {
    return smfi_chgheader(context_, name_.data(), index, nullptr) == MI_SUCCESS;
  }
  bool insert_result_field(const std::string& value) override {
    std::string text = value;
    if (leading_space_ == LeadingSpace::kStripped && text.starts_with(' ')) text.erase(0, 1);
    return smfi_insheader(context_, 0, name_.data(), text.data()) == MI_SUCCESS;
  }
  void progress() override { smfi_progress(context_); }

 private:
  SMFICTX* context_;
  LeadingSpace leading_space_;
  std::string name_{authres::kFieldName};  // libmilter's parameters are not const
};

std::string queue_id_of(SMFICTX* context) {
  char name[] = "i";
  const char* const value = smfi_getsymval(context, name);
  return value == nullptr ? "" : value;
}

sfsistat refuse(SMFICTX* context, const char* code, const char* enhanced, const char* text, sfsistat answer) {
  std::string words[] = {code, enhanced, text};
  smfi_setreply(context, words[0].data(), words[1].data(), words[2].data());
  return answer;
}

sfsistat finish(SMFICTX* context, Conversation& conversation) {
  if (conversation.broken || !conversation.message) return SMFIS_TEMPFAIL;
  MtaEdits edits(context, conversation.leading_space);
  switch (conversation.filter->finish(*conversation.message, queue_id_of(context), edits)) {
    case Answer::kAccept:
      return SMFIS_CONTINUE;
    case Answer::kTooBig:
      return refuse(context, "552", "5.3.4", "message too big for the mail store", SMFIS_REJECT);
    case Answer::kTempfail:
      break;
  }
  return refuse(context, "451", "4.3.0", "mail store not available, try again later", SMFIS_TEMPFAIL);
}

sfsistat on_end_of_message(SMFICTX* context) noexcept {
  in_flight.enter();
  sfsistat answer = SMFIS_TEMPFAIL;
  guarded(context, [&](Conversation& conversation) {
    answer = finish(context, conversation);
    conversation.reset();
    return answer;
  });
  in_flight.leave();
  return answer;
}

sfsistat on_abort(SMFICTX* context) noexcept {
  if (auto* const conversation = static_cast<Conversation*>(smfi_getpriv(context))) conversation->reset();
  return SMFIS_CONTINUE;
}

sfsistat on_close(SMFICTX* context) noexcept {
  const std::unique_ptr<Conversation> owner(static_cast<Conversation*>(smfi_getpriv(context)));
  smfi_setpriv(context, nullptr);
  return SMFIS_CONTINUE;
}

}  // namespace

void register_callbacks(FilterSource source) {
  filter_source = std::move(source);
  std::string name = "waxseal";
  smfiDesc description{};
  description.xxfi_name = name.data();  // copied
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = kActions;
  description.xxfi_envfrom = on_sender;
  description.xxfi_envrcpt = on_recipient;
  description.xxfi_header = on_field;
  description.xxfi_body = on_body;
  description.xxfi_eom = on_end_of_message;
  description.xxfi_abort = on_abort;
  description.xxfi_close = on_close;
  description.xxfi_negotiate = on_negotiate;
  if (smfi_register(description) != MI_SUCCESS) throw std::runtime_error("smfi_register failed");
}

bool wait_until_nothing_in_flight(std::chrono::milliseconds patience) {
  return in_flight.wait_for_none(patience);
}

}  // namespace waxseal::milter
