#include <charconv>

#include "jmapd/method.h"

namespace waxseal::jmapd {
namespace {

template <class AnyId>
std::string with_letter(char letter, AnyId id) {
  return letter + std::to_string(id.value);
}

// One spelling per id: no sign, no leading zero, nothing behind the number.  Two spellings of one id would be two
// objects to a client (RFC 8620 section 1.2: ids are compared octet by octet).
template <class AnyId>
std::optional<AnyId> after_letter(char letter, std::string_view text) {
  if (text.size() < 2 || text[0] != letter || text[1] < '1' || text[1] > '9') return std::nullopt;
  AnyId id;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + 1, end, id.value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return id;
}

}  // namespace

std::string to_wire(AccountId id) {
  return with_letter('a', id);
}
std::string to_wire(EmailId id) {
  return with_letter('e', id);
}
std::string to_wire(MailboxId id) {
  return with_letter('m', id);
}
std::string to_wire(ThreadId id) {
  return with_letter('t', id);
}

std::string to_wire(IdentityId id) {
  return with_letter('i', id);
}
std::string to_wire(SubmissionId id) {
  return with_letter('s', id);
}

std::optional<AccountId> account_from_wire(std::string_view text) {
  return after_letter<AccountId>('a', text);
}
std::optional<EmailId> email_from_wire(std::string_view text) {
  return after_letter<EmailId>('e', text);
}
std::optional<MailboxId> mailbox_from_wire(std::string_view text) {
  return after_letter<MailboxId>('m', text);
}
std::optional<ThreadId> thread_from_wire(std::string_view text) {
  return after_letter<ThreadId>('t', text);
}
std::optional<IdentityId> identity_from_wire(std::string_view text) {
  return after_letter<IdentityId>('i', text);
}
std::optional<SubmissionId> submission_from_wire(std::string_view text) {
  return after_letter<SubmissionId>('s', text);
}

}  // namespace waxseal::jmapd
