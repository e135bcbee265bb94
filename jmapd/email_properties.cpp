#include "jmapd/email_properties.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "jmapd/arguments.h"
#include "jmapd/blob_id.h"
#include "jmapd/smime_details.h"
#include "smime/judge.h"

namespace waxseal::jmapd {

enum class Use { kDefault, kOnRequest, kWithSmimeVerify, kWithSmimeDetails };  // kWith...: with that capability

struct EmailProperty {
  std::string_view name;
  Use use;
  Needs needs;
  Json (*render)(const EmailView&, const EmailSelection&);
};

namespace {

using enum Use;
using enum Needs;

// --- the row
// -----------------------------------------------------------------------------------------------------------

Json render_mailbox_ids(const EmailView& view, const EmailSelection&) {
  Json ids = Json::object();
  for (const auto mailbox : view.row.mailboxes) ids[to_wire(mailbox)] = true;
  return ids;
}

Json render_keywords(const EmailView& view, const EmailSelection&) {
  Json keywords = Json::object();
  for (const auto& keyword : view.row.keywords) keywords[keyword] = true;
  return keywords;
}

// null: there is no such field, or it does not have the grammar (RFC 8621 section 4.1.2.5).
Json nullable_ids(const std::vector<std::string>& ids) {
  if (ids.empty()) return nullptr;
  Json list = Json::array();
  for (const auto& id : ids) list.push_back(json_text(id));
  return list;
}

template <std::vector<std::string> mime::Summary::*member>
Json render_ids(const EmailView& view, const EmailSelection&) {
  return nullable_ids(view.row.summary.*member);
}

template <std::vector<mime::AddressGroup> mime::Summary::*member>
Json render_address_field(const EmailView& view, const EmailSelection&) {
  const auto& groups = view.row.summary.*member;
  return groups.empty() ? Json(nullptr) : render_addresses(groups);
}

Json render_subject(const EmailView& view, const EmailSelection&) {
  const auto& subject = view.row.summary.subject;
  return subject.empty() ? Json(nullptr) : json_text(subject);
}

Json nullable_date(const std::optional<Time>& time) {
  return time ? Json(format_utc_date(*time)) : Json(nullptr);
}

// "identical to the value of header:Date:asDate": with the sender's zone.
Json render_sent_at(const EmailView& view, const EmailSelection&) {
  const auto& date = view.row.summary.sent_date;
  return date ? Json(*date) : Json(nullptr);
}

// --- RFC 9219 section 4.1
// ------------------------------------------------------------------------------------------------

Json render_status(smime::Status status) {
  const auto token = smime::status_token(status);
  return token ? Json(std::string(*token)) : Json(nullptr);
}

Json render_smime_status(const EmailView& view, const EmailSelection&) {
  return render_status(view.row.status);
}

Json render_status_at_delivery(const EmailView& view, const EmailSelection&) {
  return render_status(view.row.status_at_delivery);
}

Json render_smime_errors(const EmailView& view, const EmailSelection& selection) {
  const auto texts = smime::error_texts(view.row.status, view.row.visible_codes, selection.language);
  return texts ? Json(*texts) : Json(nullptr);
}

Json render_verified_at(const EmailView& view, const EmailSelection&) {
  return nullable_date(view.row.verified_at);
}

// --- our own capability

Json render_details(const EmailView& view, const EmailSelection& selection) {
  if (view.smime == nullptr) return nullptr;
  return render_smime_details(view.row, *view.smime, *view.background, selection.language);
}

// --- the parsed message
// --------------------------------------------------------------------------------------------------

PartSource source_of(const EmailView& view) {
  return {view.octets, *view.message, view.row.blob};
}

Json render_headers(const EmailView& view, const EmailSelection&) {
  return render_all_headers(*view.header);
}

Json render_body_structure(const EmailView& view, const EmailSelection& selection) {
  return render_part_tree(source_of(view), 0, selection.parts);
}

template <std::vector<std::size_t> mime::Message::*member>
Json render_list(const EmailView& view, const EmailSelection& selection) {
  return render_part_list(source_of(view), view.message->*member, selection.parts);
}

Json render_values(const EmailView& view, const EmailSelection& selection) {
  if (!selection.values.any()) return Json::object();
  return render_body_values(view.octets, *view.message, selection.values);
}

constexpr std::array kProperties{
    EmailProperty{"id", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) { return Json(to_wire(v.row.id)); }},
    EmailProperty{"blobId", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) {
                    return Json(to_wire(BlobId{v.row.blob, {}}));
                  }},
    EmailProperty{"threadId", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) { return Json(to_wire(v.row.thread)); }},
    EmailProperty{"mailboxIds", kDefault, kRow, render_mailbox_ids},
    EmailProperty{"keywords", kDefault, kRow, render_keywords},
    EmailProperty{"size", kDefault, kRow, [](const EmailView& v, const EmailSelection&) { return Json(v.row.size); }},
    EmailProperty{"receivedAt", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) { return Json(format_utc_date(v.row.received_at)); }},
    EmailProperty{"messageId", kDefault, kRow, render_ids<&mime::Summary::message_id>},
    EmailProperty{"inReplyTo", kDefault, kRow, render_ids<&mime::Summary::in_reply_to>},
    EmailProperty{"references", kDefault, kRow, render_ids<&mime::Summary::references>},
    EmailProperty{"sender", kDefault, kRow, render_address_field<&mime::Summary::sender>},
    EmailProperty{"from", kDefault, kRow, render_address_field<&mime::Summary::from>},
    EmailProperty{"to", kDefault, kRow, render_address_field<&mime::Summary::to>},
    EmailProperty{"cc", kDefault, kRow, render_address_field<&mime::Summary::cc>},
    EmailProperty{"bcc", kDefault, kRow, render_address_field<&mime::Summary::bcc>},
    EmailProperty{"replyTo", kDefault, kRow, render_address_field<&mime::Summary::reply_to>},
    EmailProperty{"subject", kDefault, kRow, render_subject},
    EmailProperty{"sentAt", kDefault, kRow, render_sent_at},
    EmailProperty{"hasAttachment", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) { return Json(v.row.summary.has_attachment); }},
    EmailProperty{"preview", kDefault, kRow,
                  [](const EmailView& v, const EmailSelection&) { return json_text(v.row.summary.preview); }},
    EmailProperty{"bodyValues", kDefault, kMessage, render_values},
    EmailProperty{"textBody", kDefault, kMessage, render_list<&mime::Message::text_body>},
    EmailProperty{"htmlBody", kDefault, kMessage, render_list<&mime::Message::html_body>},
    EmailProperty{"attachments", kDefault, kMessage, render_list<&mime::Message::attachments>},
    EmailProperty{"bodyStructure", kOnRequest, kMessage, render_body_structure},
    EmailProperty{"headers", kOnRequest, kHeader, render_headers},
    EmailProperty{"smimeStatus", kWithSmimeVerify, kRow, render_smime_status},
    EmailProperty{"smimeStatusAtDelivery", kWithSmimeVerify, kRow, render_status_at_delivery},
    EmailProperty{"smimeErrors", kWithSmimeVerify, kRow, render_smime_errors},
    EmailProperty{"smimeVerifiedAt", kWithSmimeVerify, kRow, render_verified_at},
    EmailProperty{"smimeDetails", kWithSmimeDetails, kRow, render_details},
};

// The capability that must be in `using` and is not; empty: none.
std::string_view missing_capability(Use use, SmimeVerify smime) {
  if (use >= kWithSmimeVerify && smime == SmimeVerify::kUnused) return kSmimeVerify;
  if (use == kWithSmimeDetails && smime != SmimeVerify::kWithDetails) return kSmimeDetails;
  return {};
}

const EmailProperty& property_named(const std::string& name, SmimeVerify smime) {
  const auto* row = std::find_if(kProperties.begin(), kProperties.end(),
                                 [&](const EmailProperty& candidate) { return candidate.name == name; });
  if (row == kProperties.end()) refuse_argument("properties", "there is no property \"" + name + "\"");
  if (const std::string_view missing = missing_capability(row->use, smime); !missing.empty())
    refuse_argument("properties", "\"" + name + "\" needs " + std::string(missing) + " in \"using\"");
  return *row;
}

}  // namespace

Needs EmailSelection::needs() const {
  Needs most = headers.empty() ? kRow : kHeader;
  for (const auto* property : properties) most = std::max(most, property->needs);
  return most;
}

bool EmailSelection::listed() const {
  return needs() == kRow && !needs_smime_record() &&
         std::none_of(properties.begin(), properties.end(),
                      [](const EmailProperty* property) { return property->render == render_verified_at; });
}

bool EmailSelection::needs_smime_record() const {
  return std::any_of(properties.begin(), properties.end(),
                     [](const EmailProperty* property) { return property->use == kWithSmimeDetails; });
}

bool EmailSelection::shows_verdicts() const {
  return std::any_of(properties.begin(), properties.end(),
                     [](const EmailProperty* property) { return property->use >= kWithSmimeVerify; });
}

void select_default_properties(EmailSelection& selection) {
  for (const auto& row : kProperties) {
    if (row.use == kDefault) selection.properties.push_back(&row);
  }
}

void select_properties(EmailSelection& selection, const std::vector<std::string>& names, SmimeVerify smime) {
  selection.properties.push_back(&property_named("id", smime));
  for (const auto& name : names) {
    if (!names_header(name)) {
      selection.properties.push_back(&property_named(name, smime));
      continue;
    }
    auto header = parse_header_property(name);
    if (!header) refuse_argument("properties", "\"" + name + "\" " + header.error());
    selection.headers.push_back(std::move(header).value());
  }
}

Json render_email(const EmailView& view, const EmailSelection& selection) {
  Json object = Json::object();
  for (const auto* property : selection.properties) {
    object[std::string(property->name)] = property->render(view, selection);
  }
  for (const auto& property : selection.headers) {
    object[property.property] = render_header_property(*view.header, property);
  }
  return object;
}

}  // namespace waxseal::jmapd
