// One signed layer judged as a whole (SIG-33, SIG-50).  Private to lib/smime.
#pragma once

#include <optional>
#include <vector>

#include "smime/identity.h"
#include "smime/judge.h"

namespace waxseal::smime {

// What a message is judged by.
struct Terms {
  const std::vector<mime::Mailbox>& from;  // empty: From has a fault of its own
  const ComparableFrom& comparable_from;
  const UnitStates& states;
  const Policy& policy;
  Time received_at;
  bool legacy_mail = false;  // 2.4, weak_legacy_before

  const ComparableAddress* matched(const CertAddress& address) const;  // the mailbox of From; nullptr: none
  bool is_fatal(Code code) const { return policy.severity(code, legacy_mail) == Severity::kFatal; }
  bool any_fatal(const std::vector<Code>& codes) const;
};

enum class Standing { kFailed, kPending, kValid };  // kPending: valid if its units turn out to be

struct LayerJudgement {
  Standing standing = Standing::kFailed;
  std::vector<Code> codes;       // of every severity; a fatal one if it failed, internal_error if a unit broke
  bool meets_from = false;       // an address of some signer is in From (SIG-60)
  std::optional<CertId> signer;  // see Verdict
  std::string signer_address;
};

LayerJudgement judge_layer(const LayerFacts& layer, const Terms& terms);

}  // namespace waxseal::smime
