#include "jmapd/compose_email.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/compose_parts.h"
#include "jmapd/header_writer.h"
#include "jmapd/set_request.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

// RFC 8621 section 4.1.3: what the convenience properties stand for.
struct Convenience {
  std::string_view name, property;
};
constexpr std::array kConveniences{
    Convenience{"messageId", "header:Message-ID:asMessageIds"},
    Convenience{"inReplyTo", "header:In-Reply-To:asMessageIds"},
    Convenience{"references", "header:References:asMessageIds"},
    Convenience{"sender", "header:Sender:asAddresses"},
    Convenience{"from", "header:From:asAddresses"},
    Convenience{"to", "header:To:asAddresses"},
    Convenience{"cc", "header:Cc:asAddresses"},
    Convenience{"bcc", "header:Bcc:asAddresses"},
    Convenience{"replyTo", "header:Reply-To:asAddresses"},
    Convenience{"subject", "header:Subject:asText"},
    Convenience{"sentAt", "header:Date:asDate"},
};
constexpr std::array<std::string_view, 8> kOthers{"mailboxIds", "keywords", "receivedAt", "bodyStructure",
                                                  "bodyValues", "textBody", "htmlBody",   "attachments"};

std::optional<HeaderProperty> header_property(const std::string& name) {
  const auto* row = std::find_if(kConveniences.begin(), kConveniences.end(),
                                 [&](const Convenience& one) { return one.name == name; });
  if (row == kConveniences.end() && !names_header(name)) return std::nullopt;
  auto parsed = parse_header_property(row == kConveniences.end() ? std::string_view(name) : row->property);
  return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

// The domain of the first author, if it may stand in a Message-ID.
std::string domain_of_author(const std::vector<mime::NewField>& header) {
  for (const auto& field : header) {
    if (!ascii_iequals(field.name, "From")) continue;
    const mime::From from = mime::parse_from_value(field.value);
    if (from.mailboxes.empty()) return {};
    const std::string& domain = from.mailboxes.front().domain;
    return is_ascii(domain) && !domain.starts_with('[') ? domain : std::string();
  }
  return {};
}

class Composer {
 public:
  Composer(const Json& email, const ComposeDefaults& defaults, const BlobReader& blob, std::set<std::string> wrong)
      : defaults_(defaults), faults_{std::move(wrong), {}}, source_{email, blob, faults_} {}

  std::string compose() {
    for (const auto& [name, value] : source_.email.items()) read_member(name, value);
    for (const auto& [field, names] : names_of_) {
      if (names.size() > 1) faults_.properties.insert(names.begin(), names.end());
    }
    mime::NewPart body = compose_body(source_);
    check();
    add_defaults(body);
    return mime::compose_message(header_, body, hex(store::random_octets(16)));
  }

 private:
  void read_member(const std::string& name, const Json& value) {
    if (std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end()) return;
    const auto property = header_property(name);
    if (!property) return void(faults_.properties.insert(name));
    if (value.is_null()) return;
    const std::string field = ascii_lower(property->field);
    names_of_[field].push_back(name);
    source_.header_fields.insert(field);
    auto fields = write_header_property(*property, value);
    if (!fields || field.starts_with("content-")) return void(faults_.properties.insert(name));
    for (auto& one : *fields) header_.push_back(std::move(one));
  }

  // RFC 8620 section 5.3: an error that says more goes before invalidProperties.
  void check() const {
    if (!faults_.missing_blobs.empty()) {
      SetError error{"blobNotFound", "upload it again"};
      error.extra["notFound"] = faults_.missing_blobs;
      throw error;
    }
    if (!faults_.properties.empty()) {
      throw invalid_properties({faults_.properties.begin(), faults_.properties.end()},
                               "missing, unknown, set by the server, twice, or not valid");
    }
  }

  bool has(std::string_view field, const mime::NewPart& body) const {
    const auto is = [&](const mime::NewField& one) { return ascii_iequals(one.name, field); };
    return std::any_of(header_.begin(), header_.end(), is) || std::any_of(body.fields.begin(), body.fields.end(), is);
  }

  void add_defaults(const mime::NewPart& body) {
    if (!has("Date", body)) header_.push_back({"Date", mime::write_date(defaults_.date, std::chrono::minutes(0))});
    if (!has("Message-ID", body)) {
      std::string domain = domain_of_author(header_);
      if (domain.empty()) domain = defaults_.message_id_domain;
      header_.push_back({"Message-ID", " <" + hex(store::random_octets(16)) + "@" + domain + ">"});
    }
    if (!has("MIME-Version", body)) header_.push_back({"MIME-Version", " 1.0"});
  }

  const ComposeDefaults& defaults_;
  ComposeFaults faults_;
  ComposeSource source_;
  std::vector<mime::NewField> header_;
  std::map<std::string, std::vector<std::string>> names_of_;  // properties by field, lower case
};

}  // namespace

std::string compose_email(const Json& email, const ComposeDefaults& defaults, const BlobReader& blob,
                          std::set<std::string> wrong) {
  return Composer(email, defaults, blob, std::move(wrong)).compose();
}

}  // namespace waxseal::jmapd
