#include "smime/signature.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "smime/der.h"
#include "smime/ess.h"
#include "smime/identity.h"
#include "smime/names.h"
#include "smime/signed_attributes.h"

namespace waxseal::smime {

namespace {

// Public values, compared in constant time all the same: the habit is cheaper than the argument.
bool same_digest(Octets a, Octets b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool contains(const std::vector<Code>& codes, Code code) {
  return std::ranges::find(codes, code) != codes.end();
}

class SignerEvaluation {
 public:
  SignerEvaluation(const cms::SignerInfo& signer, SignerContext& context) : signer_(signer), context_(context) {}

  EvaluatedSigner run() {
    read_algorithms();
    if (has_misplaced_attribute(signer_)) add(Code::attr_unsigned_misplaced);
    if (signer_.has_signed_attributes)
      check_attributes();
    else
      check_absence_of_attributes();
    find_candidates();
    verify_candidates();
    note_unsupported_keys();
    sort_codes(facts().codes);
    return std::move(out_);
  }

 private:
  SignerFacts& facts() { return out_.facts; }
  void add(Code code) { facts().codes.push_back(code); }

  // SIG-04, SIG-20.
  void read_algorithms() {
    digest_ = digest_of(signer_.digest_algorithm);
    algorithm_ = resolve_signature_algorithm(signer_.signature_algorithm, digest_);
    facts().signature_algorithm = algorithm_.name;
    facts().digest_algorithm =
        digest_ == Digest::kUnsupported ? der::oid_text(signer_.digest_algorithm.oid) : std::string(row(digest_).name);
    if (digest_ == Digest::kUnsupported) {
      add(Code::digest_alg_unsupported);
      algorithm_.scheme.reset();
    } else {
      for (const Code code : algorithm_.codes) add(code);
    }
    if (digest_ == Digest::kSha1) add(Code::weak_digest);
    facts().unsupported_algorithm =
        contains(facts().codes, Code::digest_alg_unsupported) || contains(facts().codes, Code::sig_alg_unsupported);
  }

  // SIG-11.
  void check_attributes() {
    attributes_ = check_signed_attributes(signer_, context_.content_type, context_.policy);
    facts().codes.insert(facts().codes.end(), attributes_.codes.begin(), attributes_.codes.end());
    facts().signing_time = attributes_.signing_time;
    if (signing_time_differs_from_date()) add(Code::date_mismatch);
    if (attributes_.message_digest && digest_ != Digest::kUnsupported)
      check_message_digest(*attributes_.message_digest);
    ess_ = read_ess(attributes_);
    facts().codes.insert(facts().codes.end(), ess_.codes.begin(), ess_.codes.end());
  }

  // SIG-11b; BYT-6: raw octets first, then with CRLF line ends.
  void check_message_digest(Octets value) {
    if (value.size() != row(digest_).size) return add(Code::attr_message_digest);
    if (same_digest(value, context_.content.raw(digest_))) return;
    const std::string* crlf = crlf_digest();
    if (crlf == nullptr || !same_digest(value, *crlf)) return add(Code::digest_mismatch);
    context_.used_crlf = true;
  }

  const std::string* crlf_digest() {
    return spend(digest_cost(context_.content.content().size())) ? context_.content.crlf(digest_) : nullptr;
  }

  // SIG-12; 5652 section 5.3: only id-data may do without.
  void check_absence_of_attributes() {
    if (context_.policy.require_signed_attrs || context_.content_type != cms::kData) add(Code::attr_missing);
    if (context_.content_is_attributes) add(Code::signed_attrs_as_content);
  }

  // SIG-40.
  bool signing_time_differs_from_date() const {
    const Seconds most = context_.policy.date_mismatch_max;
    if (most.count() == 0 || !attributes_.signing_time || !context_.date) return false;
    const Seconds difference = *attributes_.signing_time - *context_.date;
    return std::chrono::abs(difference) > most;
  }

  // SIG-30, SIG-31.
  void find_candidates() {
    for (const auto& certificate : context_.certificates)
      if (is_named(signer_.sid, *certificate)) out_.certificates.push_back(certificate);
    if (out_.certificates.empty()) ask_known_certificates();
    if (out_.certificates.empty()) {
      add(Code::signer_cert_not_found);
      if (context_.malformed_certificate) add(Code::cert_malformed);
    }
    const auto fits = [&](const CertificatePtr& certificate) { return fits_ess(*certificate); };
    if (std::ranges::any_of(out_.certificates, fits)) std::erase_if(out_.certificates, std::not_fn(fits));
    std::erase_if(out_.certificates, [&](const CertificatePtr& certificate) { return !add_candidate(certificate); });
  }

  bool add_candidate(const CertificatePtr& certificate) {
    Candidate found = candidate(*certificate);
    if (!spend_paths(certificate, found.unit)) return false;
    facts().candidates.push_back(std::move(found));
    return true;
  }

  // For each unit once, as its paths are looked for once.
  bool spend_paths(const CertificatePtr& leaf, const Unit& unit) {
    const auto [at, fresh] = context_.work.units.insert(unit.id());
    if (!fresh) return !context_.work.work.exhausted();
    std::vector<CertificatePtr> closure;
    for (const CertificatePtr& certificate : context_.certificates)
      if (std::ranges::binary_search(unit.bundle, certificate->id())) closure.push_back(certificate);
    return spend(path_cost(leaf, closure));
  }

  void ask_known_certificates() {
    if (context_.known == nullptr) return;
    const auto& sid = signer_.sid;
    auto found = sid.issuer.empty() ? context_.known->by_key_identifier(sid.key_identifier)
                                    : context_.known->by_issuer_serial(sid.issuer, sid.serial);
    if (found) out_.certificates.push_back(std::move(found));
  }

  bool fits_ess(const Certificate& certificate) const {
    return std::ranges::all_of(ess_.signer, [&](const EssCertId& id) { return id.names(certificate); });
  }

  Candidate candidate(const Certificate& certificate) {
    Candidate out;
    out.certificate = certificate.id();
    out.unit = make_unit(certificate, context_.certificates, ess_.path_set);
    out.codes = key_problems(certificate, algorithm_, context_.policy);
    if (!fits_ess(certificate)) out.codes.push_back(Code::ess_cert_mismatch);
    const auto time = attributes_.signing_time;
    if (time && (*time < certificate.not_before() || *time > certificate.not_after()))
      out.codes.push_back(Code::signing_time_outside_validity);
    sort_codes(out.codes);
    choose_addresses(certificate, context_.policy, out);
    return out;
  }

  // SIG-32: candidates under which the signature is right leave the others behind.
  void verify_candidates() {
    if (!algorithm_.scheme || !algorithm_.codes.empty()) return;
    bool tried = false;
    for (std::size_t i = 0; i < out_.certificates.size(); ++i) {
      Candidate& candidate = facts().candidates[i];
      if (contains(candidate.codes, Code::key_unsupported) || contains(candidate.codes, Code::sig_alg_mismatch))
        continue;
      tried = true;
      candidate.verifies = verifies(*out_.certificates[i]);
    }
    if (std::ranges::any_of(facts().candidates, &Candidate::verifies))
      drop_others();
    else if (tried)
      add(Code::signature_invalid);
  }

  void drop_others() {
    std::vector<Candidate> kept;
    std::vector<CertificatePtr> certificates;
    for (std::size_t i = 0; i < out_.certificates.size(); ++i) {
      if (!facts().candidates[i].verifies) continue;
      kept.push_back(std::move(facts().candidates[i]));
      certificates.push_back(std::move(out_.certificates[i]));
    }
    facts().candidates = std::move(kept);
    out_.certificates = std::move(certificates);
  }

  bool verifies(const Certificate& certificate) {
    if (!signer_.has_signed_attributes) return verifies_content(certificate);
    if (check(certificate, sorted_attribute_set(signer_))) return true;
    return !signer_.signed_attributes_der && check(certificate, received_attribute_set(signer_));  // SIG-11h
  }

  bool verifies_content(const Certificate& certificate) {
    ContentDigest& content = context_.content;
    if (is_pure(*algorithm_.scheme)) {
      if (check_content(certificate, content.content())) return true;
      const auto crlf = content.crlf_content();
      return crlf && check_content(certificate, *crlf);
    }
    if (check_digest(certificate, content.raw(digest_))) return true;
    const std::string* crlf = crlf_digest();
    return crlf != nullptr && check_digest(certificate, *crlf);
  }

  bool check(const Certificate& certificate, Octets octets) {
    return spend_operation(certificate) && verify_signature(certificate, algorithm_, octets, signer_.signature);
  }
  bool check_content(const Certificate& certificate, Octets content) {
    return spend(digest_cost(content.size())) && check(certificate, content);
  }
  bool check_digest(const Certificate& certificate, Octets digest) {
    return spend_operation(certificate) && verify_digest(certificate, algorithm_, digest, signer_.signature);
  }

  bool spend_operation(const Certificate& certificate) {
    if (!spend(certificate.key_facts().cost)) return false;
    if (context_.work.operations == 0) {
      add(Code::limit_exceeded);
      return false;
    }
    --context_.work.operations;
    return true;
  }

  bool spend(std::size_t cost) {
    if (context_.work.work.spend(cost)) return true;
    add(Code::limit_exceeded);
    return false;
  }

  // SIG-50: a key of a kind that we do not know is an unsupported algorithm too.
  void note_unsupported_keys() {
    const auto& candidates = facts().candidates;
    facts().unsupported_algorithm |=
        !candidates.empty() && std::ranges::all_of(candidates, [](const Candidate& candidate) {
          return contains(candidate.codes, Code::key_unsupported);
        });
  }

  const cms::SignerInfo& signer_;
  SignerContext& context_;
  EvaluatedSigner out_;
  Digest digest_ = Digest::kUnsupported;
  SignatureAlgorithm algorithm_;
  AttributeFacts attributes_;
  EssRestriction ess_;
};

}  // namespace

bool is_named(const cms::SignerId& sid, const Certificate& certificate) {
  if (sid.issuer.empty()) return certificate.key_identifier() && *certificate.key_identifier() == sid.key_identifier;
  return sid.serial == certificate.serial() && same_name(sid.issuer, certificate.issuer_der());
}

EvaluatedSigner evaluate_signer(const cms::SignerInfo& signer, SignerContext& context) {
  return SignerEvaluation(signer, context).run();
}

}  // namespace waxseal::smime
