#include "jmapd/envelope_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

// Which extension a parameter belongs to.  What is not here cannot be used: SIZE, BODY and SMTPUTF8 are ours to say,
// AUTH is nobody's.
struct ParameterRow {
  std::string_view name, extension;
  bool of_sender;
};
constexpr std::array kParameters{
    ParameterRow{"RET", "DSN", true},
    ParameterRow{"ENVID", "DSN", true},
    ParameterRow{"NOTIFY", "DSN", false},
    ParameterRow{"ORCPT", "DSN", false},
    ParameterRow{"BY", "DELIVERBY", true},
    ParameterRow{"MT-PRIORITY", "MT-PRIORITY", true},
    ParameterRow{"HOLDFOR", "FUTURERELEASE", true},
    ParameterRow{"HOLDUNTIL", "FUTURERELEASE", true},
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

bool offered(std::string_view extension, const SubmissionRules& rules) {
  if (extension == "FUTURERELEASE") return rules.max_delayed_send.count() > 0;
  return rules.extensions.contains(std::string(extension));
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw invalid_properties({path}, path + ": " + why);
}

submit::Address read_address(const Json& json, const std::string& path, bool of_sender, const SubmissionRules& rules) {
  if (!json.is_object()) refuse(path, "must be an Address object");
  submit::Address out;
  for (const auto& [name, value] : json.items()) {
    if (name != "email" && name != "parameters") refuse(path + "/" + name, "is unknown");
  }
  const Json email = json.value("email", Json());
  if (!email.is_string()) refuse(path + "/email", "must be a String");
  out.email = email.get<std::string>();
  const Json parameters = json.value("parameters", Json());
  if (parameters.is_null()) return out;
  if (!parameters.is_object()) refuse(path + "/parameters", "must be an object or null");
  for (const auto& [name, value] : parameters.items()) {
    const std::string keyword = upper(name);
    const std::string where = path + "/parameters/" + name;
    const auto row = std::find_if(kParameters.begin(), kParameters.end(), [&](const ParameterRow& one) {
      return one.name == keyword && one.of_sender == of_sender;
    });
    if (row == kParameters.end() || !offered(row->extension, rules)) refuse(where, "is not in submissionExtensions");
    if (!value.is_null() && !value.is_string()) refuse(where, "must be a String or null");
    const auto text = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
    if (!submit::valid_parameter(keyword, text)) refuse(where, "cannot be sent");
    out.parameters[keyword] = text;
  }
  return out;
}

// The domain is compared without regard to case, the local part is the recipient's own business (RFC 5321 section 2.4).
std::string same_recipient(const std::string& email) {
  const std::size_t at = email.rfind('@');
  return at == email.npos ? email : email.substr(0, at) + ascii_lower(email.substr(at));
}

void add_once(std::vector<submit::Address>& to, submit::Address address) {
  const auto same = [&](const submit::Address& one) {
    return same_recipient(one.email) == same_recipient(address.email);
  };
  if (std::none_of(to.begin(), to.end(), same)) to.push_back(std::move(address));
}

std::vector<std::string> emails_of(const mime::Field& field) {
  std::vector<std::string> out;
  for (const mime::AddressGroup& group : mime::read_address_list(field.value)) {
    for (const auto& entry : group.addresses) out.push_back(entry.email);
  }
  return out;
}

bool allowed_by(const store::Identity& identity, const std::string& email) {
  if (!identity.email.starts_with('*')) return ascii_iequals(identity.email, email);
  const std::string_view domain = std::string_view(identity.email).substr(1);
  return email.size() > domain.size() &&
         ascii_iequals(std::string_view(email).substr(email.size() - domain.size()), domain);
}

// Nothing there is allowed: the identity's own address, if it has one.
std::string sender_of(const mime::Header& header, const store::Identity& identity) {
  const std::string name = header.count("Sender") > 0 ? "Sender" : "From";
  const std::string property = ascii_lower(name);
  const auto fields = header.all(name);
  if (fields.size() != 1) throw SetError{"invalidEmail", "one " + name + " field is needed", {property}};
  const auto emails = emails_of(*fields[0]);
  if (emails.size() != 1) {
    throw SetError{"invalidEmail", name + " must have one address, or the envelope be given", {property}};
  }
  return allowed_by(identity, emails[0]) || identity.email.starts_with('*') ? emails[0] : identity.email;
}

}  // namespace

Envelope read_envelope(const Json& object, const SubmissionRules& rules) {
  if (!object.is_object()) refuse("envelope", "must be an Envelope object or null");
  for (const auto& [name, value] : object.items()) {
    if (name != "mailFrom" && name != "rcptTo") refuse("envelope/" + name, "is unknown");
  }
  Envelope out{read_address(object.value("mailFrom", Json()), "envelope/mailFrom", true, rules), {}};
  if (!out.from.email.empty() && !submit::valid_address(out.from.email)) {
    refuse("envelope/mailFrom/email", "is not an address");
  }
  const Json to = object.value("rcptTo", Json());
  if (!to.is_array()) refuse("envelope/rcptTo", "must be an array");
  for (std::size_t i = 0; i < to.size(); ++i) {
    add_once(out.to, read_address(to[i], "envelope/rcptTo/" + std::to_string(i), false, rules));
  }
  return out;
}

Envelope derive_envelope(const mime::Header& header, const store::Identity& identity) {
  Envelope out{{sender_of(header, identity), {}}, {}};
  for (const char* name : {"To", "Cc", "Bcc"}) {
    for (const mime::Field* field : header.all(name)) {
      for (const std::string& email : emails_of(*field)) add_once(out.to, {email, {}});
    }
  }
  return out;
}

Time take_release_time(Envelope& envelope, const SubmissionRules& rules, Time now) {
  auto& parameters = envelope.from.parameters;
  const auto hold_for = parameters.extract("HOLDFOR");
  const auto hold_until = parameters.extract("HOLDUNTIL");
  const std::string path = "envelope/mailFrom/parameters";
  if (hold_for && hold_until) refuse(path, "has both HOLDFOR and HOLDUNTIL");
  Time release = now;
  if (hold_for) {
    const std::string text = hold_for.mapped().value_or("");
    std::int64_t seconds = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
        seconds > rules.max_delayed_send.count()) {
      refuse(path + "/HOLDFOR", "must be a number of seconds up to maxDelayedSend");
    }
    release = now + Seconds(seconds);
  }
  if (hold_until) {
    const auto until = parse_date_time(hold_until.mapped().value_or(""));
    if (!until || *until > now + rules.max_delayed_send) {
      refuse(path + "/HOLDUNTIL", "must be a date and time, at most maxDelayedSend from now");
    }
    release = std::max(now, *until);
  }
  return release;
}

}  // namespace waxseal::jmapd
