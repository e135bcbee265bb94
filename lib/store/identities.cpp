#include "store/identities.h"

#include <algorithm>
#include <map>
#include <set>

#include "store/pool.h"
#include "store/snapshot_impl.h"
#include "store/tombstones.h"

namespace waxseal::store {

namespace {

// '@example.net' is a domain's catch-all.
std::string identity_email(const std::string& address) {
  return address.starts_with('@') ? "*" + address : address;
}

std::set<std::string> wanted_emails(Database& database, AccountId account) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::set<std::string> out;
    for (const Row& row : transaction.exec("SELECT address FROM addresses WHERE account_id = $1", account)) {
      out.insert(identity_email(text(row, 0)));
    }
    return out;
  });
}

std::map<std::string, std::int64_t> of_addresses(Transaction& transaction, AccountId account) {
  std::map<std::string, std::int64_t> out;
  for (const Row& row :
       transaction.exec("SELECT email, identity_id FROM identities WHERE account_id = $1 AND of_address", account)) {
    out[text(row, 0)] = integer(row, 1);
  }
  return out;
}

void insert(Transaction& transaction, AccountId account, const Identity& identity) {
  transaction.exec(
      "INSERT INTO identities (account_id, identity_id, modseq, name, email, reply_to, bcc, text_signature, "
      "html_signature, of_address) VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9)",
      account, identity.id, identity.name, identity.email, identity.reply_to, identity.bcc, identity.text_signature,
      identity.html_signature, identity.of_address);
}

void remove(Transaction& transaction, AccountId account, const std::vector<std::int64_t>& ids, AccountLock& numbers) {
  transaction.exec("DELETE FROM identities WHERE account_id = $1 AND identity_id = ANY($2::bigint[])", account,
                   id_array(ids));
  bury(transaction, account, Buried::kIdentity, ids, numbers);
}

void sync(Transaction& transaction, AccountId account, const std::set<std::string>& wanted) {
  (void)lock_account(transaction, account);
  std::vector<std::int64_t> gone;
  std::set<std::string> missing = wanted;
  for (const auto& [email, id] : of_addresses(transaction, account)) {
    if (missing.erase(email) == 0) gone.push_back(id);
  }
  const auto count = static_cast<std::int64_t>(gone.size() + missing.size());
  if (count == 0) return;
  AccountLock numbers(transaction, account, count, kIdentityType);
  for (const std::string& email : missing) {
    insert(transaction, account,
           {.id = {numbers.take()},
            .name = "",
            .email = email,
            .reply_to = {},
            .bcc = {},
            .text_signature = "",
            .html_signature = "",
            .of_address = true});
  }
  if (!gone.empty()) remove(transaction, account, gone, numbers);
}

// One write in one transaction.
class Writing {
 public:
  Writing(Transaction& transaction, AccountId account, const IdentityWrite& wanted)
      : transaction_(transaction), account_(account), wanted_(wanted) {}

  IdentityWritten run() {
    const LockedStates states = lock_account(transaction_, account_);
    out_.state = state_now(states, states.identity, wanted_.if_in_state);
    if (out_.state.mismatch) return std::move(out_);
    read();
    for (const Identity& identity : wanted_.update) out_.updated.push_back(check_update(identity.id));
    for (const IdentityId id : wanted_.destroy) out_.destroyed.push_back(check_destroy(id));
    const std::size_t room = kMaxIdentities - std::min(kMaxIdentities, own_);
    const std::size_t creates = std::min(room, wanted_.create.size());
    if (creates + updates_.size() + destroys_.size() == 0) return none_created();
    AccountLock numbers(transaction_, account_, static_cast<std::int64_t>(creates + updates_.size() + destroys_.size()),
                        kIdentityType);
    write(numbers, creates);
    out_.state.after = state_string(states.epoch, numbers.last());
    return none_created();
  }

 private:
  void read() {
    for (const Row& row :
         transaction_.exec("SELECT identity_id, of_address FROM identities WHERE account_id = $1", account_)) {
      of_address_[{integer(row, 0)}] = boolean(row, 1);
      if (!boolean(row, 1)) ++own_;
    }
  }

  IdentityWriteFailure check_update(IdentityId id) {
    if (!of_address_.contains(id)) return IdentityWriteFailure::kNotFound;
    updates_.insert(id);
    return IdentityWriteFailure::kNone;
  }

  IdentityWriteFailure check_destroy(IdentityId id) {
    const auto found = of_address_.find(id);
    if (found == of_address_.end()) return IdentityWriteFailure::kNotFound;
    if (found->second) return IdentityWriteFailure::kOfAddress;
    destroys_.push_back(id.value);
    return IdentityWriteFailure::kNone;
  }

  void write(AccountLock& numbers, std::size_t creates) {
    for (std::size_t i = 0; i < creates; ++i) {
      Identity identity = wanted_.create[i];
      identity.id = {numbers.take()};
      insert(transaction_, account_, identity);
      out_.created.push_back(identity.id);
    }
    for (const Identity& identity : wanted_.update) {
      if (updates_.contains(identity.id)) update(identity, numbers.take());
    }
    if (!destroys_.empty()) remove(transaction_, account_, destroys_, numbers);
  }

  void update(const Identity& identity, std::int64_t modseq) {
    transaction_.exec(
        "UPDATE identities SET modseq = $3, name = $4, reply_to = $5, bcc = $6, text_signature = $7, html_signature = "
        "$8 WHERE account_id = $1 AND identity_id = $2",
        account_, identity.id, modseq, identity.name, identity.reply_to, identity.bcc, identity.text_signature,
        identity.html_signature);
  }

  // The rest found no room.
  IdentityWritten none_created() {
    out_.created.resize(wanted_.create.size());
    return std::move(out_);
  }

  Transaction& transaction_;
  const AccountId account_;
  const IdentityWrite& wanted_;
  IdentityWritten out_;
  std::map<IdentityId, bool> of_address_;
  std::size_t own_ = 0;
  std::set<IdentityId> updates_;
  std::vector<std::int64_t> destroys_;
};

}  // namespace

void sync_identities(Database& database, AccountId account) {
  const std::set<std::string> wanted = wanted_emails(database, account);
  const auto have =
      run_autocommit(database, [&](Transaction& transaction) { return of_addresses(transaction, account); });
  const auto is_wanted = [&](const auto& one) { return wanted.contains(one.first); };
  if (have.size() == wanted.size() && std::all_of(have.begin(), have.end(), is_wanted)) return;
  run(database, [&](Transaction& transaction) { sync(transaction, account, wanted); });
}

std::vector<Identity> get_identities(Snapshot& snapshot) {
  const auto optional_text = [](const Row& row, int column) {
    return row[static_cast<pqxx::row::size_type>(column)].is_null() ? std::nullopt : std::optional(text(row, column));
  };
  std::vector<Identity> out;
  for (const Row& row : snapshot.impl().exec(
           "SELECT identity_id, name, email, reply_to, bcc, text_signature, html_signature, of_address FROM identities "
           "WHERE account_id = $1 ORDER BY identity_id",
           snapshot.account())) {
    out.push_back({.id = {integer(row, 0)},
                   .name = text(row, 1),
                   .email = text(row, 2),
                   .reply_to = optional_text(row, 3),
                   .bcc = optional_text(row, 4),
                   .text_signature = text(row, 5),
                   .html_signature = text(row, 6),
                   .of_address = boolean(row, 7)});
  }
  return out;
}

IdentityWritten write_identities(Database& database, AccountId account, const IdentityWrite& write) {
  return run(database, [&](Transaction& transaction) { return Writing(transaction, account, write).run(); });
}

}  // namespace waxseal::store
