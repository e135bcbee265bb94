// Our own field (verification.md 9.1-9.3).  Values that a stranger's certificate supplied pass through quoted_value() or
// mailbox_value() only, which let nothing through that could end a value, a line or the field (R8).
#include <algorithm>
#include <array>

#include "authres/authres.h"
#include "authres/lexer.h"
#include "base/text.h"

namespace waxseal::authres {

namespace {

constexpr std::size_t kMaxIssuer = 256;     // keeps its line far below 998 octets (RFC 5322 section 2.1.1)
constexpr std::size_t kMaxErrorCodes = 16;  // as ERR-05 for smimeErrors
constexpr std::size_t kMaxLocalPart = 64;   // RFC 5321 section 4.5.3.1.1
constexpr std::size_t kMaxDomain = 255;
constexpr const char* kFold = "\n\t";

bool printable(char c, bool utf8) {
  const auto octet = static_cast<unsigned char>(c);
  return (octet >= 0x20 && octet < 0x7F) || (utf8 && octet >= 0x80);
}

bool all_printable(std::string_view text, bool utf8) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return printable(c, utf8); }) &&
         (!utf8 || valid_utf8(text));
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (!printable(c, false)) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// value = token / quoted-string; what is not printable ASCII is dropped.
std::string quoted_value(std::string_view text) {
  const bool token = !text.empty() && is_ascii(text) && std::all_of(text.begin(), text.end(), is_token_char);
  return token ? std::string(text) : quoted_string(text);
}

bool is_atext(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80 ||
         kMarks.find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

// domain-name of RFC 6376 section 3.1: at least two labels.  CertAddress has A-labels, so ASCII is enough (AR-04).
bool is_domain_name(std::string_view domain) {
  const auto letter_digit_hyphen = [](char c) {
    return ascii_digit(c) || c == '-' || c == '.' || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  };
  return domain.size() <= kMaxDomain && domain.find('.') != std::string_view::npos && is_dot_atom(domain) &&
         std::all_of(domain.begin(), domain.end(), letter_digit_hyphen);
}

std::string unquoted_local(std::string_view local) {
  if (local.size() < 2 || local.front() != '"' || local.back() != '"') return std::string(local);
  return Lexer(local).value().value_or(std::string(local));
}

// local-part "@" domain-name; nullopt if the address cannot be written so (AR-04: then the property is omitted).
std::optional<std::string> mailbox_value(std::string_view address, bool smtputf8) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || !is_domain_name(address.substr(at + 1))) return std::nullopt;
  const std::string local = unquoted_local(address.substr(0, at));
  if (local.empty() || local.size() > kMaxLocalPart || !all_printable(local, smtputf8)) return std::nullopt;
  const std::string domain(address.substr(at));
  if (is_dot_atom(local)) return local + domain;
  if (!is_ascii(local)) return std::nullopt;
  return quoted_string(local) + domain;
}

// body.smime-identifier, or serial and issuer, both or neither (RFC 7281 section 3.2.3).
std::string signer_properties(const smime::Verdict& verdict, const smime::Certificate* signer, bool smtputf8) {
  if (!verdict.signer_address.empty()) {
    const auto mailbox = mailbox_value(verdict.signer_address, smtputf8);
    return mailbox ? " body.smime-identifier=" + *mailbox : "";
  }
  if (signer == nullptr || signer->serial().empty()) return "";
  const std::string issuer = signer->issuer_text();
  if (issuer.empty() || issuer.size() > kMaxIssuer || !all_printable(issuer, false)) return "";
  return " body.smime-serial=" + hex(signer->serial().substr(0, 64)) + kFold + "body.smime-issuer=" + quoted_value(issuer);
}

std::string part_property(const smime::Facts& facts, const smime::Verdict& verdict) {
  if (!verdict.layer || *verdict.layer >= facts.layers.size()) return "";
  const std::string& section = facts.layers[*verdict.layer].section;
  const auto in_section = [](char c) { return ascii_digit(c) || c == '.' || c == '/'; };
  if (section.empty() || section.size() > 64 || !std::all_of(section.begin(), section.end(), in_section)) return "";
  return " body.smime-part=" + quoted_value(section);
}

std::string error_codes(const smime::Verdict& verdict) {
  std::string names;
  for (std::size_t i = 0; i < verdict.fatal.size() && i < kMaxErrorCodes; ++i) {
    if (i > 0) names += ',';
    names += smime::row(verdict.fatal[i]).name;
  }
  return std::string(kFold) + "policy.smime-errors=" + quoted_value(names);
}

// AR-06, as ranks: a higher rank wins.
int rank(smime::ArResult result) {
  switch (result) {
    case smime::ArResult::kFail:
      return 5;
    case smime::ArResult::kNeutral:
      return 4;
    case smime::ArResult::kPermError:
      return 3;
    case smime::ArResult::kPolicy:
      return 2;
    case smime::ArResult::kTempError:
      return 1;
    case smime::ArResult::kNone:
    case smime::ArResult::kPass:
      return 0;
  }
  return 0;
}

smime::ArResult worst_of(const std::vector<smime::Code>& fatal) {
  smime::ArResult worst = smime::ArResult::kNone;
  for (const smime::Code code : fatal) {
    const smime::ArResult result = smime::row(code).ar;
    if (rank(result) > rank(worst)) worst = result;
  }
  // A failure whose codes map to nothing is still a failure.
  return rank(worst) > 0 ? worst : smime::ArResult::kFail;
}

}  // namespace

smime::ArResult result_of(const smime::Verdict& verdict) {
  switch (verdict.status) {
    case smime::Status::kVerified:
      return smime::ArResult::kPass;
    case smime::Status::kFailed:
      return worst_of(verdict.fatal);
    case smime::Status::kSigned:
      return smime::ArResult::kTempError;  // not evaluated yet: a later attempt may tell
    case smime::Status::kNone:
    case smime::Status::kUnknown:
      return smime::ArResult::kNone;
  }
  return smime::ArResult::kTempError;
}

std::string_view result_token(smime::ArResult result) {
  switch (result) {
    case smime::ArResult::kNone:
      return "none";
    case smime::ArResult::kPass:
      return "pass";
    case smime::ArResult::kFail:
      return "fail";
    case smime::ArResult::kPolicy:
      return "policy";
    case smime::ArResult::kNeutral:
      return "neutral";
    case smime::ArResult::kPermError:
      return "permerror";
    case smime::ArResult::kTempError:
      return "temperror";
  }
  return "temperror";
}

std::string_view status_words(const smime::Verdict& verdict) {
  switch (verdict.status) {
    case smime::Status::kVerified:
      return "Good signature";
    case smime::Status::kFailed:
      return "Bad signature";
    case smime::Status::kUnknown:
      return "Not signed";
    case smime::Status::kSigned:
    case smime::Status::kNone:
      break;
  }
  return "";
}

std::string field_lines(std::string_view value, std::string_view name) {
  std::string out(name);
  out += ':';
  for (char c : value) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out + "\r\n";
}

std::optional<std::string> field_value(const smime::Facts& facts, const smime::Verdict& verdict, const Options& options,
                                       const smime::Certificate* signer) {
  const smime::ArResult result = result_of(verdict);
  std::string out = " " + quoted_value(options.authserv_id) + ";";
  if (result == smime::ArResult::kNone) return options.emit_none ? std::optional(out + " smime=none") : std::nullopt;

  out += kFold;
  out += "smime=";
  out += result_token(result);
  const bool explain = options.details && !verdict.fatal.empty();
  if (explain) out += " reason=" + quoted_value(smime::row(verdict.fatal.front()).text);
  std::string properties = signer_properties(verdict, signer, options.smtputf8) + part_property(facts, verdict);
  if (explain && !properties.empty()) properties.replace(0, 1, kFold);  // reason and properties on lines of their own
  out += properties;
  if (explain) out += error_codes(verdict);
  return out;
}

}  // namespace waxseal::authres
