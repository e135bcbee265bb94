#include "authres/authres.h"

#include "base/text.h"
#include "fuzz/target.h"
#include "fuzz/trusted_verifier.h"

namespace waxseal::fuzz {

namespace {

constexpr std::size_t kMaxLine = 998;  // RFC 5322 section 2.1.1

authres::Options options_with(Octets hostile, bool smtputf8) {
  authres::Options options;
  options.authserv_id = "mx.example.net";
  options.own_ids = {std::string(hostile)};
  options.emit_none = true;
  options.smtputf8 = smtputf8;
  return options;
}

void check_lines(std::string_view value) {
  const std::string lines = authres::field_lines(value);
  std::size_t length = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char c = lines[i];
    const bool line_end = c == '\r' && i + 1 < lines.size() && lines[i + 1] == '\n';
    if (line_end) {
      require(length <= kMaxLine, "R8: no line is longer than 998 octets");
      require(i + 2 == lines.size() || lines[i + 2] == '\t', "R8: every line but the first is a fold");
      length = 0, ++i;
      continue;
    }
    require(c == '\t' || static_cast<unsigned char>(c) >= 0x20, "R8: no control octet");
    require(c != 0x7F, "R8: no DEL");
    ++length;
  }
}

void check_own_field(const smime::Facts& facts, const smime::Verdict& verdict, const authres::Options& options,
                     const smime::Certificate* signer) {
  const auto value = authres::field_value(facts, verdict, options, signer);
  if (!value) return;
  check_lines(*value);
  require(options.smtputf8 ? valid_utf8(*value) : is_ascii(*value), "R8: ASCII, or UTF-8 where it may be");
  require(authres::claims_to_be_ours(*value, options), "AR-10: our own field is recognised as ours");
  require(value->starts_with(" mx.example.net;\n\tsmime=pass") == (verdict.status == smime::Status::kVerified),
          "smime=pass is written for signed/verified alone");
}

// A removed field leaves nothing behind that is to be removed.
void check_removal(Octets message, const authres::Options& options) {
  std::string rest(message);
  const std::vector<Range> forged = authres::forged_fields(message, options);
  for (std::size_t i = forged.size(); i-- > 0;) {
    require(within(forged[i], message.size()) && !forged[i].empty(), "a field to remove lies within the message");
    require(i == 0 || forged[i - 1].end <= forged[i].begin, "fields to remove are in order");
    rest.erase(forged[i].begin, forged[i].size());
  }
  require(forged.empty() || authres::forged_fields(rest, options).empty(), "AR-10: no forged field stays");
}

// A verdict whose every text a stranger chose.
smime::Verdict hostile_verdict(Octets hostile, smime::Status status) {
  smime::Verdict verdict;
  verdict.status = status;
  verdict.layer = 0;
  verdict.signer_address = std::string(hostile);
  if (status == smime::Status::kFailed) verdict.codes = verdict.fatal = {smime::Code::digest_mismatch};
  return verdict;
}

const smime::Certificate* signer_of(const smime::Verification& verification) {
  if (!verification.verdict.signer) return nullptr;
  const auto found = verification.extracted.certificates.find(*verification.verdict.signer);
  return found == verification.extracted.certificates.end() ? nullptr : found->second.get();
}

}  // namespace

void authres(Octets input) {
  const auto [hostile, message] = split_first_line(input);
  const smime::Verification verification = verify(message);
  smime::Facts facts;
  facts.layers.push_back({.section = "2"});
  facts.identity.from = mime::parse_from_value(hostile).mailboxes;
  for (const bool smtputf8 : {false, true}) {
    const authres::Options options = options_with(hostile, smtputf8);
    check_removal(message, options);
    authres::claims_to_be_ours(hostile, options);
    check_own_field(verification.extracted.facts, verification.verdict, options, signer_of(verification));
    for (const auto status : {smime::Status::kVerified, smime::Status::kFailed, smime::Status::kSigned})
      check_own_field(facts, hostile_verdict(hostile, status), options, nullptr);
  }
}

}  // namespace waxseal::fuzz
