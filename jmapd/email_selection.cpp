#include "jmapd/email_selection.h"

#include "jmapd/smime_details.h"

namespace waxseal::jmapd {

namespace {

BodyValueSelection read_body_values(const Arguments& arguments) {
  return {.text_body = arguments.boolean("fetchTextBodyValues").value_or(false),
          .html_body = arguments.boolean("fetchHTMLBodyValues").value_or(false),
          .all = arguments.boolean("fetchAllBodyValues").value_or(false),
          .max_octets = static_cast<std::size_t>(arguments.unsigned_integer("maxBodyValueBytes").value_or(0))};
}

}  // namespace

SmimeVerify smime_verify_of(const Call& call) {
  if (!call.uses(kSmimeVerify)) return SmimeVerify::kUnused;
  return call.uses(kSmimeDetails) ? SmimeVerify::kWithDetails : SmimeVerify::kUsed;
}

EmailSelection read_email_selection(const Call& call, const Arguments& arguments,
                                    const std::optional<std::vector<std::string>>& properties) {
  EmailSelection selection{.values = read_body_values(arguments), .language = call.language};
  if (properties) {
    select_properties(selection, *properties, smime_verify_of(call));
  } else {
    select_default_properties(selection);
  }
  const auto body_properties = arguments.strings("bodyProperties");
  selection.parts = body_properties ? select_part_properties(*body_properties) : default_part_selection();
  return selection;
}

void check_octets(const std::vector<store::EmailRow>& rows) {
  if (rows.size() <= 1) return;
  std::size_t octets = 0;
  for (const auto& row : rows) octets += row.size;
  if (octets > kMaxOctetsToParse) refuse_octets();
}

void refuse_octets() {
  throw MethodError{"requestTooLarge", "These messages are too large to be read in one call; ask for fewer of them"};
}

}  // namespace waxseal::jmapd
