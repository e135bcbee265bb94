#include "milter/conversation.h"

namespace waxseal::milter {

Message& Conversation::begin(std::shared_ptr<Filter> chosen) {
  reset();
  filter = std::move(chosen);
  MessageOptions options = filter->options().message;
  options.leading_space = leading_space;
  in_progress_.emplace(activity_, Activity::Kind::kMessage);
  return message.emplace(options, filter->options().authres, client);
}

void Conversation::reset() {
  message.reset();
  filter.reset();
  in_progress_.reset();
  broken = false;
}

Standing standing_of(const Rules& rules, const sockaddr* client) {
  if (!rules.need_client()) return {};
  return {.skipped = rules.skips_client(client), .trusted = rules.trusts_client(client)};
}

// libmilter's parameters are not const, and it copies them.
bool MtaEdits::delete_field(const std::string& name, int index) {
  std::string copy = name;
  return smfi_chgheader(context_, copy.data(), index, nullptr) == MI_SUCCESS;
}

bool MtaEdits::insert_field(const std::string& name, const std::string& value) {
  std::string copy = name, text = value;
  if (leading_space_ == LeadingSpace::kStripped && text.starts_with(' ')) text.erase(0, 1);
  return smfi_insheader(context_, 0, copy.data(), text.data()) == MI_SUCCESS;
}

std::string_view macro(SMFICTX* context, const char* name) {
  std::string copy = name;
  const char* const value = smfi_getsymval(context, copy.data());
  return value == nullptr ? std::string_view() : value;
}

sfsistat reply(SMFICTX* context, const Answer& answer) {
  if (answer.kind == Answer::Kind::kAccept) return SMFIS_CONTINUE;
  std::string code = answer.code, enhanced = answer.enhanced, text = answer.text;
  smfi_setreply(context, code.data(), enhanced.data(), text.data());
  return answer.kind == Answer::Kind::kReject ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

}  // namespace waxseal::milter
