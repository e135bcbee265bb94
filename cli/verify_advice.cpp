// What to do next about each problem: of its own where there is such a thing, else that of its phase.

#include <algorithm>
#include <array>

#include "cli/verify_report.h"

namespace waxseal::cli {

namespace {

using smime::Code;

struct AdviceRow {
  Code code;
  std::string_view text;
};

constexpr AdviceRow kAdvice[] = {
    {Code::limit_exceeded, "If you expect such mail, raise the limit in [verify] or with --set limit.NAME=VALUE."},
    {Code::mime_truncated, "The file ends too early: fetch it again from where it came."},
    {Code::digest_mismatch,
     "Something on the way rewrote the message (a mailing list, a virus scanner, a footer), or somebody altered it."},
    {Code::signer_cert_not_found, "Ask the sender to include the signing certificate in signed mail."},
    {Code::weak_digest,
     "The sender's software is outdated. --set weak_severity=warn shows the verdict without this rule."},
    {Code::weak_key,
     "The sender needs a new certificate. --set min_rsa_bits=1024 shows the verdict without this rule."},
    {Code::weak_chain_signature,
     "The authority is outdated. --set weak_severity=warn shows the verdict without this rule."},
    {Code::cert_expired, "The sender needs a new certificate. --at TIME shows the verdict of an earlier day."},
    {Code::cert_not_yet_valid, "Check the clock of this machine. --at TIME shows the verdict of a later day."},
    {Code::issuer_expired, "--at TIME shows the verdict of an earlier day."},
    {Code::anchor_expired, "The authority has a newer root certificate: add it with `waxseal trust add FILE`."},
    {Code::chain_self_signed,
     "Whoever trusts this one certificate can add it with `waxseal trust add FILE` (or --anchors FILE here)."},
    {Code::chain_incomplete,
     "Ask the sender to include the issuers' certificates, or name the right authority with --anchors FILE."},
    {Code::chain_untrusted,
     "If you believe this authority, add its root certificate: `waxseal trust add FILE` (or --anchors FILE here)."},
    {Code::cert_ext_key_usage, "The certificate was made for something else than email: the sender needs another."},
    {Code::cert_key_usage, "The certificate was made for something else than signing: the sender needs another."},
    {Code::from_mismatch,
     "The signature is somebody else's than the address in From: do not take it for the sender's."},
    {Code::from_protected_mismatch,
     "Somebody changed From on the way: a mailing list does that, and so does a forger."},
    {Code::cert_no_email, "The sender needs a certificate that names the address in From."},
    {Code::internal_error, "Try again; if it stays, it is a defect of waxseal."},
};

std::string_view advice_of(smime::Phase phase) {
  switch (phase) {
    case smime::Phase::kMime:
      return "The message does not have the form of a signed message: look for what rebuilt it on the way, a gateway "
             "or "
             "a mailing list, and ask the sender to send it again.";
    case smime::Phase::kCms:
    case smime::Phase::kSignature:
      return "Ask the sender to sign and send it again; if it stays, the sender's software signs wrongly.";
    case smime::Phase::kPath:
      return "Nothing here changes that: the sender needs a certificate that its authority issues correctly.";
    case smime::Phase::kRevocation:
      return "Ask the sender's certification authority about the state of the certificate.";
    case smime::Phase::kIdentity:
      return "Do not take the message for that of the address in From.";
    case smime::Phase::kInternal:
      return "";
  }
  return "";
}

}  // namespace

std::string_view advice(Code code) {
  const auto found =
      std::find_if(std::begin(kAdvice), std::end(kAdvice), [&](const AdviceRow& row) { return row.code == code; });
  return found == std::end(kAdvice) ? advice_of(smime::row(code).phase) : found->text;
}

}  // namespace waxseal::cli
