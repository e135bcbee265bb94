#include "jmapd/header_forms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mime/message.h"
#include "mime/text.h"

namespace waxseal::jmapd {
namespace {

using enum HeaderForm;

struct FormName {
  std::string_view suffix;
  HeaderForm form;
};
constexpr std::array kFormNames{
    FormName{"asRaw", kRaw},
    FormName{"asText", kText},
    FormName{"asAddresses", kAddresses},
    FormName{"asGroupedAddresses", kGroupedAddresses},
    FormName{"asMessageIds", kMessageIds},
    FormName{"asDate", kDate},
    FormName{"asURLs", kUrls},
};

// What a field of RFC 5322 or RFC 2369 may be besides Raw (RFC 8621 sections 4.1.2.2 to 4.1.2.7).  A field that is not
// in this table may have every form.
enum class FieldKind { kRawOnly, kText, kAddresses, kMessageIds, kDate, kUrls };
struct FieldRow {
  std::string_view name;  // lower case
  FieldKind kind;
};
constexpr std::array kFields{
    FieldRow{"date", FieldKind::kDate},
    FieldRow{"from", FieldKind::kAddresses},
    FieldRow{"sender", FieldKind::kAddresses},
    FieldRow{"reply-to", FieldKind::kAddresses},
    FieldRow{"to", FieldKind::kAddresses},
    FieldRow{"cc", FieldKind::kAddresses},
    FieldRow{"bcc", FieldKind::kAddresses},
    FieldRow{"message-id", FieldKind::kMessageIds},
    FieldRow{"in-reply-to", FieldKind::kMessageIds},
    FieldRow{"references", FieldKind::kMessageIds},
    FieldRow{"subject", FieldKind::kText},
    FieldRow{"comments", FieldKind::kText},
    FieldRow{"keywords", FieldKind::kText},
    FieldRow{"resent-date", FieldKind::kDate},
    FieldRow{"resent-from", FieldKind::kAddresses},
    FieldRow{"resent-sender", FieldKind::kAddresses},
    FieldRow{"resent-reply-to", FieldKind::kAddresses},
    FieldRow{"resent-to", FieldKind::kAddresses},
    FieldRow{"resent-cc", FieldKind::kAddresses},
    FieldRow{"resent-bcc", FieldKind::kAddresses},
    FieldRow{"resent-message-id", FieldKind::kMessageIds},
    FieldRow{"return-path", FieldKind::kRawOnly},
    FieldRow{"received", FieldKind::kRawOnly},
    FieldRow{"list-help", FieldKind::kUrls},
    FieldRow{"list-unsubscribe", FieldKind::kUrls},
    FieldRow{"list-subscribe", FieldKind::kUrls},
    FieldRow{"list-post", FieldKind::kUrls},
    FieldRow{"list-owner", FieldKind::kUrls},
    FieldRow{"list-archive", FieldKind::kUrls},
};

bool kind_has_form(FieldKind kind, HeaderForm form) {
  switch (kind) {
    case FieldKind::kRawOnly:
      return false;
    case FieldKind::kText:
      return form == kText;
    case FieldKind::kAddresses:
      return form == kAddresses || form == kGroupedAddresses;
    case FieldKind::kMessageIds:
      return form == kMessageIds;
    case FieldKind::kDate:
      return form == kDate;
    case FieldKind::kUrls:
      return form == kUrls;
  }
  return false;
}

bool form_allowed(std::string_view field, HeaderForm form) {
  if (form == kRaw) return true;
  const auto row = std::find_if(kFields.begin(), kFields.end(),
                                [&](const FieldRow& candidate) { return ascii_iequals(candidate.name, field); });
  return row == kFields.end() || kind_has_form(row->kind, form);
}

std::optional<HeaderForm> form_named(std::string_view suffix) {
  for (const auto& row : kFormNames) {
    if (row.suffix == suffix) return row.form;
  }
  return std::nullopt;
}

// Printable ASCII but the colon (RFC 8621 section 4.1.3); colons are already gone.
bool valid_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= 33 && c <= 126; });
}

std::vector<std::string_view> split_colons(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto colon = text.find(':');
    pieces.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return pieces;
    text.remove_prefix(colon + 1);
  }
}

void write_name(ObjectWriter& out, const std::optional<std::string>& name) {
  out.key("name");
  name ? out.text(*name) : out.null();
}

void write_entries(ObjectWriter& out, const mime::AddressGroup& group) {
  for (const auto& entry : group.addresses) {
    out.open('{');
    write_name(out, entry.name);
    out.key("email");
    out.text(entry.email);
    out.close('}');
  }
}

Json render_groups(const std::vector<mime::AddressGroup>& groups) {
  JsonText text;
  ObjectWriter out(text);
  out.open('[');
  for (const auto& group : groups) {
    out.open('{');
    write_name(out, group.name);
    out.key("addresses");
    out.open('[');
    write_entries(out, group);
    out.close(']');
    out.close('}');
  }
  out.close(']');
  return Json::parse(text.take());
}

Json nullable_text(const std::optional<std::string>& text) {
  return text ? json_text(*text) : Json(nullptr);
}

// RFC 8621 section 4.1.2.2, step 3.
Json render_text(Octets raw_value) {
  const std::string text = mime::decode_text(raw_value);
  const auto first = text.find_first_not_of(' ');
  return json_text(first == std::string::npos ? Octets() : Octets(text).substr(first));
}

Json render_message_ids(Octets raw_value) {
  const auto ids = mime::parse_message_ids(raw_value);
  if (!ids) return nullptr;
  Json list = Json::array();
  for (const auto& id : *ids) list.push_back(json_text(id));
  return list;
}

Json render_form(Octets raw_value, HeaderForm form) {
  switch (form) {
    case kRaw:
      return render_raw(raw_value);
    case kText:
      return render_text(raw_value);
    case kAddresses:
      return render_addresses(mime::read_address_list(raw_value));
    case kGroupedAddresses:
      return render_groups(mime::read_address_list(raw_value));
    case kMessageIds:
      return render_message_ids(raw_value);
    case kDate:
      return nullable_text(mime::parse_date_with_zone(raw_value));
    case kUrls:
      return render_urls(raw_value);
  }
  return nullptr;
}

// Position after white space and comments; nullopt: a comment without an end.
std::optional<std::size_t> skip_cfws(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      ++depth;
    } else if (depth > 0 && c == ')') {
      --depth;
    } else if (depth > 0 && c == '\\') {
      ++at;
    } else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      return at;
    }
  }
  return depth == 0 ? std::optional(text.size()) : std::nullopt;
}

// RFC 2369 section 2: "white space ... inside the URL ... is to be ignored".
std::string without_white_space(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') kept.push_back(c);
  }
  return kept;
}

}  // namespace

Json json_text(Octets octets) {
  return valid_utf8(octets) ? std::string(octets) : to_valid_utf8(octets);
}

Json render_raw(Octets raw_value) {
  std::string kept(raw_value);
  std::erase(kept, '\0');
  return json_text(kept);
}

Json render_urls(Octets raw_value) {
  Json urls = Json::array();
  std::size_t at = 0;
  for (;;) {
    const auto open = skip_cfws(raw_value, at);
    if (!open || *open == raw_value.size() || raw_value[*open] != '<') return nullptr;
    const auto close = raw_value.find('>', *open);
    if (close == Octets::npos) return nullptr;
    urls.push_back(json_text(without_white_space(raw_value.substr(*open + 1, close - *open - 1))));
    const auto next = skip_cfws(raw_value, close + 1);
    if (!next) return nullptr;
    if (*next == raw_value.size()) return urls;
    if (raw_value[*next] != ',') return nullptr;
    at = *next + 1;
  }
}

void write_addresses(ObjectWriter& out, const std::vector<mime::AddressGroup>& groups) {
  out.open('[');
  for (const auto& group : groups) write_entries(out, group);
  out.close(']');
}

Json render_addresses(const std::vector<mime::AddressGroup>& groups) {
  JsonText text;
  ObjectWriter out(text);
  write_addresses(out, groups);
  return Json::parse(text.take());
}

Result<HeaderProperty> parse_header_property(std::string_view property) {
  auto pieces = split_colons(property);  // "header", name, ["asForm"], ["all"]
  HeaderProperty parsed{.property = std::string(property), .field = std::string(pieces[1])};
  if (!valid_field_name(parsed.field)) return unexpected("has no valid header field name");
  if (pieces.size() > 2 && pieces.back() == "all") {
    parsed.all = true;
    pieces.pop_back();
  }
  if (pieces.size() > 3) return unexpected("has more than a form and \"all\" after the header field name");
  if (pieces.size() == 3) {
    const auto form = form_named(pieces[2]);
    if (!form) return unexpected("names an unknown header form");
    parsed.form = *form;
  }
  if (!form_allowed(parsed.field, parsed.form)) return unexpected("is a form that this header field does not have");
  return parsed;
}

Json render_header_property(const mime::Header& header, const HeaderProperty& property) {
  if (!property.all) {
    const mime::Field* field = header.last(property.field);
    return field == nullptr ? Json(nullptr) : render_form(field->value, property.form);
  }
  Json list = Json::array();
  for (const mime::Field* field : header.all(property.field)) list.push_back(render_form(field->value, property.form));
  return list;
}

Json render_all_headers(const mime::Header& header) {
  Json list = Json::array();
  for (const auto& field : header.fields) {
    list.push_back(Json{{"name", json_text(field.name)}, {"value", render_raw(field.value)}});
  }
  return list;
}

}  // namespace waxseal::jmapd
