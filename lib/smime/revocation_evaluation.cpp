// REV-10 and REV-11: what evidence says of one certificate, now or at a past T.
#include <algorithm>
#include <tuple>

#include "smime/crl_acceptance.h"
#include "smime/revocation.h"

namespace waxseal::smime {

namespace {

// What lists or answers say of a certificate that no entry names.
struct Coverage {
  unsigned reasons = 0;
  std::vector<Evidence> evidence;
  std::optional<Time> ends;  // the first of them to run out

  bool complete() const { return reasons == kAllReasons; }
  void add(unsigned covered, Evidence what, Time until) {
    if ((covered & ~reasons) == 0) return;  // nothing that is not known already
    reasons |= covered;
    evidence.push_back(what);
    ends = std::min(ends.value_or(until), until);
  }
};

class Evaluation {
 public:
  Evaluation(const RevocationQuestion& question, const CertificateEvidence& evidence, const Policy& policy, Time at,
             Epoch epoch)
      : question_(question), evidence_(evidence), policy_(policy), knobs_(policy.revocation), at_(at), epoch_(epoch) {}

  RevocationFinding run() {
    if (auto listed = ledger()) return *listed;
    if (knobs_.mode == RevocationMode::kOff || expired_now()) return {.state = RevocationState::kNotAsked};
    const bool ocsp_first = knobs_.prefer_ocsp && !evidence_.answers.empty();  // REV-20
    if (ocsp_first && answered_unknown()) return undetermined();
    for (const bool ocsp : {ocsp_first, !ocsp_first}) {
      const Coverage found = ocsp ? answers() : lists();
      if (found.complete()) return good(found);
    }
    return undetermined();
  }

 private:
  bool now() const { return epoch_ == Epoch::kNow; }
  // Its lists need not name it any more, and nothing that they say could matter (REV-10).
  bool expired_now() const { return now() && at_ > question_.certificate->not_after(); }

  RevocationFinding good(const Coverage& found) const {
    RevocationFinding out{RevocationState::kGood, {}, found.evidence, std::nullopt};
    if (now()) out.next_change = found.ends;
    return out;
  }

  // --- the ledger ---

  RevocationFinding revoked(const LedgerEntry& entry, bool hold) const {
    const Code signer = hold ? Code::cert_on_hold : Code::cert_revoked;
    return {hold ? RevocationState::kOnHold : RevocationState::kRevoked,
            {question_.depth == 0 ? signer : Code::issuer_revoked},
            {entry.source},
            std::nullopt};
  }

  // nullopt: no entry decides.
  std::optional<RevocationFinding> ledger() const {
    const LedgerEntry* held = nullptr;
    const LedgerEntry* later = nullptr;
    for (const LedgerEntry& entry : evidence_.entries) {
      switch (now() ? standing_now(entry) : standing_then(entry)) {
        case Standing::kRevoked:
          return revoked(entry, false);
        case Standing::kHeld:
          held = &entry;
          break;
        case Standing::kLater:
          later = &entry;
          break;
        case Standing::kNothing:
          break;
      }
    }
    if (held != nullptr) return revoked(*held, true);
    if (later == nullptr) return std::nullopt;
    // REV-11 1: an entry that begins after T says that there was none before.
    return RevocationFinding{RevocationState::kGood, {}, {later->source}, std::nullopt};
  }

  enum class Standing { kNothing, kLater, kHeld, kRevoked };

  // REV-10: whatever its date says (5280 section 5.3.1).
  Standing standing_now(const LedgerEntry& entry) const {
    if (entry.reason == kRemoveFromCrl || (entry.released_at && *entry.released_at <= at_)) return Standing::kNothing;
    return entry.reason == kCertificateHold ? Standing::kHeld : Standing::kRevoked;
  }

  // REV-11 1.
  Standing standing_then(const LedgerEntry& entry) const {
    if (entry.reason == kRemoveFromCrl) return Standing::kNothing;
    if (entry.reason == kCertificateHold) {
      if (entry.revoked_at > at_) return Standing::kLater;
      const bool released = entry.released_at && *entry.released_at <= at_;
      return released ? Standing::kNothing : Standing::kHeld;
    }
    const bool compromise =
        entry.reason == kKeyCompromise || entry.reason == kCaCompromise || entry.reason == kAaCompromise;
    if (compromise && !entry.invalidity_date && knobs_.late_key_compromise_always) return Standing::kRevoked;
    const Time from = std::min(entry.revoked_at, entry.invalidity_date.value_or(entry.revoked_at));
    return from <= at_ ? Standing::kRevoked : Standing::kLater;
  }

  // --- lists ---

  bool may_use(const ListHead& list) const {
    if (list.delta && !knobs_.deltas) return false;
    const bool foreign = list.authority != question_.authority();
    return !foreign || knobs_.indirect_crl;
  }

  Coverage lists() const {
    std::vector<const ListHead*> newest_first;
    for (const ListHead& list : evidence_.lists)
      if (may_use(list) && serves(list)) newest_first.push_back(&list);
    std::ranges::sort(newest_first, [](const ListHead* a, const ListHead* b) {
      return std::tie(b->this_update, b->id) < std::tie(a->this_update, a->id);
    });
    Coverage out;
    for (const ListHead* each : newest_first) {
      const ListHead& list = *each;
      unsigned reasons = 0;
      if (!covers(list, question_, reasons)) continue;
      if (!list.delta) {
        out.add(reasons, {Evidence::Kind::kCrl, list.id}, list.ends() + knobs_.stale_grace);
      } else if (const ListHead* base = base_of(list)) {
        out.add(reasons, {Evidence::Kind::kCrl, list.id}, list.ends() + knobs_.stale_grace);
        out.evidence.push_back({Evidence::Kind::kCrl, base->id});
      }
    }
    return out;
  }

  // REV-06: BaseCRLNumber <= the base's number < the delta's number, of one issuer and one scope (5280 section 5.2.4).
  const ListHead* base_of(const ListHead& delta) const {
    for (const ListHead& base : evidence_.lists) {
      const bool fits = !base.delta && base.authority == delta.authority && base.scope == delta.scope &&
                        !base.number.empty() && !number_less(base.number, delta.base_number) &&
                        number_less(base.number, delta.number) && base.this_update <= delta.this_update;
      if (fits) return &base;
    }
    return nullptr;
  }

  bool serves(const ListHead& list) const {
    if (now()) return list.this_update <= at_ + kRevocationSkew && at_ < list.ends() + knobs_.stale_grace;
    return serves_then(list.this_update, list.ends(), list.expired_certs_since);
  }

  // REV-11 2 to 4, for lists and answers.
  bool serves_then(Time this_update, Time ends, std::optional<Time> kept_since) const {
    const Time not_after = question_.certificate->not_after();
    if (this_update > not_after) return kept_since && *kept_since <= not_after;
    return this_update >= at_ || at_ < ends + knobs_.stale_grace;
  }

  // --- OCSP ---

  bool serves(const OcspAnswer& answer) const {
    if (now()) return answer.this_update <= at_ + kRevocationSkew && at_ < answer.ends();
    return serves_then(answer.this_update, answer.ends(), answer.archive_cutoff);
  }

  Coverage answers() const {
    Coverage out;
    for (const OcspAnswer& answer : evidence_.answers)
      if (answer.status == OcspStatus::kGood && serves(answer))
        out.add(kAllReasons, {Evidence::Kind::kOcsp, answer.id}, answer.ends());
    return out;
  }

  bool answered_unknown() const {  // REV-25
    const auto serving = [&](OcspStatus status) {
      return std::ranges::any_of(evidence_.answers,
                                 [&](const OcspAnswer& answer) { return answer.status == status && serves(answer); });
    };
    return serving(OcspStatus::kUnknown) && !serving(OcspStatus::kGood);
  }

  // --- no answer ---

  bool has_fault(Code code) const { return std::ranges::find(evidence_.faults, code) != evidence_.faults.end(); }

  RevocationFinding undetermined() const {
    const bool configured =
        std::ranges::any_of(evidence_.lists, [&](const ListHead& list) { return list.configured && may_use(list); });
    if (question_.pointers.none() && !configured)
      return {RevocationState::kNoPointer, {Code::revocation_no_pointer}, {}, std::nullopt};
    RevocationFinding out{RevocationState::kUndetermined, {}, {}, std::nullopt};
    const bool crl = !question_.pointers.points.empty() || configured || question_.pointers.malformed;
    if (crl) out.codes.push_back(why_no_list());
    const bool asked_ocsp = answered_unknown() || has_fault(Code::ocsp_unavailable) || has_fault(Code::ocsp_invalid);
    if (!question_.pointers.ocsp_urls.empty() && (!crl || asked_ocsp)) out.codes.push_back(why_no_answer());
    sort_codes(out.codes);
    return out;
  }

  // REV-32.
  Code why_no_list() const {
    for (const Code code : {Code::crl_too_large, Code::crl_invalid, Code::crl_url_not_allowed})
      if (has_fault(code)) return code;
    const auto& points = question_.pointers.points;
    const bool all_indirect = !points.empty() && std::ranges::all_of(points, &DistributionPoint::indirect);
    if ((all_indirect && !knobs_.indirect_crl) || has_fault(Code::crl_indirect_unsupported))
      return Code::crl_indirect_unsupported;
    const bool ran_out = std::ranges::any_of(evidence_.lists, [&](const ListHead& list) {
      unsigned reasons = 0;
      return may_use(list) && !serves(list) && covers(list, question_, reasons);
    });
    return ran_out ? Code::crl_expired : Code::crl_unavailable;
  }

  Code why_no_answer() const {
    if (answered_unknown()) return Code::ocsp_unknown;
    return has_fault(Code::ocsp_invalid) ? Code::ocsp_invalid : Code::ocsp_unavailable;
  }

  const RevocationQuestion& question_;
  const CertificateEvidence& evidence_;
  const Policy& policy_;
  const RevocationPolicy& knobs_;
  const Time at_;
  const Epoch epoch_;
};

}  // namespace

RevocationFinding evaluate_revocation(const RevocationQuestion& question, const CertificateEvidence& evidence,
                                      const Policy& policy, Time at, Epoch epoch) {
  return Evaluation(question, evidence, policy, at, epoch).run();
}

}  // namespace waxseal::smime
