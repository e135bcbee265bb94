#include "support/facts.h"

#include <algorithm>

namespace waxseal::test {

using namespace smime;

namespace {

class Writer {
 public:
  explicit Writer(Infos infos) : infos_(infos) {}
  void codes(const std::string& place, const std::vector<Code>& codes) {
    for (const Code code : codes)
      if (infos_ == Infos::kShown || row(code).severity != Severity::kInfo)
        out_ += " " + place + ":" + std::string(row(code).name);
  }
  void mark(const std::string& place) { out_ += " " + place + "!"; }
  std::string take() { return "signed" + out_; }

 private:
  Infos infos_;
  std::string out_;
};

void write_signer(const std::string& place, const SignerFacts& signer, Writer& writer) {
  writer.codes(place, signer.codes);
  for (std::size_t i = 0; i < signer.candidates.size(); ++i)
    writer.codes(place + "." + std::to_string(i), signer.candidates[i].codes);
  const bool verifies = std::ranges::any_of(signer.candidates, &Candidate::verifies);
  const bool explained = !signer.codes.empty() ||
                         std::ranges::any_of(signer.candidates, [](const Candidate& c) { return !c.codes.empty(); });
  if (!verifies && !explained) writer.mark(place);
}

}  // namespace

Extracted extract(std::string_view message, const Policy& policy, CertificateSource* known) {
  CertificateCache cache;
  return extract_facts(message, policy, cache, known);
}

std::string outcome(const Facts& facts, Infos infos) {
  if (facts.envelope == EnvelopeClass::kNone) return "none";
  if (facts.envelope == EnvelopeClass::kUnknown) return "unknown";
  Writer writer(infos);
  writer.codes("message", facts.codes);
  writer.codes("identity", facts.identity.codes);
  for (const LayerFacts& layer : facts.layers) {
    writer.codes(layer.section, layer.codes);
    for (std::size_t i = 0; i < layer.signers.size(); ++i)
      write_signer(layer.section + "/" + std::to_string(i), layer.signers[i], writer);
  }
  return writer.take();
}

std::string outcome_of(std::string_view message, const Policy& policy, Infos infos) {
  return outcome(extract(message, policy).facts, infos);
}

bool is_clean(const Facts& facts) {
  if (facts.layers.empty() || outcome(facts) != "signed") return false;
  return std::ranges::all_of(facts.layers, [](const LayerFacts& layer) {
    return !layer.signers.empty() && std::ranges::all_of(layer.signers, [](const SignerFacts& signer) {
      return std::ranges::any_of(signer.candidates, &Candidate::verifies);
    });
  });
}

}  // namespace waxseal::test
