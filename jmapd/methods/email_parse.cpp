// Email/parse (RFC 8621 section 4.9): a message that is in no mailbox, judged as of now.
#include <algorithm>
#include <array>

#include "delivery/pipeline.h"
#include "jmapd/blob_content.h"
#include "jmapd/email_selection.h"
#include "jmapd/methods/methods.h"
#include "jmapd/smime_details.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 8> kArguments{"accountId",           "blobIds",
                                                     "properties",          "bodyProperties",
                                                     "fetchTextBodyValues", "fetchHTMLBodyValues",
                                                     "fetchAllBodyValues",  "maxBodyValueBytes"};

// Section 4.9: what stands on its own, without a mailbox.
const std::vector<std::string> kDefault = {
    "messageId", "inReplyTo", "references",    "sender",  "from",       "to",       "cc",       "bcc",        "replyTo",
    "subject",   "sentAt",    "hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments"};
// "The following metadata properties on the Email objects will be null if requested"; an AtDelivery status belongs to a
// delivery, and there was none.
constexpr std::array<std::string_view, 6> kNull{"id",         "mailboxIds", "keywords",
                                                "receivedAt", "threadId",   "smimeStatusAtDelivery"};

// One message with everything that rendering may want.
class Parsed {
 public:
  Parsed(const Call& call, store::Snapshot& snapshot, const BlobId& blob, Octets octets,
         const EmailSelection& selection)
      : octets_(octets), message_(mime::parse_message(octets)) {
    row_.blob = blob.message;
    row_.size = octets.size();
    row_.summary = mime::summarise(octets, message_);
    if (selection.shows_verdicts() || selection.needs_smime_record()) judge(call, snapshot);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  bool is_message() const {
    return !message_.header.fields.empty() && message_.header.fault != mime::HeaderFault::kNul;
  }
  EmailView view() const {
    const bool enveloped = record_.facts.envelope != smime::EnvelopeClass::kNone;
    return {.row = row_,
            .header = &message_.header,
            .octets = octets_,
            .message = &message_,
            .smime = enveloped ? &record_ : nullptr,
            .background = &background_};
  }

 private:
  void judge(const Call& call, store::Snapshot& snapshot) {
    if (call.pipeline == nullptr) throw MethodError{"serverUnavailable", "nothing can be judged now"};
    const Time now = call.clock.now();
    delivery::Judged judged = call.pipeline->judge(octets_, now);
    row_.status = judged.at_delivery_final ? judged.at_delivery.status : smime::Status::kSigned;
    row_.visible_codes = judged.at_delivery.visible_codes();
    if (row_.status > smime::Status::kUnknown) row_.verified_at = now;
    record_.facts = std::move(judged.extracted.facts);
    record_.units = std::move(judged.states_at_delivery);
    store::CertificateOctets brought;
    for (const auto& [id, certificate] : judged.extracted.certificates)
      brought.emplace(id, std::string(certificate->der()));
    background_ = read_smime_background(snapshot, record_, std::move(brought));
  }

  Octets octets_;
  mime::Message message_;
  store::EmailRow row_;
  store::SmimeRecord record_;
  SmimeBackground background_;
};

// Parts of a part have no blob id of their own.
void forget_part_blobs(Json& value) {
  if (value.is_object() && value.contains("blobId")) value["blobId"] = nullptr;
  for (Json& member : value)
    if (member.is_structured()) forget_part_blobs(member);
}

Json render(const Parsed& parsed, const EmailSelection& selection, const std::vector<std::string>& wanted,
            const BlobId& blob) {
  Json object = render_email(parsed.view(), selection);
  for (const std::string_view name : kNull)
    if (object.contains(name)) object[std::string(name)] = nullptr;
  if (!blob.part_id.empty()) forget_part_blobs(object);
  if (object.contains("blobId")) object["blobId"] = to_wire(blob);
  if (std::find(wanted.begin(), wanted.end(), "id") == wanted.end()) object.erase("id");
  return object;
}

}  // namespace

Json email_parse(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto blob_ids = reader.strings("blobIds");
  if (!blob_ids) refuse_argument("blobIds", "must be a list of blob ids");
  check_object_count(blob_ids->size(), call.limits);
  const std::vector<std::string> wanted = reader.strings("properties").value_or(kDefault);
  const EmailSelection selection = read_email_selection(call, reader, wanted);
  auto snapshot = call.open(arguments);
  ObjectList parsed(call, "parsed", nullptr);
  Json not_parsable = Json::array(), not_found = Json::array();
  std::size_t octets_read = 0;
  std::set<std::string> seen;
  for (const std::string& id : *blob_ids) {
    if (!seen.insert(id).second) continue;
    const auto blob = blob_from_wire(call.resolve(id));
    const auto octets = blob ? read_blob_content(snapshot, *blob) : std::nullopt;
    if (!octets) {
      not_found.push_back(id);
      continue;
    }
    octets_read += octets->size();
    if (octets_read > kMaxOctetsToParse && octets_read > octets->size()) refuse_octets();
    const Parsed message(call, snapshot, *blob, *octets, selection);
    if (message.is_message()) {
      parsed.add(id, render(message, selection, wanted, *blob));
    } else {
      not_parsable.push_back(id);
    }
  }
  Json response = {{"accountId", arguments.at("accountId")},
                   {"notParsable", null_if_empty(std::move(not_parsable))},
                   {"notFound", null_if_empty(std::move(not_found))}};
  parsed.put_into(response);
  return response;
}

}  // namespace waxseal::jmapd
