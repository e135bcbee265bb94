#include "store/notify.h"

#include "store/pool.h"

namespace waxseal::store {

Notifier::~Notifier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Notifier::changed(AccountId account) {
  const std::lock_guard lock(mutex_);
  if (!pending_.insert(account).second) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

void Notifier::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    const std::string accounts = array_of(pending_, [](AccountId id) { return id.value; });
    pending_.clear();
    lock.unlock();
    try {
      send_(accounts);
    } catch (...) {  // a hint that is lost
    }
    lock.lock();
    wake_.wait_for(lock, kPace, [this] { return stopping_; });
  }
}

void Database::Impl::notify(const std::string& accounts) {
  Lease lease(*this);
  try {
    Transaction transaction(lease.connection(), Transaction::Mode::kAutocommit);
    transaction.exec("SELECT pg_notify($1, account::text) FROM unnest($2::bigint[]) AS account",
                     std::string_view(kChangesChannel), accounts);
    transaction.commit();
  } catch (...) {
    lease.discard();
    throw;
  }
}

}  // namespace waxseal::store
