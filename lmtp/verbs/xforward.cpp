#include "lmtp/verb.h"

namespace waxseal::lmtp {

// Postfix's XFORWARD_README: what is said holds for the next transaction, and only those who are trusted may say it.
Reply xforward(Dialogue& dialogue, std::string_view argument) {
  if (!may_forward(dialogue)) return {550, "5.7.0", "XFORWARD is not for you"};
  const auto applied = apply_attributes(dialogue.forwarded, argument);
  if (!applied) return {501, "5.5.4", applied.error()};
  return {250, "2.0.0", "ok"};
}

bool may_forward(const Dialogue& dialogue) {
  return service::is_among(dialogue.service()->xforward_clients, reinterpret_cast<const sockaddr*>(&dialogue.peer));
}

}  // namespace waxseal::lmtp
