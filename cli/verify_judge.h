// One message judged and put into words; on any thread.
#pragma once

#include <memory>

#include "cli/verify_batch.h"
#include "cli/verify_report.h"

namespace waxseal::cli {

enum class Form { kText, kJson };

class Judge {
 public:
  Judge(smime::Policy policy, std::shared_ptr<const smime::TrustStore> trust, Time at, Form form, View view)
      : form_(form), view_(std::move(view)), at_(at), verifier_(std::move(policy)), trust_(std::move(trust)) {}

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
};

}  // namespace waxseal::cli
