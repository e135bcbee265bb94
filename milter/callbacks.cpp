#include "milter/callbacks.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include <atomic>
#include <stdexcept>

#include "base/text.h"
#include "milter/conversation.h"
#include "service/log.h"

namespace waxseal::milter {

namespace {

constexpr unsigned long kActions = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
constexpr unsigned long kUnwantedSteps = SMFIP_NOHELO | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_NODATA;
// No answer to any step but the end of the message: the MTA sends without waiting for us.
constexpr unsigned long kSilentSteps = SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY;

// libmilter gives its callbacks no argument of ours but the session's.
FilterSource filter_source;  // NOLINT(cert-err58-cpp): an empty std::function
std::atomic<bool> refusing = false;
// Postfix writes the envelope and the message from two processes.  Over TCP, with Nagle's algorithm on its side, the
// message waits until we acknowledge the envelope, which takes 40 ms unless we have something to say: one answer, to
// DATA.
Wire wire = Wire::kUnix;

Conversation& conversation_of(SMFICTX* context) {
  if (auto* const existing = static_cast<Conversation*>(smfi_getpriv(context))) return *existing;
  auto fresh = std::make_unique<Conversation>(activity());
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

// The macros that are used, whatever the MTA's configuration has the MTA send.  Sendmail knows the queue id from MAIL
// on and tells it there alone, Postfix from DATA on.
void ask_for_macros(SMFICTX* context) {
  std::string sender = "i {auth_type}", recipient = "{rcpt_addr}", end = "i";  // libmilter's parameters are not const
  smfi_setsymlist(context, SMFIM_ENVFROM, sender.data());
  smfi_setsymlist(context, SMFIM_ENVRCPT, recipient.data());
  smfi_setsymlist(context, SMFIM_EOM, end.data());
}

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long, unsigned long,
                      unsigned long* wanted_actions, unsigned long* wanted_steps, unsigned long* unused2,
                      unsigned long* unused3) noexcept {
  if (refusing) return SMFIS_REJECT;
  if ((actions & kActions) != kActions) {
    service::log_error("mta_refuses_header_changes");
    return SMFIS_REJECT;
  }
  *unused2 = 0;
  *unused3 = 0;
  return guarded(context, [&](Conversation& conversation) {
    *wanted_actions = kActions | (actions & SMFIF_SETSYMLIST);
    *wanted_steps = steps & (kUnwantedSteps | SMFIP_HDR_LEADSPC);
    if (wire == Wire::kTcp) *wanted_steps &= ~static_cast<unsigned long>(SMFIP_NODATA);
    if (!filter_source()->options().rules.need_client()) *wanted_steps |= steps & SMFIP_NOCONNECT;
    const bool silent = (steps & kSilentSteps) == kSilentSteps;
    if (silent) *wanted_steps |= kSilentSteps;
    if ((actions & SMFIF_SETSYMLIST) != 0) ask_for_macros(context);
    conversation.leading_space = (steps & SMFIP_HDR_LEADSPC) != 0 ? LeadingSpace::kKept : LeadingSpace::kStripped;
    conversation.step = silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
    return SMFIS_CONTINUE;
  });
}

sfsistat on_connect(SMFICTX* context, char*, sockaddr* address) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    conversation.client = standing_of(filter_source()->options().rules, address);
    return conversation.step;
  });
}

sfsistat on_sender(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    Message& message = conversation.begin(filter_source());
    message.set_sender(arguments[0]);
    if (has_smtputf8(arguments + 1)) message.set_smtputf8();
    const Rules& rules = conversation.filter->options().rules;
    const bool authenticated = rules.skips_authenticated() && !macro(context, "{auth_type}").empty();
    if (authenticated || rules.skips_sender(message.sender())) message.skip();
    return conversation.step;
  });
}

sfsistat on_recipient(SMFICTX* context, char** arguments) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    // In Sendmail {rcpt_addr} may be a local part alone, so the command's own argument comes first.
    if (conversation.message) conversation.message->add_recipient(arguments[0], macro(context, "{rcpt_addr}"));
    return conversation.step;
  });
}

sfsistat on_data(SMFICTX*) noexcept {
  return SMFIS_CONTINUE;
}

sfsistat on_field(SMFICTX* context, char* name, char* value) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    if (conversation.message) conversation.message->add_field(name, value);
    return conversation.step;
  });
}

sfsistat on_body(SMFICTX* context, unsigned char* octets, size_t length) noexcept {
  return guarded(context, [&](Conversation& conversation) {
    if (conversation.message) conversation.message->add_body({reinterpret_cast<const char*>(octets), length});
    return conversation.step;
  });
}

sfsistat finish(SMFICTX* context, Conversation& conversation) {
  if (conversation.broken || !conversation.message) return SMFIS_TEMPFAIL;
  MtaEdits edits(context, conversation.leading_space);
  const std::string queue_id(macro(context, "i"));
  return reply(context, conversation.filter->finish(*conversation.message, queue_id, edits));
}

sfsistat on_end_of_message(SMFICTX* context) noexcept {
  sfsistat answer = SMFIS_TEMPFAIL;
  guarded(context, [&](Conversation& conversation) {
    answer = finish(context, conversation);
    return answer;
  });
  guarded(context, [](Conversation& conversation) {
    conversation.reset();
    return SMFIS_CONTINUE;
  });
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

void register_callbacks(FilterSource source, Wire used) {
  filter_source = std::move(source);
  wire = used;
  std::string name = "waxseal";
  smfiDesc description{};
  description.xxfi_name = name.data();  // copied
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = kActions | SMFIF_SETSYMLIST;
  description.xxfi_connect = on_connect;
  description.xxfi_envfrom = on_sender;
  description.xxfi_envrcpt = on_recipient;
  description.xxfi_data = on_data;
  description.xxfi_header = on_field;
  description.xxfi_body = on_body;
  description.xxfi_eom = on_end_of_message;
  description.xxfi_abort = on_abort;
  description.xxfi_close = on_close;
  description.xxfi_negotiate = on_negotiate;
  if (smfi_register(description) != MI_SUCCESS) throw std::runtime_error("smfi_register failed");
}

void refuse_connections() {
  refusing = true;
}

Activity& activity() {
  static Activity all;
  return all;
}

}  // namespace waxseal::milter
