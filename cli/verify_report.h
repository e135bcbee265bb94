// What `waxseal verify` says of one message, gathered from facts, unit states and verdict; shown as text or JSON.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/message_walk.h"
#include "cli/output.h"
#include "smime/verifier.h"

namespace waxseal::cli {

struct SignerReport {
  smime::CertificatePtr certificate;   // nullptr: it is not in the message
  std::vector<std::string> addresses;  // of the certificate
  std::string digest_algorithm, signature_algorithm;
  std::optional<Time> signing_time;  // as claimed by the sender
  std::vector<smime::Code> codes;    // of this signature and its certificate's path
};

struct LayerReport {
  smime::LayerForm form = smime::LayerForm::kDetached;
  std::string section;
  bool deciding = false;
  std::vector<SignerReport> signers;
};

struct Report {
  std::string file;
  std::optional<std::size_t> number;  // in an mbox, from 1
  std::optional<Quoting> quoting;     // of an mbox: the reading that was judged
  Time at;
  smime::EnvelopeClass envelope = smime::EnvelopeClass::kNone;
  bool errant = false;  // signed parts that do not cover the message
  std::vector<std::string> from;
  std::vector<LayerReport> layers;
  std::vector<smime::CertificatePtr>
      chain;  // of the signer that decides; leaf first, anchor last; empty: there is none
  smime::Verdict verdict;

  bool verified() const { return verdict.status == smime::Status::kVerified; }
};

// `input` without its octets, which `verification` was made of.
Report make_report(const Input& input, const smime::Verification& verification, const smime::TrustStore& trust,
                   Time at);

// The checks of verification in their order, each with what came of it.
enum class CheckResult { kPassed, kWarned, kFailed, kNotDone };
struct Check {
  std::string_view name;
  CheckResult result = CheckResult::kNotDone;
  std::vector<smime::Code> codes;  // why it failed or warned
  std::string remark;              // what passed, or why it was not done
};
std::vector<Check> checks_of(const Report&);

struct View {
  bool colour = false;
  std::string language = "en";  // of texts for people (ERR-06)
};
Json to_json(const Report&, const View&);
void explain(std::ostream& out, const Report&, const View&);

// What a person can do about a problem.
std::string_view advice(smime::Code);

}  // namespace waxseal::cli
