// After an upgrade that reads messages differently (smime::kFactsVersion), stored messages are read again.
#pragma once

#include <functional>
#include <memory>

#include "smime/verifier.h"
#include "store/facts_renewal.h"

namespace waxseal::reverify {

class FactsRenewer {
 public:
  FactsRenewer(store::Database&, smime::Verifier&);

  struct Result {
    std::size_t renewed = 0;
    std::size_t verdicts_changed = 0;
    bool more = false;  // call again: other work comes first
  };
  // Some thousand messages at most.  `evaluate_due` is called when units were made known that nobody has evaluated.
  Result run(const smime::TrustStore& trust, const store::Judge& judge, Time now,
             const std::function<void()>& evaluate_due, const std::function<bool()>& stop);

 private:
  struct Read {
    store::OldFacts old;
    store::NewFacts now;
  };
  std::vector<Read> read(const std::vector<store::OldFacts>& old, const smime::TrustStore& trust, Time now);

  void end_pass();

  store::Database& database_;
  smime::Verifier& verifier_;
  bool current_ = false;
  bool found_ = false;  // in this pass
  AccountId account_;
  EmailId last_;
};

}  // namespace waxseal::reverify
