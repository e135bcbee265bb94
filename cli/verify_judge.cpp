#include "cli/verify_judge.h"

#include <algorithm>
#include <sstream>

#include "smime/revocation_sources.h"

namespace waxseal::cli {

Outcome Judge::operator()(Input input) {
  const Input where{.file = input.file, .number = input.number};
  try {
    return input.error.empty() ? verdict_of(std::move(input)) : failure(where, input.error);
  } catch (const std::exception& error) {  // memory, above all: the rest of the batch goes on
    return failure(where, std::string("not verified: ") + error.what());
  }
}

Outcome Judge::verdict_of(Input input) {
  const Report report = best_reading(std::move(input));
  std::ostringstream out;
  if (form_ == Form::kJson)
    print_json(out, to_json(report, view_));
  else
    explain(out, report, view_);
  return {report.verified() ? kDone : kNo, std::move(out).str(), ""};
}

// A message of an mbox is verified if one way to undo its quoting leads to what was signed.
Report Judge::best_reading(Input input) {
  if (!input.number) return judge(input, input.octets);
  std::optional<Report> first;
  for (const Reading& reading : readings_of(std::move(input.octets))) {
    Report report = judge(input, reading.octets);
    report.quoting = reading.quoting;
    if (report.verified()) return report;
    if (!first) first = std::move(report);
  }
  return *std::move(first);
}

Report Judge::judge(const Input& input, Octets octets) {
  const smime::Epoch epoch = at_ < now_ ? smime::Epoch::kAtDelivery : smime::Epoch::kNow;
  std::optional<store::StoredRevocation> stored;
  if (database_ != nullptr) stored.emplace(*database_);
  smime::CrlsAtHand lists(verifier_.policy(), *trust_, std::max(at_, now_), stored ? &*stored : nullptr);
  for (const std::string& crl : crls_) static_cast<void>(lists.add(crl));
  const smime::Extracted extracted = verifier_.extract(octets, *trust_);
  for (const std::string& crl : extracted.crls) static_cast<void>(lists.add(crl));
  for (const auto& [id, certificate] : extracted.certificates) lists.add_signer(certificate);
  return make_report(input, verifier_.verify(octets, *trust_, at_, epoch, &lists), *trust_, at_);
}

Outcome Judge::failure(const Input& input, const std::string& error) const {
  Outcome outcome;
  const std::string number = input.number ? ", message " + std::to_string(*input.number) : "";
  outcome.err = printable(input.file) + number + ": " + error + '\n';
  if (form_ == Form::kText) return outcome;
  Json json = {{"file", input.file}};
  if (input.number) json["message"] = *input.number;
  json["error"] = error;
  std::ostringstream out;
  print_json(out, json);
  outcome.out = std::move(out).str();
  return outcome;
}

}  // namespace waxseal::cli
