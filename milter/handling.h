// One message at its end: the steps of Filter::finish, and what they found out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/rewrite.h"
#include "milter/filter.h"
#include "milter/filter_log.h"

namespace waxseal::milter {

class Handling {
 public:
  Handling(Filter& filter, Message& message, const std::string& queue_id, Edits& edits);
  Answer run();

 private:
  Answer decide();
  void judge();
  const smime::Code* reason_to_reject() const;
  std::vector<delivery::Recipient> our_recipients();
  Answer store();
  Answer store_for(const std::vector<delivery::Recipient>& recipients);
  Answer answer_for(const std::vector<delivery::Delivered>& results) const;
  Answer without_store();
  Answer too_large();
  Answer edit();
  bool nobody_wants_it() const;
  authres::Options authres_options() const;

  Filter& filter_;
  const FilterOptions& options_;
  Message& message_;
  const std::string& queue_id_;
  Edits& edits_;
  Report report_;
  std::optional<delivery::Limiter::Place> place_;  // while octets are read
  std::optional<delivery::Judged> judged_;
};

}  // namespace waxseal::milter
