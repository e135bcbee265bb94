#include "smime/policy.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/sha256.h"
#include "base/text.h"

namespace waxseal::smime {

namespace {

// Raise when the code judges the same facts differently under the same knobs (RVF-02: inputs of stored unit states).
constexpr int kRulesVersion = 1;

using Setter = bool (*)(Policy&, std::string_view);  // false: not an accepted value
using Getter = std::string (*)(const Policy&);

struct Knob {
  std::string_view name;
  std::string_view accepted;
  Setter set;
  Getter get;
};

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

bool set_choice(bool& target, std::string_view value, std::string_view when_false, std::string_view when_true) {
  if (value != when_false && value != when_true) return false;
  target = value == when_true;
  return true;
}

template <class T>
bool set_number(T& target, std::string_view value, std::uint64_t min, std::uint64_t max) {
  const auto parsed = number(value, min, max);
  if (parsed) target = static_cast<T>(*parsed);
  return parsed.has_value();
}

bool set_date(std::optional<Time>& target, std::string_view value) {
  if (value == "unset") {
    target.reset();
    return true;
  }
  const auto time = parse_date_time(value);
  if (time) target = *time;
  return time.has_value();
}

bool is_oid(std::string_view text) {
  if (text.find('.') == text.npos || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != text.npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return ascii_digit(c) || c == '.'; });
}

bool set_oids(std::vector<std::string>& target, std::string_view value) {
  std::vector<std::string> oids;
  while (!(value = trim(value)).empty()) {
    const std::size_t end = std::min(value.find_first_of(", \t"), value.size());
    const std::string_view oid = value.substr(0, end);
    if (!oid.empty() && !is_oid(oid)) return false;
    if (!oid.empty()) oids.emplace_back(oid);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  std::sort(oids.begin(), oids.end());
  oids.erase(std::unique(oids.begin(), oids.end()), oids.end());
  target = std::move(oids);
  return true;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

bool set_mode(RevocationMode& target, std::string_view value) {
  constexpr std::array<std::pair<std::string_view, RevocationMode>, 3> kModes = {
      {{"hard", RevocationMode::kHard}, {"soft", RevocationMode::kSoft}, {"off", RevocationMode::kOff}}};
  const auto found = std::ranges::find(kModes, value, &std::pair<std::string_view, RevocationMode>::first);
  if (found != kModes.end()) target = found->second;
  return found != kModes.end();
}

std::string mode_name(RevocationMode mode) {
  return mode == RevocationMode::kHard ? "hard" : mode == RevocationMode::kSoft ? "soft" : "off";
}

bool set_seconds(Seconds& target, std::string_view value, std::uint64_t most) {
  const auto seconds = number(value, 0, most);
  if (seconds) target = Seconds(static_cast<std::int64_t>(*seconds));
  return seconds.has_value();
}

#define CHOICE(name, field, no, yes)                                                                    \
  Knob {                                                                                                \
    name, no " or " yes, [](Policy& p, std::string_view v) { return set_choice(p.field, v, no, yes); }, \
        [](const Policy& p) { return std::string(p.field ? yes : no); }                                 \
  }
#define SWITCH(field) CHOICE(#field, field, "off", "on")
#define NUMBER(name, field, min, max)                                                   \
  Knob {                                                                                \
    name, "a number from " #min " to " #max,                                            \
        [](Policy& p, std::string_view v) { return set_number(p.field, v, min, max); }, \
        [](const Policy& p) { return std::to_string(p.field); }                         \
  }
#define LIMIT(field, max) NUMBER("limit." #field, limits.field, 1, max)

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> table = {
      CHOICE("partial_signature_status", partial_signature_failed, "null", "signed/failed"),
      SWITCH(accept_octet_stream_p7m),
      SWITCH(accept_octet_stream_p7s),
      SWITCH(strict_micalg),
      CHOICE("signed_over_encrypted", signed_over_encrypted_failed, "evaluate", "signed/failed"),
      {"accepted_econtent_types", "one or more object identifiers separated by commas",
       [](Policy& p, std::string_view v) {
         return set_oids(p.accepted_econtent_types, v) && !p.accepted_econtent_types.empty();
       },
       [](const Policy& p) { return joined(p.accepted_econtent_types); }},
      SWITCH(require_signed_attrs),
      SWITCH(require_mime_content),
      SWITCH(require_der_attrs),
      SWITCH(require_ess),
      CHOICE("multi_signer", multi_signer_from_only, "all", "from_signer_only"),
      NUMBER("min_rsa_bits", min_rsa_bits, 1024, 8192),  // below 1024 is refused always (8551 section 6)
      NUMBER("max_rsa_bits", max_rsa_bits, 2048, 16384),
      SWITCH(allow_secp256k1),
      CHOICE("weak_severity", weak_is_warning, "fatal", "warn"),
      {"weak_legacy_before", "an RFC 3339 date-time or unset",
       [](Policy& p, std::string_view v) { return set_date(p.weak_legacy_before, v); },
       [](const Policy& p) { return p.weak_legacy_before ? format_utc_date(*p.weak_legacy_before) : "unset"; }},
      {"date_mismatch_max", "a number of seconds from 0 (off) to 31536000",
       [](Policy& p, std::string_view v) { return set_seconds(p.date_mismatch_max, v, 31536000); },
       [](const Policy& p) { return std::to_string(p.date_mismatch_max.count()); }},
      SWITCH(require_eku),
      SWITCH(allow_any_eku),
      SWITCH(eku_nesting),
      SWITCH(allow_ca_signer),
      SWITCH(ignore_anchor_validity),
      {"required_policies", "object identifiers separated by commas, or nothing",
       [](Policy& p, std::string_view v) { return set_oids(p.required_policies, v); },
       [](const Policy& p) { return joined(p.required_policies); }},
      CHOICE("local_part_case", local_part_case_sensitive, "insensitive", "sensitive"),
      SWITCH(allow_subject_email),
      CHOICE("display_name_policy", display_name_fail, "ignore", "fail"),
      {"revocation.mode", "hard, soft or off",
       [](Policy& p, std::string_view v) { return set_mode(p.revocation.mode, v); },
       [](const Policy& p) { return mode_name(p.revocation.mode); }},
      CHOICE("revocation.no_pointer", revocation.no_pointer_fails, "accept", "fail"),
      {"revocation.stale_grace_seconds", "a number of seconds from 0 to 2592000",
       [](Policy& p, std::string_view v) { return set_seconds(p.revocation.stale_grace, v, 2592000); },
       [](const Policy& p) { return std::to_string(p.revocation.stale_grace.count()); }},
      CHOICE("revocation.late_key_compromise", revocation.late_key_compromise_always, "at_revocation_date", "always"),
      CHOICE("revocation.indirect_crl", revocation.indirect_crl, "off", "on"),
      CHOICE("revocation.deltas", revocation.deltas, "off", "on"),
      CHOICE("revocation.prefer", revocation.prefer_ocsp, "crl", "ocsp"),
      {"revocation.at_delivery_grace_seconds", "a number of seconds from 0 to 604800",
       [](Policy& p, std::string_view v) { return set_seconds(p.revocation.at_delivery_grace, v, 604800); },
       [](const Policy& p) { return std::to_string(p.revocation.at_delivery_grace.count()); }},
      CHOICE("revocation.imported_at_delivery", revocation.imported_at_import_time, "receivedAt", "import_time"),
      LIMIT(message_octets, 1073741824),
      NUMBER("limit.header_octets", limits.header.section_octets, 1, 524288),
      NUMBER("limit.field_octets", limits.header.field_octets, 1, 65536),
      NUMBER("limit.fields", limits.header.fields, 1, 2000),
      LIMIT(envelope_layers, 64),
      LIMIT(detached_cms_octets, 67108864),
      LIMIT(tlv_depth, 100),
      LIMIT(tlv_elements, 10000000),
      LIMIT(signer_infos, 256),
      LIMIT(digest_algorithms, 256),
      LIMIT(certificates, 1024),
      LIMIT(crls, 1024),
      LIMIT(signed_attributes, 1024),
      LIMIT(certificate_octets, 1048576),
      LIMIT(crl_octets, 67108864),
      LIMIT(fetched_crl_octets, 1073741824),
      LIMIT(oid_octets, 256),
      LIMIT(inflated_octets, 1073741824),
      LIMIT(inflate_ratio, 2000),
      LIMIT(signature_operations, 4096),
      LIMIT(work, 100000000),
      LIMIT(path_depth, 10),  // the validator's own depth is 10 (verification.md 3.3)
      LIMIT(path_signature_checks, 4096),
      LIMIT(path_work, 100000000),
      LIMIT(paths, 256),
  };
  return table;
}

#undef LIMIT
#undef NUMBER
#undef SWITCH
#undef CHOICE

}  // namespace

Result<bool> Policy::set(std::string_view name, std::string_view value) {
  const auto knob = std::find_if(knobs().begin(), knobs().end(), [&](const Knob& k) { return k.name == name; });
  if (knob == knobs().end()) return unexpected("there is no policy knob \"" + escape_for_log(name) + "\"");
  Policy changed = *this;
  if (!knob->set(changed, value))
    return unexpected(std::string(name) + " must be " + std::string(knob->accepted) + ", not \"" +
                      escape_for_log(value) + "\"");
  if (changed.min_rsa_bits > changed.max_rsa_bits)
    return unexpected(std::string(name) + " would make min_rsa_bits greater than max_rsa_bits");
  *this = std::move(changed);
  return true;
}

std::string Policy::version() const {
  std::string all = "rules=" + std::to_string(kRulesVersion) + "\n";
  for (const Knob& knob : knobs()) all.append(knob.name).append("=").append(knob.get(*this)).append("\n");
  return sha256(all).hex().substr(0, 32);
}

Severity Policy::severity(Code code, bool legacy_mail) const {
  switch (code) {
    case Code::micalg_mismatch:
      return strict_micalg ? Severity::kFatal : Severity::kInfo;
    case Code::attrs_not_der:
      return require_der_attrs ? Severity::kFatal : Severity::kInfo;
    case Code::weak_digest:
    case Code::weak_key:
    case Code::weak_chain_signature:
      return weak_is_warning || legacy_mail ? Severity::kWarn : Severity::kFatal;
    case Code::revocation_no_pointer:
      return revocation.no_pointer_fails ? Severity::kFatal : Severity::kInfo;
    default:
      break;
  }
  const bool undetermined = is_undetermined(code);  // 3.7
  return undetermined && revocation.mode != RevocationMode::kHard ? Severity::kWarn : row(code).severity;
}

}  // namespace waxseal::smime
