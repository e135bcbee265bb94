// What is done with a complete message: judge it, store it for recipients of ours, tell the MTA which fields to change.
// Knows nothing of libmilter.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "delivery/deliver.h"
#include "delivery/limiter.h"
#include "delivery/pipeline.h"
#include "milter/heartbeat.h"
#include "milter/message.h"
#include "milter/rules.h"

namespace waxseal::milter {

// What the MTA can be asked for at the end of a message.  false: it could not be told.
class Edits {
 public:
  virtual ~Edits() = default;
  virtual bool delete_field(const std::string& name, int index) = 0;                 // among those of the name, from 1
  virtual bool insert_field(const std::string& name, const std::string& value) = 0;  // on top
  virtual void progress() = 0;  // we are still at it; from another thread, never at the same time as the others
};

struct Answer {
  enum class Kind { kAccept, kTempfail, kReject };
  Kind kind = Kind::kAccept;
  std::string code, enhanced, text;  // of a refusal

  std::string words() const { return kind == Kind::kAccept ? "accept" : code + ' ' + enhanced; }
};

enum class OnQuota { kDefer, kReject, kAccept };

struct FilterOptions {
  std::string hostname;
  smime::Policy policy;
  authres::Options authres;
  MessageOptions message;
  std::string recipient_delimiters = "+";
  bool store = true;
  bool annotate = true;
  bool accept_without_database = false;  // on_database_failure = accept
  OnQuota on_quota = OnQuota::kDefer;
  std::chrono::milliseconds budget{8000};               // of waiting and judging (NET-16)
  std::chrono::milliseconds progress_interval{10'000};  // of the MTA's content timeout of 300 s
  Rules rules;
  std::vector<smime::Code> reject_codes;
  std::size_t verifications = 1;  // at once; 0: one for each processor
};

// Thread-safe.
class Filter {
 public:
  Filter(store::Database&, const Clock&, FilterOptions);

  const FilterOptions& options() const { return options_; }
  // Reads what every verdict needs.  Throws store::Unavailable.
  void warm_up() { pipeline_.warm_up(); }

  // Fields that falsely claim to be ours are removed from every message that is accepted, also when nothing else can be
  // done (rule R7).  kTempfail and kReject: the message is not acknowledged, a retry stores nobody's copy twice (G3).
  Answer finish(Message& message, const std::string& queue_id, Edits& edits);

 private:
  friend class Handling;

  store::Database& database_;
  const Clock& clock_;
  const FilterOptions options_;
  smime::Verifier verifier_;
  delivery::Pipeline pipeline_;
  delivery::Places places_;
  Heartbeat heartbeat_;
};

}  // namespace waxseal::milter
