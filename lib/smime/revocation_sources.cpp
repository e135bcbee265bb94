#include "smime/revocation_sources.h"

#include <algorithm>
#include <set>

namespace waxseal::smime {

// --- CrlsAtHand ---

struct CrlsAtHand::State {
  struct Accepted {
    AcceptedCrl list;
    std::map<std::string, std::vector<LedgerEntry>> entries;  // by entry authority and serial
  };

  State(const Policy& policy_, const TrustStore& trust_, Time now_, RevocationSource* base_)
      : policy(policy_), trust(trust_), now(now_), base(base_) {}

  const Policy policy;
  const TrustStore& trust;
  const Time now;
  RevocationSource* base;
  std::vector<CrlPtr> lists;
  std::vector<CertificatePtr> signers;
  Work work{kMessageListsWork};
  // By list, authority and anchor: signatures are checked once, not for each question.
  std::map<std::tuple<Sha256, Authority, CertId>, std::optional<Code>> judged;
  std::map<std::pair<Sha256, Authority>, Accepted> accepted;

  static std::string key_of(const Authority& authority, Octets serial) {
    return std::string(authority.view()) + std::string(serial);
  }
  const Accepted* accept(const CrlPtr& list, const RevocationQuestion& question, std::optional<Code>& fault);
  void remember(AcceptedCrl list);
  void answer(const RevocationQuestion& question, CertificateEvidence& evidence);
  void add_entries(const std::vector<const Accepted*>& of_question, const RevocationQuestion& question,
                   CertificateEvidence& evidence) const;
};

void CrlsAtHand::State::remember(AcceptedCrl list) {
  const std::pair key{list.head.id, list.head.authority};
  Accepted out{std::move(list), {}};
  out.list.crl->for_each([&](const CrlEntry& entry) {
    out.entries[key_of(out.list.authority_of(entry), entry.serial)].push_back(
        {entry.revoked_at,
         entry.reason,
         entry.invalidity_date,
         std::nullopt,
         {Evidence::Kind::kCrl, out.list.head.id}});
  });
  accepted.insert_or_assign(key, std::move(out));
}

const CrlsAtHand::State::Accepted* CrlsAtHand::State::accept(const CrlPtr& list, const RevocationQuestion& question,
                                                             std::optional<Code>& fault) {
  const std::tuple key{list->id(), question.authority(), question.anchor->id()};
  auto known = judged.find(key);
  if (known == judged.end()) {
    auto result = accept_crl(list, question, {trust, signers, &work}, policy, now);
    known = judged.emplace(key, result ? std::nullopt : std::optional(result.error())).first;
    if (result) remember(*std::move(result));
  }
  fault = known->second;
  if (fault) return nullptr;
  for (const Authority& authority : question.list_authorities)
    if (const auto found = accepted.find({list->id(), authority}); found != accepted.end()) return &found->second;
  return nullptr;
}

// Lists of one scope in order of time: an entry stays (REV-07), but a hold ends with the first list that lacks it or
// says removeFromCRL.
void CrlsAtHand::State::add_entries(const std::vector<const Accepted*>& of_question, const RevocationQuestion& question,
                                    CertificateEvidence& evidence) const {
  std::map<Sha256, std::vector<LedgerEntry>> by_scope;
  for (const Accepted* each : of_question) {
    std::vector<LedgerEntry>& known = by_scope[each->list.head.scope];
    std::vector<LedgerEntry> stated;
    for (const Authority& authority : question.entry_authorities)
      if (const auto found = each->entries.find(key_of(authority, question.certificate->serial()));
          found != each->entries.end())
        stated.insert(stated.end(), found->second.begin(), found->second.end());
    const bool removed = std::ranges::any_of(stated, [](const auto& e) { return e.reason == kRemoveFromCrl; });
    const bool silent = stated.empty() && !each->list.head.delta;
    for (LedgerEntry& entry : known)
      if (entry.reason == kCertificateHold && !entry.released_at && (removed || silent))
        entry.released_at = each->list.head.this_update;
    if (removed || stated.empty()) continue;
    std::erase_if(known, [](const LedgerEntry& entry) { return !entry.released_at; });  // the newer statement counts
    known.insert(known.end(), stated.begin(), stated.end());
  }
  for (auto& [scope, entries] : by_scope)
    evidence.entries.insert(evidence.entries.end(), entries.begin(), entries.end());
}

void CrlsAtHand::State::answer(const RevocationQuestion& question, CertificateEvidence& evidence) {
  std::vector<const Accepted*> of_question;
  for (const CrlPtr& list : lists) {
    if (!names_fit(*list, question)) continue;
    std::optional<Code> fault;
    const Accepted* found = accept(list, question, fault);
    if (fault) evidence.faults.push_back(*fault);
    if (found != nullptr) of_question.push_back(found);
  }
  std::ranges::stable_sort(of_question, [](const Accepted* a, const Accepted* b) {
    return a->list.head.this_update < b->list.head.this_update;
  });
  for (const Accepted* each : of_question) evidence.lists.push_back(each->list.head);
  add_entries(of_question, question, evidence);
}

CrlsAtHand::CrlsAtHand(const Policy& policy, const TrustStore& trust, Time now, RevocationSource* base)
    : state_(std::make_unique<State>(policy, trust, now, base)) {}

CrlsAtHand::~CrlsAtHand() = default;

Result<Done, Code> CrlsAtHand::add(Octets der_or_pem, std::size_t limit) {
  auto crl = Crl::parse(der_or_pem, limit);
  if (!crl) return unexpected(Code(crl.error()));
  const auto same = [&](const CrlPtr& known) { return known->id() == (*crl)->id(); };
  if (std::ranges::none_of(state_->lists, same)) state_->lists.push_back(*std::move(crl));
  return Done{};
}

void CrlsAtHand::add_signer(CertificatePtr certificate) {
  state_->signers.push_back(std::move(certificate));
}

std::vector<CertificateEvidence> CrlsAtHand::find(const std::vector<RevocationQuestion>& questions, Time at) {
  std::vector<CertificateEvidence> out =
      state_->base == nullptr ? std::vector<CertificateEvidence>(questions.size()) : state_->base->find(questions, at);
  for (std::size_t i = 0; i < questions.size(); ++i) state_->answer(questions[i], out[i]);
  return out;
}

// --- AskedEvidence ---

AskedEvidence::Key AskedEvidence::key_of(const RevocationQuestion& question, Time at) {
  return {question.certificate->id(), question.issuer->id(), question.anchor->id(), at};
}

void AskedEvidence::prefetch(const std::vector<RevocationQuestion>& questions, Time at) {
  std::vector<RevocationQuestion> missing;
  std::set<Key> asked;
  for (const RevocationQuestion& question : questions) {
    const Key key = key_of(question, at);
    if (!known_.contains(key) && asked.insert(key).second) missing.push_back(question);
  }
  if (missing.empty()) return;
  std::vector<CertificateEvidence> found = base_.find(missing, at);
  for (std::size_t i = 0; i < missing.size(); ++i) known_.emplace(key_of(missing[i], at), std::move(found[i]));
}

std::vector<CertificateEvidence> AskedEvidence::find(const std::vector<RevocationQuestion>& questions, Time at) {
  prefetch(questions, at);
  std::vector<CertificateEvidence> out;
  for (const RevocationQuestion& question : questions) out.push_back(known_.at(key_of(question, at)));
  return out;
}

}  // namespace waxseal::smime
