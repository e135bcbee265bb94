// What is done with a complete message: judge it, store it for recipients of ours, tell the MTA which fields to change.
// Knows nothing of libmilter.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "delivery/deliver.h"
#include "delivery/pipeline.h"
#include "milter/limiter.h"
#include "milter/message.h"

namespace waxseal::milter {

// What the MTA can be asked for at the end of a message.  false: it could not be told.
class Edits {
 public:
  virtual ~Edits() = default;
  virtual bool delete_result_field(int index) = 0;                 // of Authentication-Results, from 1
  virtual bool insert_result_field(const std::string& value) = 0;  // on top
  virtual void progress() = 0;                                     // we are still at it
};

enum class Answer { kAccept, kTempfail, kTooBig };

struct FilterOptions {
  std::string hostname;
  smime::Policy policy;
  authres::Options authres;
  MessageOptions message;
  bool store = true;
  bool accept_without_database = false;  // on_database_failure = accept
  std::size_t verifications = 1;         // at once
};

// Thread-safe.
class Filter {
 public:
  Filter(store::Database&, const Clock&, FilterOptions);

  const FilterOptions& options() const { return options_; }

  // Fields that falsely claim to be ours are removed from every message that is accepted, also when nothing else can be
  // done (rule R7).  kTempfail and kTooBig: the message is not acknowledged, a retry stores nobody's copy twice (G3).
  Answer finish(Message& message, const std::string& queue_id, Edits& edits);

 private:
  std::optional<delivery::Judged> judge(Octets octets, const std::string& queue_id);
  std::vector<delivery::Recipient> our_recipients(const Message& message);
  bool store_all(Message&, const delivery::Judged&, const std::string& queue_id, Edits&);
  bool store_for(const std::vector<delivery::Recipient>&, Message&, const delivery::Judged&,
                 const std::string& queue_id, Edits&);
  Answer finish_too_large(const Message& message, const std::string& queue_id, Edits& edits);
  Answer edit(const Message&, const std::optional<delivery::Judged>&, Edits&);
  authres::Options options_for(const Message&) const;

  store::Database& database_;
  const Clock& clock_;
  FilterOptions options_;
  smime::Verifier verifier_;
  delivery::Pipeline pipeline_;
  Limiter limiter_;
};

}  // namespace waxseal::milter
