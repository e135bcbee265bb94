// One connection of the MTA, as the callbacks see it.
#pragma once

#include <libmilter/mfapi.h>

#include <memory>
#include <optional>

#include "milter/activity.h"
#include "milter/filter.h"

namespace waxseal::milter {

// Its callbacks hop between threads, one at a time.
class Conversation {
 public:
  explicit Conversation(Activity& activity) : activity_(activity), connection_(activity, Activity::Kind::kConnection) {}

  // MAIL: whatever was before is forgotten (rule R9).
  Message& begin(std::shared_ptr<Filter> filter);
  void reset();

  LeadingSpace leading_space = LeadingSpace::kStripped;
  sfsistat step = SMFIS_CONTINUE;  // the answer to every step but the last: SMFIS_NOREPLY where that was negotiated
  Standing client;                 // of whoever talks to the MTA
  std::shared_ptr<Filter> filter;  // of the current message
  std::optional<Message> message;
  bool broken = false;  // a step failed: the message is not what the MTA has

 private:
  Activity& activity_;
  Activity::Token connection_;
  std::optional<Activity::Token> in_progress_;
};

// What a message begins with, by the rules of its filter.
Standing standing_of(const Rules& rules, const sockaddr* client);

// What the MTA answers to it is the MTA's: field names and values, by libmilter.
class MtaEdits final : public Edits {
 public:
  MtaEdits(SMFICTX* context, LeadingSpace leading_space) : context_(context), leading_space_(leading_space) {}
  bool delete_field(const std::string& name, int index) override;
  bool insert_field(const std::string& name, const std::string& value) override;
  void progress() override { smfi_progress(context_); }

 private:
  SMFICTX* context_;
  LeadingSpace leading_space_;
};

// Value of a macro; "" if the MTA did not send it.
std::string_view macro(SMFICTX* context, const char* name);
sfsistat reply(SMFICTX* context, const Answer& answer);

}  // namespace waxseal::milter
