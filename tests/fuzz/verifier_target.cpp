#include "fuzz/target.h"
#include "fuzz/trusted_verifier.h"

namespace waxseal::fuzz {

namespace {

// What the store does: facts as JSON, judged again later.
void check_facts_last(const smime::Verification& verification) {
  const auto stored = smime::facts_from_json(smime::facts_to_json(verification.extracted.facts));
  require(stored.has_value(), "facts can be stored");
  const smime::Verdict again =
      smime::judge(*stored, verification.states, smime::Policy{}, verification_time(), smime::Epoch::kNow);
  require(again == verification.verdict, "stored facts give the same verdict");
}

void check_texts(const smime::Verdict& verdict) {
  const auto texts = smime::error_texts(verdict);
  require(texts.has_value() == (verdict.status == smime::Status::kFailed), "ERR-02: errors belong to signed/failed");
  if (texts)
    require(!texts->empty() && texts->size() <= smime::kMaxVisibleCodes, "ERR-03: at least one and at most 16 errors");
  require(verdict.status != smime::Status::kVerified || verdict.fatal.empty(), "nothing fatal is verified");
}

}  // namespace

void verifier(Octets input) {
  const smime::Verification verification = verify(input);
  require_no_forgery(input, verification);
  check_facts_last(verification);
  check_texts(verification.verdict);
}

}  // namespace waxseal::fuzz
