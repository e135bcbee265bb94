// From octets to facts: envelope, signers of every layer, identity.  Pure; the only memory is the certificate cache.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "mime/message.h"
#include "smime/envelope.h"
#include "smime/identity.h"
#include "smime/signature.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kMaxNote = 100;

std::optional<Time> date_of(const mime::Header& header) {
  const mime::Field* field = header.first("Date");
  return field == nullptr ? std::nullopt : mime::parse_date(field->value);
}

// "SHA-256" and "sha256" are one (5751 section 3.4.3.2 against older mail).
std::string comparable_digest_name(std::string_view name) {
  std::string out;
  for (const char c : ascii_lower(trim(name)))
    if (c != '-' && c != '"') out += c;
  return out;
}

// C17: what the header says of the digests is not what the signers use.
bool micalg_differs(std::string_view micalg, const std::vector<SignerFacts>& signers) {
  std::vector<std::string> declared;
  for (std::size_t begin = 0; begin <= micalg.size();) {
    const std::size_t end = std::min(micalg.find(',', begin), micalg.size());
    declared.push_back(comparable_digest_name(micalg.substr(begin, end - begin)));
    begin = end + 1;
  }
  return std::ranges::any_of(signers, [&](const SignerFacts& signer) {
    return std::ranges::find(declared, comparable_digest_name(signer.digest_algorithm)) == declared.end();
  });
}

bool is_malformed(const std::vector<Code>& codes) {
  return std::ranges::any_of(codes, [](Code code) { return row(code).severity == Severity::kFatal; });
}

class Extraction {
 public:
  Extraction(Octets message, const Policy& policy, CertificateCache& cache, CertificateSource* known)
      : policy_(policy),
        cache_(cache),
        known_(known),
        envelope_(scan_envelope(message, policy)),
        work_{.work = Work(work_allowed(policy.limits.work, message.size())),
              .operations = policy.limits.signature_operations} {}

  Extracted run() {
    Facts& facts = out_.facts;
    facts.envelope = envelope_.envelope;
    facts.errant = envelope_.errant;
    facts.codes = envelope_.codes;
    if (facts.envelope != EnvelopeClass::kSigned) return std::move(out_);
    if (policy_.date_mismatch_max.count() > 0) date_ = date_of(envelope_.header);
    for (const SignedLayer& layer : envelope_.layers) facts.layers.push_back(layer_facts(layer));
    facts.identity = identity_facts(envelope_.header, envelope_.payload, policy_);
    out_.work = work_.work.spent();
    return std::move(out_);
  }

 private:
  LayerFacts layer_facts(const SignedLayer& layer) {
    LayerFacts out{.form = layer.form, .section = layer.section, .codes = layer.codes};
    out.malformed = is_malformed(layer.codes);
    if (!layer.cms) return out;
    if (!evaluate_signers(layer, out)) {
      out.codes.push_back(Code::limit_exceeded);
      sort_codes(out.codes);
    }
    if (layer.form == LayerForm::kDetached && micalg_differs(layer.micalg, out.signers)) {
      out.codes.push_back(Code::micalg_mismatch);
      sort_codes(out.codes);
      note("micalg", escape_for_log(layer.micalg, kMaxNote));
    }
    return out;
  }

  // False: it costs more than a message may.
  bool evaluate_signers(const SignedLayer& layer, LayerFacts& out) {
    ContentDigest content(layer.content, layer.line_ends);
    SignerContext context{.policy = policy_,
                          .content_type = layer.cms->content_type,
                          .content = content,
                          .content_is_attributes = content_is_attributes(layer),
                          .known = known_,
                          .date = date_,
                          .work = work_};
    if (!take_certificates(*layer.cms, context)) return false;
    out_.crls.insert(out_.crls.end(), layer.cms->crls.begin(), layer.cms->crls.end());
    if (!announce_digests(*layer.cms, content)) return false;
    for (const auto& signer : layer.cms->signers) {
      EvaluatedSigner evaluated = evaluate_signer(signer, context);
      for (auto& certificate : evaluated.certificates) remember(std::move(certificate));
      out.signers.push_back(std::move(evaluated.facts));
    }
    note("canon", context.used_crlf ? "crlf" : "raw");
    return !work_.work.exhausted();
  }

  bool announce_digests(const cms::SignedData& signed_data, ContentDigest& content) {
    std::set<Digest> digests;
    for (const auto& signer : signed_data.signers) digests.insert(digest_of(signer.digest_algorithm));
    for (const Digest digest : digests) content.add(digest);
    return work_.work.spend(digests.size() * digest_cost(content.content().size()));
  }

  // SIG-12b, for the content that is shown and for one that came along unasked (ATK-02).
  static bool content_is_attributes(const SignedLayer& layer) {
    return cms::looks_like_signed_attributes(layer.content) ||
           std::ranges::any_of(layer.cms->content, cms::looks_like_signed_attributes);
  }

  bool take_certificates(const cms::SignedData& signed_data, SignerContext& context) {
    for (const Octets der : signed_data.certificates) {
      if (!work_.work.spend(certificate_cost(der.size()))) return false;
      CertificatePtr certificate = cache_.get(der);
      if (!certificate) {
        context.malformed_certificate = true;
        continue;
      }
      if (std::ranges::find(context.certificates, certificate->id(), &Certificate::id) != context.certificates.end())
        continue;
      context.certificates.push_back(certificate);
      remember(std::move(certificate));
    }
    return true;
  }

  void remember(CertificatePtr certificate) {
    const CertId id = certificate->id();
    out_.certificates.try_emplace(id, std::move(certificate));
  }

  void note(std::string key, std::string value) { out_.facts.notes.emplace_back(std::move(key), std::move(value)); }

  const Policy& policy_;
  CertificateCache& cache_;
  CertificateSource* known_;
  const Envelope envelope_;
  MessageWork work_;
  std::optional<Time> date_;
  Extracted out_;
};

}  // namespace

Extracted extract_facts(Octets message, const Policy& policy, CertificateCache& cache, CertificateSource* known) {
  return Extraction(message, policy, cache, known).run();
}

std::vector<Unit> Facts::units() const {
  std::vector<Unit> out;
  for (const LayerFacts& layer : layers)
    for (const SignerFacts& signer : layer.signers)
      for (const Candidate& candidate : signer.candidates)
        if (std::ranges::find(out, candidate.unit) == out.end()) out.push_back(candidate.unit);
  return out;
}

}  // namespace waxseal::smime
