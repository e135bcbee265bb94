// What `waxseal verify` says of one message, gathered from facts, unit states and verdict; shown as text or JSON.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "smime/verifier.h"

namespace waxseal::cli {

struct SignerReport {
  smime::CertificatePtr certificate;  // nullptr: it is not in the message
  std::string addresses;              // of the certificate, separated by ", "
  std::vector<std::string> address_list;
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

Report make_report(std::string file, const smime::Verification&, const smime::TrustStore&, Time at);

Json to_json(const Report&);
void explain(std::ostream& out, const Report&, bool colour);

// What a person can do about a problem; empty: nothing but asking the sender.
std::string_view advice(smime::Code);

}  // namespace waxseal::cli
