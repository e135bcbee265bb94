// The thread of waxseal-reverifyd that fetches: what is slow out there must not keep a certificate from expiring on
// time in here.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "reverify/crl_files.h"
#include "reverify/evidence_sink.h"
#include "service/config.h"

namespace waxseal::reverifyd {

class FetchWorker {
 public:
  // Starts at once.  `verifier` must outlive it.
  FetchWorker(const service::Config& config, store::Database& database, smime::Verifier& verifier, const Clock& clock);
  ~FetchWorker();  // ends a fetch in progress

 private:
  void run();
  void round();
  bool stopping() const { return stop_; }

  store::Database& database_;
  const Clock& clock_;
  const Seconds poll_;
  const bool revocation_;  // otherwise issuer certificates alone
  const std::vector<std::string> crl_urls_;
  reverify::CrlFiles crl_files_;
  Time files_at_{};
  fetch::SystemResolver resolver_;
  fetch::Fetcher fetcher_;
  reverify::EvidenceSink sink_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  std::thread thread_;
};

}  // namespace waxseal::reverifyd
