#include "delivery/pipeline.h"

namespace waxseal::delivery {

namespace {

std::map<smime::UnitId, store::UnitEvaluation> evaluated_at(const smime::UnitStates& states, Time at) {
  std::map<smime::UnitId, store::UnitEvaluation> out;
  for (const auto& [unit, state] : states) out.emplace(unit, store::UnitEvaluation{state, at});
  return out;
}

}  // namespace

const smime::Certificate* Judged::signer() const {
  if (!at_delivery.signer) return nullptr;
  const auto found = extracted.certificates.find(*at_delivery.signer);
  return found == extracted.certificates.end() ? nullptr : found->second.get();
}

Pipeline::Pipeline(store::Database& database, smime::Verifier& verifier, const Clock& clock)
    : database_(database), verifier_(verifier), clock_(clock), trust_(database, clock) {}

Judged Pipeline::judge(Octets message, Time received_at) {
  const auto trust = trust_.get();
  Judged judged;
  judged.received_at = received_at;
  judged.trust_version = trust->version;
  judged.extracted = verifier_.extract(message, *trust);
  judged.states_at_delivery = verifier_.evaluate(judged.extracted, *trust, received_at, smime::Epoch::kAtDelivery);
  judged.at_delivery = smime::judge(judged.extracted.facts, judged.states_at_delivery, verifier_.policy(), received_at);
  // An import names a received_at in the past (TIM-08); what the store keeps current is the verdict of now.
  const Time now = clock_.now();
  judged.evaluations = evaluated_at(verifier_.evaluate(judged.extracted, *trust, now, smime::Epoch::kNow), now);
  return judged;
}

Prepared Pipeline::prepare(Judged judged, Octets octets) {
  return {std::move(judged), octets, sha256(octets), mime::summarise(octets, mime::parse_message(octets))};
}

store::Appended Pipeline::store(const Prepared& message, AccountId account, const Sha256& delivery_key) {
  store::NewEmail email;
  email.octets = message.octets;
  email.blob = message.blob;
  email.delivery_key = delivery_key;
  email.received_at = message.judged.received_at;
  email.summary = message.summary;
  email.facts = message.judged.extracted.facts;
  email.certificates = message.judged.extracted.certificates;
  email.evaluations = message.judged.evaluations;
  email.trust_version = message.judged.trust_version;
  email.at_delivery = message.judged.at_delivery;
  email.at_delivery_final = message.judged.at_delivery.status != smime::Status::kSigned;
  return store::append_email(database_, account, email, verifier_.policy());
}

store::Appended Pipeline::store(const Judged& judged, Octets octets, AccountId account, const Sha256& delivery_key) {
  return store(prepare(judged, octets), account, delivery_key);
}

}  // namespace waxseal::delivery
