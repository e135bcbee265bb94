#include "delivery/pipeline.h"

#include <set>

#include "delivery/message_lists.h"
#include "smime/revocation_sources.h"
#include "store/revocation.h"

namespace waxseal::delivery {

namespace {

// What the verdict at delivery rests on, over all units (TIM-03).
std::vector<smime::Evidence> evidence_of(const smime::UnitStates& states) {
  std::set<smime::Evidence> out;
  for (const auto& [unit, state] : states) out.insert(state.evidence.begin(), state.evidence.end());
  return {out.begin(), out.end()};
}

store::NewEmail new_email(const Prepared& message, const Sha256& delivery_key) {
  store::NewEmail email;
  email.octets = message.octets;
  email.blob = message.blob;
  email.delivery_key = delivery_key;
  email.received_at = message.judged.received_at;
  email.judged_at = message.judged.judged_at;
  email.summary = message.summary;
  email.text = message.text;
  email.facts = message.judged.extracted.facts;
  email.certificates = message.judged.extracted.certificates;
  email.evaluations = message.judged.evaluations;
  email.trust_version = message.judged.trust_version;
  email.at_delivery = message.judged.at_delivery;
  email.at_delivery_final = message.judged.at_delivery_final;
  email.at_delivery_evidence = evidence_of(message.judged.states_at_delivery);
  email.evidence_version = message.judged.evidence_version;
  return email;
}

}  // namespace

const smime::Certificate* Judged::signer() const {
  if (!at_delivery.signer) return nullptr;
  const auto found = extracted.certificates.find(*at_delivery.signer);
  return found == extracted.certificates.end() ? nullptr : found->second.get();
}

Pipeline::Pipeline(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : database_(database), verifier_(verifier), clock_(clock), trust_(database, clock) {}

void Pipeline::evaluate(Judged& judged, const smime::TrustStore& trust) {
  const smime::Policy& policy = verifier_.policy();
  // An import names a received_at in the past (TIM-08); what the store keeps current is the verdict of now.
  const Time now = clock_.now();
  const auto paths = verifier_.candidates(judged.extracted, trust, now, smime::Epoch::kNow);
  offer_lists(database_, judged.extracted, paths, trust, policy, now);

  // Lists that the message brought were stored just now.
  using Reading = store::StoredRevocation::Reading;
  store::StoredRevocation stored(database_, judged.extracted.crls.empty() ? Reading::kRecent : Reading::kPresent);
  smime::AskedEvidence asked(stored);
  judged.states_at_delivery =
      verifier_.evaluate(judged.extracted, trust, judged.received_at, smime::Epoch::kAtDelivery, &asked);
  for (const auto& [unit, candidates] : paths)
    judged.evaluations[unit] = {verifier_.paths().conclude(*candidates, &asked, now, smime::Epoch::kNow), now,
                                candidates->questions()};
  judged.evidence_version = stored.version();
}

// The store does not answer: an error that nobody may remember (verification.md 6.2).
void Pipeline::give_up_evaluation(Judged& judged) const {
  judged.evaluations.clear();
  judged.states_at_delivery.clear();
  for (const smime::Unit& unit : judged.extracted.facts.units())
    judged.states_at_delivery[unit.id()] = {.codes = {smime::Code::internal_error}};
}

Judged Pipeline::judge(Octets message, Time received_at) {
  const auto trust = trust_.get();
  Judged judged;
  judged.received_at = judged.judged_at = received_at;
  judged.trust_version = trust->version;
  judged.extracted = verifier_.extract(message, *trust);
  if (judged.extracted.facts.envelope == smime::EnvelopeClass::kSigned) {
    try {
      evaluate(judged, *trust);
    } catch (const store::Unavailable&) {
      give_up_evaluation(judged);
    }
  }
  judged.at_delivery = smime::judge(judged.extracted.facts, judged.states_at_delivery, verifier_.policy(), received_at,
                                    smime::Epoch::kAtDelivery);
  const bool grace = verifier_.policy().revocation.at_delivery_grace > Seconds(0);
  const bool evaluated = judged.at_delivery.status != smime::Status::kSigned;
  const bool awaits = smime::awaits_evidence(judged.at_delivery) || received_at > clock_.now();
  judged.at_delivery_final = evaluated && !(grace && awaits);
  return judged;
}

Judged Pipeline::judge_import(Octets message, Time received_at) {
  Judged judged = judge(message, verifier_.policy().revocation.imported_at_import_time ? clock_.now() : received_at);
  judged.received_at = received_at;
  return judged;
}

Prepared Pipeline::prepare(Judged judged, Octets octets) {
  const mime::Message parsed = mime::parse_message(octets);
  return {std::move(judged), octets, sha256(octets), mime::summarise(octets, parsed),
          mime::search_text(octets, parsed)};
}

std::vector<store::Outcome> Pipeline::store(const Prepared& message, const std::vector<Copy>& copies) {
  std::vector<store::NewEmail> emails;
  for (const Copy& copy : copies) {
    emails.push_back(new_email(message, copy.delivery_key));
    emails.back().octets_likely_there = copy.again;
  }
  std::vector<store::Delivery> deliveries;
  for (std::size_t i = 0; i < copies.size(); ++i) deliveries.push_back({copies[i].account, emails[i]});
  return store::append_emails(database_, deliveries, verifier_.policy());
}

store::Appended Pipeline::import(const Prepared& message, AccountId account, const Sha256& delivery_key,
                                 const Import& place, const store::IfInState& required) {
  store::NewEmail email = new_email(message, delivery_key);
  email.mailboxes = place.mailboxes;
  email.keywords = place.keywords;
  email.received_at_trusted = false;
  // A verdict as of a time that is yet to come is not final.
  email.at_delivery_final = email.at_delivery_final && message.judged.judged_at <= clock_.now();
  return store::append_email_in_state(database_, account, email, verifier_.policy(), required);
}

store::Appended Pipeline::store(const Judged& judged, Octets octets, AccountId account, const Sha256& delivery_key) {
  const Prepared message = prepare(judged, octets);
  return store::append_email(database_, account, new_email(message, delivery_key), verifier_.policy());
}

}  // namespace waxseal::delivery
