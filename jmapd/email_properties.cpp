#include "jmapd/email_properties.h"

#include <algorithm>
#include <array>
#include <set>
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
  void (*write)(ObjectWriter&, const EmailView&, const EmailSelection&);
};

namespace {

using enum Use;
using enum Needs;

// --- the row
// -----------------------------------------------------------------------------------------------------------

void write_mailbox_ids(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  out.open('{');
  for (const auto mailbox : view.row.mailboxes) {
    out.key(to_wire(mailbox));
    out.boolean(true);
  }
  out.close('}');
}

void write_keywords(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  out.open('{');
  for (const auto& keyword : view.row.keywords) {
    out.key(keyword);
    out.boolean(true);
  }
  out.close('}');
}

// null: there is no such field, or it does not have the grammar (RFC 8621 section 4.1.2.5).
template <std::vector<std::string> mime::Summary::*member>
void write_ids(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  const auto& ids = view.row.summary.*member;
  if (ids.empty()) return out.null();
  out.open('[');
  for (const auto& id : ids) out.text(id);
  out.close(']');
}

template <std::vector<mime::AddressGroup> mime::Summary::*member>
void write_address_field(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  const auto& groups = view.row.summary.*member;
  if (groups.empty()) return out.null();
  write_addresses(out, groups);
}

void write_subject(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  const auto& subject = view.row.summary.subject;
  subject.empty() ? out.null() : out.text(subject);
}

// "identical to the value of header:Date:asDate": with the sender's zone.
void write_sent_at(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  const auto& date = view.row.summary.sent_date;
  date ? out.text(*date) : out.null();
}

// --- RFC 9219 section 4.1
// ------------------------------------------------------------------------------------------------

void write_status(ObjectWriter& out, smime::Status status) {
  const auto token = smime::status_token(status);
  token ? out.text(*token) : out.null();
}

void write_smime_status(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  write_status(out, view.row.status);
}

void write_status_at_delivery(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  write_status(out, view.row.status_at_delivery);
}

void write_smime_errors(ObjectWriter& out, const EmailView& view, const EmailSelection& selection) {
  const auto texts = smime::error_texts(view.row.status, view.row.visible_codes, selection.language);
  texts ? out.value(*texts) : out.null();
}

void write_verified_at(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  view.row.verified_at ? out.text(format_utc_date(*view.row.verified_at)) : out.null();
}

// --- our own capability

void write_details(ObjectWriter& out, const EmailView& view, const EmailSelection& selection) {
  if (view.smime == nullptr) return out.null();
  out.value(render_smime_details(view.row, *view.smime, *view.background, selection.language));
}

// --- the parsed message
// --------------------------------------------------------------------------------------------------

PartSource source_of(const EmailView& view) {
  return {view.octets, *view.message, view.row.blob};
}

void write_headers(ObjectWriter& out, const EmailView& view, const EmailSelection&) {
  out.value(render_all_headers(*view.header));
}

void write_body_structure(ObjectWriter& out, const EmailView& view, const EmailSelection& selection) {
  out.value(render_part_tree(source_of(view), 0, selection.parts));
}

template <std::vector<std::size_t> mime::Message::*member>
void write_list(ObjectWriter& out, const EmailView& view, const EmailSelection& selection) {
  out.value(render_part_list(source_of(view), view.message->*member, selection.parts));
}

void write_values(ObjectWriter& out, const EmailView& view, const EmailSelection& selection) {
  const bool any = selection.values.any();
  out.value(any ? render_body_values(view.octets, *view.message, selection.values) : Json::object());
}

constexpr std::array kProperties{
    EmailProperty{"id", kDefault, kRow,
                  [](ObjectWriter& out, const EmailView& v, const EmailSelection&) { out.text(to_wire(v.row.id)); }},
    EmailProperty{"blobId", kDefault, kRow,
                  [](ObjectWriter& out, const EmailView& v, const EmailSelection&) {
                    out.text(to_wire(BlobId{v.row.blob, {}}));
                  }},
    EmailProperty{
        "threadId", kDefault, kRow,
        [](ObjectWriter& out, const EmailView& v, const EmailSelection&) { out.text(to_wire(v.row.thread)); }},
    EmailProperty{"mailboxIds", kDefault, kRow, write_mailbox_ids},
    EmailProperty{"keywords", kDefault, kRow, write_keywords},
    EmailProperty{"size", kDefault, kRow,
                  [](ObjectWriter& out, const EmailView& v, const EmailSelection&) {
                    out.number(static_cast<std::int64_t>(v.row.size));
                  }},
    EmailProperty{"receivedAt", kDefault, kRow,
                  [](ObjectWriter& out, const EmailView& v, const EmailSelection&) {
                    out.text(format_utc_date(v.row.received_at));
                  }},
    EmailProperty{"messageId", kDefault, kRow, write_ids<&mime::Summary::message_id>},
    EmailProperty{"inReplyTo", kDefault, kRow, write_ids<&mime::Summary::in_reply_to>},
    EmailProperty{"references", kDefault, kRow, write_ids<&mime::Summary::references>},
    EmailProperty{"sender", kDefault, kRow, write_address_field<&mime::Summary::sender>},
    EmailProperty{"from", kDefault, kRow, write_address_field<&mime::Summary::from>},
    EmailProperty{"to", kDefault, kRow, write_address_field<&mime::Summary::to>},
    EmailProperty{"cc", kDefault, kRow, write_address_field<&mime::Summary::cc>},
    EmailProperty{"bcc", kDefault, kRow, write_address_field<&mime::Summary::bcc>},
    EmailProperty{"replyTo", kDefault, kRow, write_address_field<&mime::Summary::reply_to>},
    EmailProperty{"subject", kDefault, kRow, write_subject},
    EmailProperty{"sentAt", kDefault, kRow, write_sent_at},
    EmailProperty{"hasAttachment", kDefault, kRow,
                  [](ObjectWriter& out, const EmailView& v, const EmailSelection&) {
                    out.boolean(v.row.summary.has_attachment);
                  }},
    EmailProperty{
        "preview", kDefault, kRow,
        [](ObjectWriter& out, const EmailView& v, const EmailSelection&) { out.text(v.row.summary.preview); }},
    EmailProperty{"bodyValues", kDefault, kMessage, write_values},
    EmailProperty{"textBody", kDefault, kMessage, write_list<&mime::Message::text_body>},
    EmailProperty{"htmlBody", kDefault, kMessage, write_list<&mime::Message::html_body>},
    EmailProperty{"attachments", kDefault, kMessage, write_list<&mime::Message::attachments>},
    EmailProperty{"bodyStructure", kOnRequest, kMessage, write_body_structure},
    EmailProperty{"headers", kOnRequest, kHeader, write_headers},
    EmailProperty{"smimeStatus", kWithSmimeVerify, kRow, write_smime_status},
    EmailProperty{"smimeStatusAtDelivery", kWithSmimeVerify, kRow, write_status_at_delivery},
    EmailProperty{"smimeErrors", kWithSmimeVerify, kRow, write_smime_errors},
    EmailProperty{"smimeVerifiedAt", kWithSmimeVerify, kRow, write_verified_at},
    EmailProperty{"smimeDetails", kWithSmimeDetails, kRow, write_details},
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
                      [](const EmailProperty* property) { return property->write == write_verified_at; });
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
  std::set<std::string_view> chosen{"id"};
  selection.properties.push_back(&property_named("id", smime));
  for (const auto& name : names) {
    if (!chosen.insert(name).second) continue;  // an object has each name once
    if (!names_header(name)) {
      selection.properties.push_back(&property_named(name, smime));
      continue;
    }
    auto header = parse_header_property(name);
    if (!header) refuse_argument("properties", "\"" + name + "\" " + header.error());
    selection.headers.push_back(std::move(header).value());
  }
}

void write_email(JsonWriter& to, const EmailView& view, const EmailSelection& selection) {
  ObjectWriter out(to);
  out.open('{');
  for (const auto* property : selection.properties) {
    out.key(property->name);
    property->write(out, view, selection);
  }
  for (const auto& property : selection.headers) {
    out.key(property.property);
    out.value(render_header_property(*view.header, property));
  }
  out.close('}');
}

Json render_email(const EmailView& view, const EmailSelection& selection) {
  JsonText out;
  write_email(out, view, selection);
  return Json::parse(out.take());
}

}  // namespace waxseal::jmapd
