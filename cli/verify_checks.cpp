// The verdict's codes sorted under the checks that a person thinks in.

#include <algorithm>

#include "base/text.h"
#include "cli/verify_report.h"

namespace waxseal::cli {

namespace {

using smime::Code;
using smime::Phase;

enum class Subject { kMessage, kCms, kContent, kSignature, kCertificate, kRevocation, kSender, kEvaluation };

Subject subject_of(Code code) {
  if (code == Code::digest_mismatch || code == Code::signed_attrs_as_content) return Subject::kContent;
  switch (smime::row(code).phase) {
    case Phase::kMime:
      return Subject::kMessage;
    case Phase::kCms:
      return Subject::kCms;
    case Phase::kSignature:
      return Subject::kSignature;
    case Phase::kPath:
      return Subject::kCertificate;
    case Phase::kRevocation:
      return Subject::kRevocation;
    case Phase::kIdentity:
      return Subject::kSender;
    case Phase::kInternal:
      return Subject::kEvaluation;
  }
  return Subject::kEvaluation;
}

class Checks {
 public:
  explicit Checks(const Report& report) : report_(report) {}

  std::vector<Check> run() {
    const bool signers = has_signers(), arithmetic = signers && clean(Subject::kContent) && clean(Subject::kSignature);
    add("message", Subject::kMessage, true, "the signature covers the whole message");
    add("CMS", Subject::kCms, signers, "the signature data is well-formed");
    add("content", Subject::kContent, arithmetic, "unchanged since it was signed",
        signers ? "no valid signature vouches for it" : "");
    add("signature", Subject::kSignature, arithmetic, "right under the key of the certificate",
        signers ? "not over this content" : "");
    add("certificate", Subject::kCertificate, !report_.chain.empty(),
        "valid at " + format_utc_date(report_.at) + ", issued by a trusted authority");
    add("revocation", Subject::kRevocation, !report_.chain.empty(),
        "no certificate of the chain is known to be revoked");
    add("sender", Subject::kSender, report_.verdict.signer.has_value() && !report_.from.empty(),
        "From is an address of the certificate");
    if (!codes_of(Subject::kEvaluation).empty()) add("evaluation", Subject::kEvaluation, false, "");
    return std::move(checks_);
  }

 private:
  void add(std::string_view name, Subject subject, bool reached, std::string passed, std::string not_done = "") {
    Check check{.name = name, .codes = codes_of(subject)};
    if (!clean(subject)) {
      check.result = CheckResult::kFailed;
    } else if (!check.codes.empty()) {
      check.result = CheckResult::kWarned;
    } else if (reached) {
      check.result = CheckResult::kPassed;
      check.remark = std::move(passed);
    } else {
      check.remark = not_done.empty() ? "not reached" : std::move(not_done);
    }
    checks_.push_back(std::move(check));
  }

  std::vector<Code> codes_of(Subject subject) const {
    std::vector<Code> codes;
    for (const Code code : report_.verdict.codes)
      if (subject_of(code) == subject) codes.push_back(code);
    return codes;
  }

  bool clean(Subject subject) const {
    const auto& fatal = report_.verdict.fatal;
    return std::none_of(fatal.begin(), fatal.end(), [&](Code code) { return subject_of(code) == subject; });
  }

  bool has_signers() const {
    return std::any_of(report_.layers.begin(), report_.layers.end(),
                       [](const LayerReport& layer) { return layer.deciding && !layer.signers.empty(); });
  }

  const Report& report_;
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> checks_of(const Report& report) {
  return Checks(report).run();
}

}  // namespace waxseal::cli
