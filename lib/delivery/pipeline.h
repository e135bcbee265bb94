// From octets to a stored message, the same for milter and LMTP: read once, judge at T = received_at, store per
// recipient.
//
// The octets that are judged are the octets that are stored (BYT-10).  The programs prepend trace fields; those are
// well-formed fields of ours outside of everything that a signature covers, and so change no fact: facts come from
// From, MIME-Version and Content-* of the root header and from the body.  This is an argument, not what is relied upon:
// what is stored is judged with its trace fields on top.  All recipients of one message get the same octets, so that
// this costs one reading and one copy however many they are.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authres/authres.h"
#include "base/clock.h"
#include "smime/verifier.h"
#include "store/append.h"
#include "store/trust_anchors.h"

namespace waxseal::delivery {

// What was found out about one message; valid as long as the octets that were judged.
struct Judged {
  smime::Extracted extracted;
  smime::UnitStates states_at_delivery;
  std::map<smime::UnitId, store::UnitEvaluation> evaluations;  // of the present: what re-verification starts from
  smime::Verdict at_delivery;
  bool at_delivery_final = true;  // false: evidence is missing, to be finalised within the grace (TIM-05)
  std::int64_t trust_version = 0;
  std::int64_t evidence_version = 0;
  Time received_at;
  Time judged_at;  // T of at_delivery: received_at, but for imports where the site wants it otherwise (TIM-08)

  // The certificate that the verdict names, or nullptr.
  const smime::Certificate* signer() const;
};

// One message ready for any number of accounts.
struct Prepared {
  Judged judged;
  Octets octets;  // what was judged
  Sha256 blob;
  mime::Summary summary;
  mime::SearchText text;
};

// Where a client puts a message that it brings (Email/import).
struct Import {
  std::vector<MailboxId> mailboxes;
  std::vector<std::string> keywords;  // lower case
};

class Pipeline {
 public:
  Pipeline(store::Database&, smime::Verifier&, const Clock&);

  // Facts and verdict at received_at, with evidence of revocation that the store has, no network.  Throws
  // store::Unavailable only if the trust store was never loaded; while the store does not answer, nothing is verified.
  Judged judge(Octets message, Time received_at);
  // The same for a message that did not come by delivery: `received_at` is what somebody says, and T is that or now,
  // as revocation.imported_at_delivery wants it (TIM-08).
  Judged judge_import(Octets message, Time received_at);
  // Loads the trust store now.  Throws store::Unavailable.
  void warm_up() { trust_.get(); }

  // Precondition: `judged` is of `octets`.
  static Prepared prepare(Judged judged, Octets octets);
  // A copy for one account.
  struct Copy {
    AccountId account;
    Sha256 delivery_key;
    bool again = false;  // the same message was just stored there for another address
  };
  // As many outcomes as copies.  See store::append_emails.
  std::vector<store::Outcome> store(const Prepared&, const std::vector<Copy>&);
  // The same for a message that goes to one account only.
  store::Appended store(const Judged&, Octets octets, AccountId, const Sha256& delivery_key);
  // The same for a message from judge_import().
  store::Appended import(const Prepared&, AccountId, const Sha256& delivery_key, const Import&,
                         const store::IfInState&);

 private:
  void evaluate(Judged& judged, const smime::TrustStore& trust);
  void give_up_evaluation(Judged& judged) const;

  store::Database& database_;
  smime::Verifier& verifier_;
  const Clock& clock_;
  store::TrustCache trust_;
};

}  // namespace waxseal::delivery
