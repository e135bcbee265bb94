#include "store/sent_counts.h"

#include <algorithm>

#include "store/pool.h"

namespace waxseal::store {

namespace {

constexpr std::int64_t kSlot = 300;  // seconds
constexpr std::int64_t kHour = 3600 / kSlot, kDay = 86400 / kSlot;

std::int64_t slot_of(Time time) {
  return std::chrono::duration_cast<Seconds>(time.time_since_epoch()).count() / kSlot;
}

}  // namespace

SentCounts::SentCounts(Transaction& transaction, AccountId account, const SendingLimits& limits, Time now)
    : transaction_(transaction), account_(account), limits_(limits), now_(slot_of(now)) {
  if (!limited()) return;
  for (const Row& row :
       transaction.exec("SELECT slot, messages, recipients FROM sent_counts WHERE account_id = $1 AND slot >= $2",
                        account, now_ - kDay)) {
    slots_[integer(row, 0)] = {integer(row, 1), integer(row, 2)};
  }
}

std::optional<SendingPause> SentCounts::pause(std::size_t recipients) const {
  const auto hour = free_at(kHour, limits_.messages_per_hour, 1, &Sent::messages);
  const auto day = free_at(kDay, limits_.recipients_per_day, static_cast<std::int64_t>(recipients), &Sent::recipients);
  if (!hour && !day) return std::nullopt;
  if (!day || (hour && *hour > *day)) return SendingPause{SendingLimit::kMessagesPerHour, *hour};
  return SendingPause{SendingLimit::kRecipientsPerDay, *day};
}

// nullopt: `more` fit in now.  A slot counts until a whole `window` has passed since its end: what was sent in its last
// second did not count too short.
std::optional<Time> SentCounts::free_at(std::int64_t window, std::size_t limit, std::int64_t more,
                                        std::int64_t Sent::*counted) const {
  if (limit == 0) return std::nullopt;
  std::int64_t over = more - static_cast<std::int64_t>(limit);
  const auto first = slots_.lower_bound(now_ - window);
  for (auto slot = first; slot != slots_.end(); ++slot) over += slot->second.*counted;
  if (over <= 0) return std::nullopt;
  std::int64_t gone = now_;
  for (auto slot = first; slot != slots_.end() && over > 0; ++slot) {
    over -= slot->second.*counted;
    gone = slot->first;
  }
  return Time(Seconds((gone + 1 + window) * kSlot));
}

void SentCounts::count(std::size_t recipients) {
  for (Sent* sent : {&slots_[now_], &counted_}) {
    sent->messages += 1;
    sent->recipients += static_cast<std::int64_t>(recipients);
  }
}

void SentCounts::write() {
  if (!limited() || counted_.messages == 0) return;
  transaction_.exec("DELETE FROM sent_counts WHERE account_id = $1 AND slot < $2", account_, now_ - kDay);
  transaction_.exec(
      "INSERT INTO sent_counts (account_id, slot, messages, recipients) VALUES ($1, $2, $3, $4) ON CONFLICT "
      "(account_id, slot) DO UPDATE SET messages = sent_counts.messages + excluded.messages, recipients = "
      "sent_counts.recipients + excluded.recipients",
      account_, now_, counted_.messages, counted_.recipients);
}

}  // namespace waxseal::store
