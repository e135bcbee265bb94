#include "smime/layer_judgement.h"

#include <algorithm>
#include <set>

namespace waxseal::smime {

namespace {

constexpr Seconds kClockTolerance{24 * 3600};  // SIG-40

void append(std::vector<Code>& to, const std::vector<Code>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

bool contains(const std::vector<Code>& codes, Code code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

const CertAddress* first_match(const Candidate& candidate, const Terms& terms) {
  auto it = std::find_if(candidate.addresses.begin(), candidate.addresses.end(),
                         [&](const CertAddress& address) { return terms.matched(address) != nullptr; });
  return it == candidate.addresses.end() ? nullptr : &*it;
}

// --- one certificate for one signature ---

struct CandidateJudgement {
  const Candidate* candidate = nullptr;  // nullptr: there is none
  Standing standing = Standing::kFailed;
  bool meets_from = false;
  bool unit_broke = false;  // internal_error: to be evaluated again
  std::vector<Code> codes;
};

CandidateJudgement judge_candidate(const Candidate& candidate, const Terms& terms) {
  CandidateJudgement out{.candidate = &candidate, .meets_from = first_match(candidate, terms) != nullptr};
  out.codes = candidate.codes;
  if (candidate.bad_email) out.codes.push_back(Code::cert_bad_email);
  const auto state = terms.states.find(candidate.unit.id());
  const bool known = state != terms.states.end();
  out.unit_broke = known && contains(state->second.codes, Code::internal_error);
  const bool evaluated = known && !out.unit_broke;
  if (evaluated) append(out.codes, state->second.codes);
  if (!candidate.verifies || terms.any_fatal(out.codes)) return out;
  out.standing = evaluated ? Standing::kValid : Standing::kPending;
  return out;
}

// --- one SignerInfo ---

struct SignerJudgement {
  const SignerFacts* facts = nullptr;
  CandidateJudgement chosen;
  Standing standing = Standing::kFailed;
  std::vector<Code> codes;

  bool meets_from() const { return chosen.meets_from; }
  bool good() const { return standing != Standing::kFailed; }
};

std::vector<CandidateJudgement> judge_candidates(const SignerFacts& signer, const Terms& terms) {
  std::vector<CandidateJudgement> out;
  for (const Candidate& candidate : signer.candidates) out.push_back(judge_candidate(candidate, terms));
  return out;
}

template <class Wanted>
const CandidateJudgement* best(const std::vector<CandidateJudgement>& all, Wanted wanted) {
  for (const Standing standing : {Standing::kValid, Standing::kPending})
    for (const CandidateJudgement& candidate : all)
      if (candidate.standing == standing && wanted(candidate)) return &candidate;
  return nullptr;
}

// SIG-33 with section 4: path and identity, of the same certificate.
const CandidateJudgement* fully_valid(const std::vector<CandidateJudgement>& all) {
  return best(all, [](const CandidateJudgement& candidate) { return candidate.meets_from; });
}

// A signer beside the author need not be in From (SIG-50 c), but some certificate of his must be good.
const CandidateJudgement* valid_co_signer(const std::vector<CandidateJudgement>& all) {
  return best(all, [](const CandidateJudgement&) { return true; });
}

bool is_future(const SignerFacts& signer, const Terms& terms) {
  return signer.signing_time && *signer.signing_time > terms.received_at + kClockTolerance;
}

// The safe reading of facts that name no reason: without a certificate, or without right arithmetic, there is no
// signature.
std::optional<Code> unexplained(const SignerFacts& signer, const CandidateJudgement& chosen, const Terms& terms) {
  if (terms.any_fatal(signer.codes)) return std::nullopt;
  if (chosen.candidate == nullptr) return Code::signer_cert_not_found;
  if (chosen.candidate->verifies || terms.any_fatal(chosen.candidate->codes)) return std::nullopt;
  return Code::signature_invalid;
}

SignerJudgement conclude(const SignerFacts& facts, CandidateJudgement chosen, const Terms& terms) {
  SignerJudgement out{&facts, std::move(chosen), Standing::kFailed, facts.codes};
  if (is_future(facts, terms)) out.codes.push_back(Code::signing_time_future);
  append(out.codes, out.chosen.codes);
  if (const auto missing = unexplained(facts, out.chosen, terms)) out.codes.push_back(*missing);
  if (!terms.any_fatal(out.codes)) out.standing = out.chosen.standing;
  return out;
}

std::vector<SignerJudgement> judge_signers(const LayerFacts& layer, const Terms& terms) {
  std::vector<std::vector<CandidateJudgement>> candidates;
  for (const SignerFacts& signer : layer.signers) candidates.push_back(judge_candidates(signer, terms));
  const bool someone_matches =
      std::any_of(candidates.begin(), candidates.end(), [](const auto& all) { return fully_valid(all) != nullptr; });
  std::vector<SignerJudgement> out;
  for (std::size_t i = 0; i < layer.signers.size(); ++i) {
    const auto& all = candidates[i];
    const CandidateJudgement* chosen = fully_valid(all);
    if (chosen == nullptr && someone_matches) chosen = valid_co_signer(all);
    if (chosen == nullptr && !all.empty()) chosen = &all.front();
    out.push_back(conclude(layer.signers[i], chosen == nullptr ? CandidateJudgement{} : *chosen, terms));
  }
  return out;
}

// --- groups of one signer's SignerInfos (SIG-50) ---

std::vector<std::string> address_set(const SignerJudgement& signer) {
  std::vector<std::string> out;
  if (signer.chosen.candidate == nullptr) return out;
  for (const CertAddress& address : signer.chosen.candidate->addresses) out.push_back(address.address());
  std::sort(out.begin(), out.end());
  return out;
}

bool same_signer(const SignerJudgement& a, const SignerJudgement& b) {
  if (a.chosen.candidate == nullptr || b.chosen.candidate == nullptr) return false;
  if (a.chosen.candidate->certificate == b.chosen.candidate->certificate) return true;
  const auto addresses = address_set(a);
  return !addresses.empty() && addresses == address_set(b);
}

using Group = std::vector<const SignerJudgement*>;

std::vector<Group> group(const std::vector<SignerJudgement>& signers) {
  std::vector<Group> groups;
  for (const SignerJudgement& signer : signers) {
    auto it = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return std::any_of(g.begin(), g.end(),
                         [&](const SignerJudgement* member) { return same_signer(*member, signer); });
    });
    if (it == groups.end()) it = groups.insert(groups.end(), Group{});
    it->push_back(&signer);
  }
  return groups;
}

// (b): arithmetic that is wrong under a supported algorithm is never excused by a sibling.
bool is_forged(const SignerJudgement& signer) {
  if (signer.facts->unsupported_algorithm) return false;
  return contains(signer.codes, Code::digest_mismatch) || contains(signer.codes, Code::signature_invalid);
}

Standing standing_of(const Group& group) {
  Standing best = Standing::kFailed;
  for (const SignerJudgement* signer : group) {
    if (is_forged(*signer)) return Standing::kFailed;
    best = std::max(best, signer->standing);
  }
  return best;
}

bool group_meets_from(const Group& group) {
  return std::any_of(group.begin(), group.end(), [](const SignerJudgement* s) { return s->meets_from(); });
}

// --- identity of the layer: SIG-50 (c), IDN-04, IDN-25 ---

template <class Counts>
bool all_from_matched(const std::vector<Group>& groups, const Terms& terms, Counts counts) {
  if (terms.from.empty() || !terms.comparable_from.complete()) return false;
  std::set<const ComparableAddress*> matched;
  for (const Group& group : groups) {
    for (const SignerJudgement* signer : group) {
      if (signer->chosen.candidate == nullptr || !counts(*signer)) continue;
      for (const CertAddress& address : signer->chosen.candidate->addresses)
        if (const ComparableAddress* found = terms.matched(address)) matched.insert(found);
    }
  }
  return matched.size() == terms.comparable_from.size();
}

// What the certificates in hand say of From, whether or not they are valid (3.8: expired and mismatch are two errors).
std::optional<Code> identity_problem(const std::vector<Group>& groups, const Terms& terms) {
  if (terms.from.empty()) return std::nullopt;  // the From field's own code says it
  bool any_certificate = false, any_address = false;
  for (const Group& group : groups) {
    for (const SignerJudgement* signer : group) {
      if (signer->chosen.candidate == nullptr) continue;
      any_certificate = true;
      any_address = any_address || !signer->chosen.candidate->addresses.empty();
    }
  }
  if (!any_certificate) return std::nullopt;  // signer_cert_not_found says it
  if (!any_address) return Code::cert_no_email;
  if (all_from_matched(groups, terms, [](const SignerJudgement&) { return true; })) return std::nullopt;
  return terms.from.size() == 1 ? Code::from_mismatch : Code::from_multiple_unmatched;
}

// --- the layer ---

// multi_signer = from_signer_only: groups that do not speak for From are left out, if any does.
std::vector<Group> groups_that_count(std::vector<Group> groups, const Policy& policy) {
  if (!policy.multi_signer_from_only) return groups;
  std::vector<Group> from;
  std::copy_if(groups.begin(), groups.end(), std::back_inserter(from), group_meets_from);
  return from.empty() ? groups : from;
}

Standing weakest(const std::vector<Group>& groups) {
  Standing weakest = groups.empty() ? Standing::kFailed : Standing::kValid;
  for (const Group& group : groups) weakest = std::min(weakest, standing_of(group));
  return weakest;
}

void add_signer_codes(const std::vector<Group>& groups, LayerJudgement& out) {
  bool author_is_good = false, other_failed = false;
  for (const Group& group : groups) {
    const Standing standing = standing_of(group);
    for (const SignerJudgement* signer : group) {
      const bool ignored = standing != Standing::kFailed && !signer->good();  // a sibling is valid
      if (!ignored) append(out.codes, signer->codes);
      author_is_good = author_is_good || (signer->good() && signer->meets_from());
      other_failed = other_failed || (!ignored && !signer->good());
    }
  }
  if (author_is_good && other_failed) out.codes.push_back(Code::other_signer_failed);
}

void name_signer(const std::vector<SignerJudgement>& signers, const Terms& terms, LayerJudgement& out) {
  const auto has_certificate = [](const SignerJudgement& s) { return s.chosen.candidate != nullptr; };
  auto it = std::find_if(signers.begin(), signers.end(), [](const SignerJudgement& s) { return s.meets_from(); });
  out.meets_from = it != signers.end();
  if (it == signers.end()) it = std::find_if(signers.begin(), signers.end(), has_certificate);
  if (it == signers.end()) return;
  const Candidate& candidate = *it->chosen.candidate;
  out.signer = candidate.certificate;
  if (const CertAddress* match = first_match(candidate, terms)) {
    out.signer_address = match->address();
  } else if (!candidate.addresses.empty()) {
    out.signer_address = candidate.addresses.front().address();
  }
}

}  // namespace

const ComparableAddress* Terms::matched(const CertAddress& address) const {
  return comparable_from.find(address, policy);
}

bool Terms::any_fatal(const std::vector<Code>& codes) const {
  return std::any_of(codes.begin(), codes.end(), [this](Code code) { return is_fatal(code); });
}

LayerJudgement judge_layer(const LayerFacts& layer, const Terms& terms) {
  LayerJudgement out;
  const std::vector<SignerJudgement> signers = judge_signers(layer, terms);
  const std::vector<Group> groups = groups_that_count(group(signers), terms.policy);
  name_signer(signers, terms, out);
  out.codes = layer.codes;
  if (signers.empty() && !terms.any_fatal(layer.codes)) out.codes.push_back(Code::cms_no_signers);
  const bool layer_is_sound = !layer.malformed && !terms.any_fatal(out.codes);
  add_signer_codes(groups, out);
  if (const auto problem = identity_problem(groups, terms)) out.codes.push_back(*problem);

  if (!layer_is_sound) return out;
  const auto valid = [](const SignerJudgement& signer) { return signer.standing == Standing::kValid; };
  const auto good = [](const SignerJudgement& signer) { return signer.good(); };
  if (all_from_matched(groups, terms, valid)) {
    out.standing = weakest(groups);
  } else if (all_from_matched(groups, terms, good)) {
    out.standing = std::min(weakest(groups), Standing::kPending);
  }
  const bool broke = std::any_of(signers.begin(), signers.end(), [](const auto& s) { return s.chosen.unit_broke; });
  if (out.standing == Standing::kPending && broke) out.codes.push_back(Code::internal_error);
  return out;
}

}  // namespace waxseal::smime
