#include "delivery/message_lists.h"

#include "smime/crl_acceptance.h"
#include "store/revocation.h"

namespace waxseal::delivery {

namespace {

std::vector<smime::RevocationQuestion> validated_questions(const UnitPaths& paths, const smime::Policy& policy) {
  std::vector<smime::RevocationQuestion> out;
  for (const auto& [unit, candidates] : paths)
    for (smime::RevocationQuestion& question : candidates->validated_questions(policy))
      out.push_back(std::move(question));
  return out;
}

void offer(store::Database& database, const smime::CrlPtr& list,
           const std::vector<smime::RevocationQuestion>& questions, const smime::CrlSigners& signers,
           const smime::Policy& policy, Time now) {
  for (const smime::RevocationQuestion& question : questions) {
    if (!smime::names_fit(*list, question)) continue;
    if (const auto accepted = smime::accept_crl(list, question, signers, policy, now))
      return void(store::store_crl(database, *accepted, now));
  }
}

}  // namespace

void offer_lists(store::Database& database, const smime::Extracted& extracted, const UnitPaths& paths,
                 const smime::TrustStore& trust, const smime::Policy& policy, Time now) {
  if (extracted.crls.empty() || policy.revocation.mode == smime::RevocationMode::kOff) return;
  const auto questions = validated_questions(paths, policy);
  if (questions.empty()) return;
  smime::Work work(smime::kMessageListsWork);
  smime::CrlSigners signers{trust, {}, &work};
  for (const auto& [id, certificate] : extracted.certificates) signers.more.push_back(certificate);
  for (const std::string& octets : extracted.crls)
    if (const auto list = smime::Crl::parse(octets, policy.limits.crl_octets))
      offer(database, *list, questions, signers, policy, now);
}

}  // namespace waxseal::delivery
