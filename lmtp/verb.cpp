#include "lmtp/verb.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace waxseal::lmtp {

namespace {

constexpr std::array<Verb, 10> kVerbs = {{
    {"LHLO", Needs::kNothing, Argument::kRequired, lhlo},
    {"MAIL", Needs::kNoTransaction, Argument::kRequired, mail},
    {"RCPT", Needs::kTransaction, Argument::kRequired, rcpt},
    {"DATA", Needs::kTransaction, Argument::kNone, data},
    {"BDAT", Needs::kNothing, Argument::kRequired, bdat},  // checks its order itself: its octets follow in any case
    {"RSET", Needs::kNothing, Argument::kNone, rset},
    {"NOOP", Needs::kNothing, Argument::kOptional, noop},
    {"QUIT", Needs::kNothing, Argument::kNone, quit},
    {"VRFY", Needs::kNothing, Argument::kRequired, vrfy},
    {"XFORWARD", Needs::kNoTransaction, Argument::kRequired, xforward},
}};

const Verb* find_verb(std::string_view name) {
  const auto found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return ascii_iequals(verb.name, name); });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::optional<Reply> out_of_sequence(const Dialogue& dialogue, Needs needs) {
  if (needs == Needs::kNothing) return std::nullopt;
  if (dialogue.peer_name.empty()) return Reply{503, "5.5.1", "send LHLO first"};
  if (needs == Needs::kNoTransaction && dialogue.transaction) return Reply{503, "5.5.1", "not within a transaction"};
  if (needs == Needs::kTransaction && !dialogue.transaction) return Reply{503, "5.5.1", "send MAIL first"};
  return std::nullopt;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

std::span<const Verb> verbs() {
  return kVerbs;
}

Reply run_command(Dialogue& dialogue, std::string_view line) {
  if (std::any_of(line.begin(), line.end(), is_control)) return {500, "5.5.2", "control character in command"};
  const auto space = line.find(' ');
  const Verb* const verb = find_verb(line.substr(0, space));
  if (verb == nullptr) return {500, "5.5.1", "command not recognized"};
  std::string_view argument = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  while (argument.ends_with(' ')) argument.remove_suffix(1);
  if (verb->argument == Argument::kNone && !argument.empty()) return {501, "5.5.4", "no argument allowed"};
  if (verb->argument == Argument::kRequired && argument.empty()) return {501, "5.5.4", "argument missing"};
  if (auto refusal = out_of_sequence(dialogue, verb->needs)) return *refusal;
  return verb->run(dialogue, argument);
}

}  // namespace waxseal::lmtp
