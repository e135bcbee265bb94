#include "store/account_states.h"

#include <charconv>
#include <condition_variable>
#include <thread>

#include "store/notify.h"
#include "store/pool.h"

namespace waxseal::store {

namespace {

constexpr std::chrono::seconds kLongestBackOff{30};

// libpqxx 7.10 would rather have connection::listen(), which 6.4 does not know.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
class Receiver final : public pqxx::notification_receiver {
 public:
  Receiver(ListeningConnection& connection, const std::function<void(AccountId)>& changed)
      : pqxx::notification_receiver(connection, kChangesChannel), changed_(changed) {}
  void operator()(const std::string& payload, int) override {
    AccountId account;
    const char* const end = payload.data() + payload.size();
    const auto [stopped, error] = std::from_chars(payload.data(), end, account.value);
    if (error == std::errc() && stopped == end) changed_(account);
  }

 private:
  const std::function<void(AccountId)>& changed_;
};
#pragma GCC diagnostic pop

void listen_once(const DatabaseOptions& options, const std::function<void(AccountId)>& changed,
                 const std::function<bool()>& stop) {
  Connection connection(options);
  const Receiver receiver(connection.raw(), changed);
  while (!stop()) connection.raw().await_notification(1, 0);
}

}  // namespace

const std::vector<std::string>& state_types() {
  static const std::vector<std::string> types = {"Email", "Mailbox",  "Thread",         "EmailDelivery",
                                                 "Quota", "Identity", "EmailSubmission"};
  return types;
}

std::map<AccountId, AccountStates> account_states(Database& database, const std::vector<AccountId>& accounts) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::map<AccountId, AccountStates> out;
    for (const Row& row : transaction.exec(
             "SELECT account_id, epoch, email_modseq, mailbox_modseq, thread_modseq, delivery_modseq, used_bytes, "
             "coalesce(quota_bytes::text, 'none'), identity_modseq, submission_modseq FROM account_state WHERE "
             "account_id = ANY($1::bigint[])",
             array_of(accounts, [](AccountId id) { return id.value; }))) {
      AccountStates& states = out[{integer(row, 0)}];
      const auto push = [&](int column) {
        states.push_back(std::to_string(integer(row, 1)) + "." + std::to_string(integer(row, column)));
      };
      for (int column = 2; column <= 5; ++column) push(column);
      states.push_back(std::to_string(integer(row, 6)) + "-" + text(row, 7));
      for (int column = 8; column <= 9; ++column) push(column);
    }
    return out;
  });
}

void listen_for_changes(const DatabaseOptions& options, const std::function<void(AccountId)>& changed,
                        const std::function<bool()>& stop) {
  std::chrono::seconds back_off{1};
  while (!stop()) {
    const auto begun = std::chrono::steady_clock::now();
    try {
      listen_once(options, changed, stop);
    } catch (const std::exception&) {
      if (std::chrono::steady_clock::now() - begun > kLongestBackOff) back_off = std::chrono::seconds(1);
      for (auto left = back_off; left.count() > 0 && !stop(); --left)
        std::this_thread::sleep_for(std::chrono::seconds(1));
      back_off = std::min(back_off * 2, kLongestBackOff);
    }
  }
}

}  // namespace waxseal::store
