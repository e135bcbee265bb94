#include "reverify/evidence_sink.h"

#include <algorithm>

#include "smime/names.h"
#include "smime/ocsp.h"
#include "store/revocation.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kUnitsAsked = 500;  // of one authority at a time

std::string serial_digest(const smime::RevocationQuestion& question) {
  Sha256Stream digest;
  const Sha256 name = digest.add(question.authority().view()).add(question.certificate->serial()).finish();
  return std::string(name.view());
}

store::FetchTarget target_of(store::FetchKind kind, const std::string& url, const smime::RevocationQuestion& question) {
  return {.kind = kind,
          .url = url,
          .subject = kind == store::FetchKind::kOcsp ? serial_digest(question) : std::string(),
          .certificate = question.certificate->id(),
          .issuer = question.issuer->id(),
          .anchor = question.anchor->id(),
          .until = question.certificate->not_after()};
}

bool is_ocsp(const store::FetchTarget& target) {
  return target.kind == store::FetchKind::kOcsp;
}

// REV-20.
bool wants_ocsp(const smime::RevocationQuestion& question, const smime::CertificateEvidence& evidence,
                const smime::Policy& policy, Time now) {
  if (question.pointers.crl_urls.empty() || policy.revocation.prefer_ocsp || !evidence.faults.empty()) return true;
  const auto& lists = evidence.lists;
  return !lists.empty() &&
         std::all_of(lists.begin(), lists.end(), [&](const smime::ListHead& list) { return list.ends() <= now; });
}

smime::Code code_of(const store::FetchTarget& target, fetch::FailureKind kind) {
  using fetch::FailureKind;
  if (is_ocsp(target)) return smime::Code::ocsp_unavailable;
  if (fetch::permanent(kind)) return smime::Code::crl_url_not_allowed;
  return kind == FailureKind::kTooLarge ? smime::Code::crl_too_large : smime::Code::crl_unavailable;
}

}  // namespace

std::vector<store::FetchTarget> fetch_targets(const std::vector<smime::RevocationQuestion>& questions,
                                              const std::vector<smime::CertificateEvidence>& evidence,
                                              const smime::Policy& policy, Time now) {
  std::vector<store::FetchTarget> out;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const smime::RevocationQuestion& question = questions[i];
    if (question.certificate->not_after() < now) continue;  // NET-02
    for (const std::string& url : question.pointers.crl_urls)
      out.push_back(target_of(store::FetchKind::kCrl, url, question));
    if (!wants_ocsp(question, evidence[i], policy, now)) continue;
    for (const std::string& url : question.pointers.ocsp_urls)
      out.push_back(target_of(store::FetchKind::kOcsp, url, question));
  }
  return out;
}

EvidenceSink::EvidenceSink(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : database_(database),
      verifier_(verifier),
      certificates_(database, verifier.certificates()),
      trust_(database, clock),
      issuers_(database, verifier) {}

smime::CertificatePtr EvidenceSink::certificate(const std::optional<Sha256>& id, const smime::TrustStore& trust) {
  if (!id) return nullptr;
  if (auto stored = certificates_.get(*id)) return stored;
  for (const smime::Anchor& anchor : trust.anchors)
    if (anchor.certificate->id() == *id && !anchor.removed_at) return anchor.certificate;
  for (const smime::CertificatePtr& each : trust.intermediates)
    if (each->id() == *id) return each;
  return nullptr;
}

std::optional<smime::RevocationQuestion> EvidenceSink::question(const store::FetchTarget& target,
                                                                const smime::TrustStore& trust) {
  auto subject = certificate(target.certificate, trust), issuer = certificate(target.issuer, trust),
       anchor = certificate(target.anchor, trust);
  if (!subject || !issuer || !anchor) return std::nullopt;
  return smime::make_question(std::move(subject), std::move(issuer), std::move(anchor), 0, verifier_.policy());
}

// Certificates of stored mail that the authority speaks for, on validated paths.
std::vector<smime::RevocationQuestion> EvidenceSink::questions_of(const smime::Authority& authority,
                                                                  const smime::TrustStore& trust, Time now) {
  std::vector<smime::RevocationQuestion> out;
  auto units = store::units_of_authority(database_, authority);
  if (units.size() > kUnitsAsked) units.resize(kUnitsAsked);
  for (const smime::UnitId& id : units) {
    const auto unit = store::find_unit(database_, id);
    if (!unit) continue;
    const auto paths = verifier_.paths().candidates(unit->unit, certificates_, trust, now, smime::Epoch::kNow);
    for (smime::RevocationQuestion& each : paths.validated_questions(verifier_.policy()))
      if (each.authority() == authority) out.push_back(std::move(each));
  }
  return out;
}

// A list that the operator named: which certificate of ours is it about?
std::optional<smime::RevocationQuestion> EvidenceSink::question_for(const smime::Crl& list,
                                                                    const smime::TrustStore& trust, Time now) {
  std::vector<smime::CertificatePtr> issuers = trust.intermediates;
  for (const smime::Anchor& anchor : trust.anchors)
    if (!anchor.removed_at) issuers.push_back(anchor.certificate);
  for (const smime::CertificatePtr& issuer : issuers) {
    if (!smime::same_name(issuer->subject_der(), list.issuer())) continue;
    for (smime::RevocationQuestion& each : questions_of(smime::authority_of(*issuer), trust, now))
      if (smime::names_fit(list, each)) return std::move(each);
  }
  return std::nullopt;
}

// REV-20: who cannot have the list asks about each certificate that names it.
void EvidenceSink::ask_instead(const store::FetchTarget& target, Time now) {
  const auto trust = trust_.get();
  const auto about = is_ocsp(target) ? std::nullopt : question(target, *trust);
  if (!about) return;
  std::vector<store::FetchTarget> asked;
  for (const smime::RevocationQuestion& each : questions_of(about->authority(), *trust, now)) {
    const auto& urls = each.pointers.crl_urls;
    if (std::find(urls.begin(), urls.end(), target.url) == urls.end() || each.certificate->not_after() < now) continue;
    for (const std::string& url : each.pointers.ocsp_urls)
      asked.push_back(target_of(store::FetchKind::kOcsp, url, each));
  }
  store::want_fetches(database_, asked, now);
}

fetch::Request EvidenceSink::request(const store::FetchTarget& target) {
  if (target.kind == store::FetchKind::kAia) return {.kind = fetch::Kind::kAia, .url = target.url};
  if (!is_ocsp(target)) return {.kind = fetch::Kind::kCrl, .url = target.url};
  const auto asked = question(target, *trust_.get());
  if (!asked) return {.kind = fetch::Kind::kOcsp, .url = ""};  // refused: nobody trusts that path any more
  return fetch::ocsp_request(target.url, smime::ocsp_request(*asked->certificate, *asked->issuer));
}

Acceptance EvidenceSink::fault(const store::FetchTarget& target, smime::Code code, Time now) {
  store::note_fetch_fault(database_, target.url, code, now);
  ask_instead(target, now);
  return {{}, {}, std::string(smime::row(code).name)};
}

Acceptance EvidenceSink::accept_list(const store::FetchTarget& target, Octets octets, Time now) {
  const auto trust = trust_.get();
  const auto list = smime::Crl::parse(octets);
  if (!list) return fault(target, list.error(), now);
  const bool configured = !target.certificate.has_value();
  const auto about = configured ? question_for(**list, *trust, now) : question(target, *trust);
  if (!about) return {{}, {}, "no stored mail depends on this list"};
  auto accepted = smime::accept_crl(*list, *about, {*trust, {}}, verifier_.policy(), now);
  if (!accepted) return fault(target, accepted.error(), now);
  accepted->head.configured = configured;
  store::store_crl(database_, *accepted, now);
  store::clear_fetch_fault(database_, target.url);
  return {(*list)->this_update(), (*list)->next_update(), ""};
}

Acceptance EvidenceSink::accept_answer(const store::FetchTarget& target, Octets octets, Time now) {
  const auto about = question(target, *trust_.get());
  if (!about) return {{}, {}, "the certificate's path is not trusted any more"};
  store::StoredRevocation stored(database_);
  const auto answer = smime::accept_ocsp(octets, *about, verifier_.policy(), now, &stored);
  if (!answer) return fault(target, answer.error(), now);
  store::store_ocsp(database_, *answer, now);
  store::clear_fetch_fault(database_, target.url);
  return {answer->this_update, answer->ends(), ""};
}

Acceptance EvidenceSink::accept(const store::FetchTarget& target, Octets octets, Time now) {
  if (target.kind == store::FetchKind::kAia) {
    const auto trust = trust_.get();
    return issuers_.accept(target, certificate(target.certificate, *trust), octets, *trust, now);
  }
  return is_ocsp(target) ? accept_answer(target, octets, now) : accept_list(target, octets, now);
}

void EvidenceSink::failed(const store::FetchTarget& target, const fetch::Failure& failure, Time now) {
  if (target.kind == store::FetchKind::kAia)
    return issuers_.failed(target, certificate(target.certificate, *trust_.get()), now);
  store::note_fetch_fault(database_, target.url, code_of(target, failure.kind), now);
  ask_instead(target, now);
}

void EvidenceSink::current(const store::FetchTarget& target, Time) {
  if (target.kind != store::FetchKind::kAia) store::clear_fetch_fault(database_, target.url);
}

}  // namespace waxseal::reverify
