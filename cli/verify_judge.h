// One message judged and put into words; on any thread.
#pragma once

#include <memory>

#include "cli/verify_batch.h"
#include "cli/verify_report.h"
#include "store/revocation.h"

namespace waxseal::cli {

enum class Form { kText, kJson };

class Judge {
 public:
  Judge(smime::Policy policy, std::shared_ptr<const smime::TrustStore> trust, Time at, Form form, View view)
      : form_(form), view_(std::move(view)), at_(at), verifier_(std::move(policy)), trust_(std::move(trust)) {}

  // Evidence besides the lists of each message (REV-03): lists, and what a database has (nullptr: none).  `now` is the
  // machine's time: a verdict of the past is judged as one at delivery (REV-11).  Before the first message.
  void use_evidence(std::vector<std::string> crls, store::Database* database, Time now) {
    crls_ = std::move(crls);
    database_ = database;
    now_ = now;
  }

  // Thread-safe, never throws: what cannot be judged is an error of this message alone.
  Outcome operator()(Input input);

 private:
  Outcome verdict_of(Input input);
  Report best_reading(Input input);
  Report judge(const Input& input, Octets octets);
  Outcome failure(const Input& input, const std::string& error) const;

  const Form form_;
  const View view_;
  const Time at_;
  smime::Verifier verifier_;
  std::shared_ptr<const smime::TrustStore> trust_;
  std::vector<std::string> crls_;
  store::Database* database_ = nullptr;
  Time now_{};
};

}  // namespace waxseal::cli
