#include <charconv>

#include "base/text.h"
#include "lmtp/verb.h"
#include "service/log.h"

namespace waxseal::lmtp {

namespace {

// "chunk-size [SP "LAST"]" (RFC 3030 section 2)
std::optional<Dialogue::Chunk> parse(std::string_view argument) {
  Dialogue::Chunk chunk;
  const std::size_t space = std::min(argument.find(' '), argument.size());
  const std::string_view size = argument.substr(0, space);
  const auto [rest, error] = std::from_chars(size.data(), size.data() + size.size(), chunk.left);
  if (size.empty() || error != std::errc() || rest != size.data() + size.size()) return std::nullopt;
  const std::string_view word = trim(argument.substr(space));
  chunk.last = ascii_iequals(word, "LAST");
  if (!word.empty() && !chunk.last) return std::nullopt;
  return chunk;
}

std::optional<Reply> refusal(const Dialogue& dialogue) {
  if (dialogue.peer_name.empty()) return Reply{503, "5.5.1", "send LHLO first"};
  if (!dialogue.transaction) return Reply{503, "5.5.1", "send MAIL first"};
  if (dialogue.transaction->recipients.empty()) return Reply{503, "5.5.1", "no valid recipients"};
  return std::nullopt;
}

// A spool that cannot be made is no reason to take the chunk for commands.
std::optional<Reply> begin(Dialogue& dialogue) {
  try {
    begin_text(dialogue, *dialogue.transaction, ChunkReader(dialogue.transaction->service->max_message_octets));
    return std::nullopt;
  } catch (const std::exception& error) {
    service::log_error("command_failed", {{"error", error.what()}});
    dialogue.transaction.reset();
    return Reply{451, "4.3.1", "no room for the message, try again later"};
  }
}

}  // namespace

Reply bdat(Dialogue& dialogue, std::string_view argument) {
  auto chunk = parse(argument);
  if (!chunk) {  // How much follows is not known, and must not be taken for commands (rule R1).
    dialogue.transaction.reset();
    dialogue.next = Dialogue::Next::kClose;
    return {501, "5.5.4", "BDAT size [LAST] expected; closing"};
  }
  chunk->refusal = refusal(dialogue);
  if (!chunk->refusal && !dialogue.transaction->data) chunk->refusal = begin(dialogue);
  dialogue.chunk = *chunk;
  dialogue.next = Dialogue::Next::kChunk;
  return kNoReply;
}

}  // namespace waxseal::lmtp
