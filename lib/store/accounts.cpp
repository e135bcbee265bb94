#include "store/accounts.h"

#include <array>

#include "base/text.h"
#include "store/account_lock.h"
#include "store/email_tables.h"
#include "store/pool.h"
#include "store/random.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kAddressOctets = 254 + 64;  // RFC 5321 4.5.3.1 with room; more is no address of ours
constexpr std::int64_t kDestroyBatch = 200;

struct DefaultMailbox {
  const char* name;
  const char* role;  // RFC 8621 section 2: the IANA registry of IMAP mailbox name attributes
};
constexpr std::array<DefaultMailbox, 6> kDefaultMailboxes{{{"Inbox", "inbox"},
                                                           {"Drafts", "drafts"},
                                                           {"Sent", "sent"},
                                                           {"Junk", "junk"},
                                                           {"Trash", "trash"},
                                                           {"Archive", "archive"}}};

std::string normalise_login(std::string_view name) {
  return ascii_lower(trim(name));
}

Result<std::string> normalise_address(std::string_view address) {
  std::string out = ascii_lower(trim(address));
  const std::size_t at = out.rfind('@');
  if (at == std::string::npos || at + 1 == out.size() || out.size() > kAddressOctets || !valid_utf8(out) ||
      out.find('\0') != std::string::npos) {
    return unexpected("\"" + escape_for_log(out) + "\" is not an address");
  }
  return out;
}

bool valid_login(std::string_view name) {
  return !name.empty() && name.size() <= 254 && valid_utf8(name) &&
         name.find_first_of(std::string_view(":\0\r\n", 4)) == std::string_view::npos;
}

void insert_account(Transaction& transaction, AccountId account, std::string_view name, Time now) {
  const auto mailboxes = static_cast<std::int64_t>(kDefaultMailboxes.size());
  transaction.exec("INSERT INTO accounts (account_id, name, created_at) VALUES ($1, $2, $3)", account, name, now);
  transaction.exec("INSERT INTO account_state (account_id, epoch, modseq, mailbox_modseq) VALUES ($1, $2, $3, $3)",
                   account, random_id() >> 30, mailboxes);
  std::int64_t id = 0;
  for (const DefaultMailbox& each : kDefaultMailboxes) {
    ++id;
    transaction.exec(
        "INSERT INTO mailboxes (account_id, mailbox_id, name, role, sort_order, modseq, prop_modseq) "
        "VALUES ($1, $2, $3, $4, $5, $2, $2)",
        account, id, each.name, each.role, id * 10);
  }
}

// The directory comes last (schema/README.md): until then nobody can see the account.  False: the name is taken.
bool insert_login(Transaction& transaction, AccountId account, std::string_view name) {
  transaction.exec("INSERT INTO logins (name, account_id) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name,
                   account);
  const Rows owner = transaction.exec("SELECT account_id FROM logins WHERE name = $1", name);
  return !owner.empty() && integer(owner[0], 0) == account.value;
}

Result<Done> insert_address(Transaction& transaction, AccountId account, std::string_view address) {
  transaction.exec("INSERT INTO addresses (address, account_id) VALUES ($1, $2) ON CONFLICT (address) DO NOTHING",
                   address, account);
  const Rows owner = transaction.exec("SELECT account_id FROM addresses WHERE address = $1", address);
  if (!owner.empty() && integer(owner[0], 0) == account.value) return Done{};
  return unexpected("the address " + escape_for_log(address) + " belongs to another account");
}

void delete_account_rows(Transaction& transaction, AccountId account) {
  for (const char* table :
       {"tombstones", "deliveries", "thread_refs", "threads", "mailboxes", "push_subscriptions", "outgoing",
        "email_submissions", "sent_counts", "identities", "api_tokens", "daily_counts", "account_state", "accounts"}) {
    transaction.exec(std::string("DELETE FROM ") + table + " WHERE account_id = $1", account);
  }
}

// At most kDestroyBatch of them; true: there may be more.
bool delete_some_emails(Database& database, AccountId account) {
  return run(database, [&](Transaction& transaction) {
    lock_account(transaction, account);  // or who still writes to a message would leave rows behind
    std::vector<std::int64_t> ids;
    for (const Row& row :
         transaction.exec("SELECT email_id FROM emails WHERE account_id = $1 LIMIT $2", account, kDestroyBatch))
      ids.push_back(integer(row, 0));
    if (!ids.empty()) delete_email_rows(transaction, account, id_array(ids));
    return !ids.empty();
  });
}

bool delete_some_blobs(Database& database, AccountId account) {
  return run_autocommit(database, [&](Transaction& transaction) {
    const Rows done = transaction.exec(
        "DELETE FROM blobs WHERE account_id = $1 AND blob_id IN (SELECT blob_id FROM blobs WHERE account_id = $1 "
        "LIMIT $2)",
        account, kDestroyBatch);
    return done.affected_rows() > 0;
  });
}

std::vector<std::string> addresses_of(Transaction& transaction, AccountId account) {
  std::vector<std::string> out;
  for (const Row& row :
       transaction.exec("SELECT address FROM addresses WHERE account_id = $1 ORDER BY address", account)) {
    out.push_back(text(row, 0));
  }
  return out;
}

std::optional<Account> read_account(Transaction& transaction, AccountId id) {
  const Rows rows = transaction.exec(
      "SELECT a.name, extract(epoch from a.created_at)::bigint, a.disabled, s.used_bytes, s.quota_bytes, "
      "a.administrator "
      "FROM accounts a JOIN account_state s ON s.account_id = a.account_id WHERE a.account_id = $1",
      id);
  if (rows.empty()) return std::nullopt;
  return Account{.id = id,
                 .name = text(rows[0], 0),
                 .addresses = addresses_of(transaction, id),
                 .created_at = time_of(rows[0], 1),
                 .disabled = boolean(rows[0], 2),
                 .used_bytes = integer(rows[0], 3),
                 .quota_bytes = optional_integer(rows[0], 4),
                 .administrator = boolean(rows[0], 5)};
}

std::optional<AccountId> find_login(Transaction& transaction, std::string_view name) {
  const Rows rows = transaction.exec("SELECT account_id FROM logins WHERE name = $1", normalise_login(name));
  if (rows.empty()) return std::nullopt;
  return AccountId{integer(rows[0], 0)};
}

// Exact, without "+tag", catch-all: in this order (accounts.h).
std::vector<std::string> candidates_for(const std::string& address, std::string_view delimiters) {
  std::vector<std::string> out{address};
  const std::size_t at = address.rfind('@');
  const std::string local = address.substr(0, at);
  const std::string domain = address.substr(at);
  const std::size_t tag = local.find_first_of(delimiters);
  if (tag != std::string::npos && tag > 0) out.push_back(local.substr(0, tag) + domain);
  out.push_back(domain);
  return out;
}

}  // namespace

Result<AccountId> create_account(Database& database, std::string_view name, const std::vector<std::string>& addresses,
                                 Time now) {
  const std::string login = normalise_login(name);
  if (!valid_login(login)) return unexpected("the login name must be 1 to 254 characters without colon");
  std::vector<std::string> normalised;
  for (const std::string& address : addresses) {
    Result<std::string> one = normalise_address(address);
    if (!one) return unexpected(one.error());
    normalised.push_back(std::move(*one));
  }
  if (find_account(database, login)) return unexpected("there is an account \"" + escape_for_log(login) + "\" already");

  const AccountId account{random_id()};
  run(database, [&](Transaction& transaction) {
    if (transaction.exec("SELECT 1 FROM accounts WHERE account_id = $1", account).empty()) {
      insert_account(transaction, account, login, now);  // not again after a commit whose answer was lost
    }
  });
  Result<Done> entered = run(database, [&](Transaction& transaction) -> Result<Done> {
    Result<Done> result = Done{};
    if (!insert_login(transaction, account, login)) result = unexpected("there is an account of that name already");
    for (const std::string& address : normalised) {
      if (result) result = insert_address(transaction, account, address);
    }
    if (!result) transaction.abandon();
    return result;
  });
  if (entered) return account;
  run(database, [&](Transaction& transaction) { delete_account_rows(transaction, account); });
  return unexpected(entered.error());
}

Result<Done> add_address(Database& database, AccountId account, std::string_view address) {
  const Result<std::string> normalised = normalise_address(address);
  if (!normalised) return unexpected(normalised.error());
  return run(database, [&](Transaction& transaction) { return insert_address(transaction, account, *normalised); });
}

Result<Done> remove_account(Database& database, std::string_view name) {
  const std::optional<Account> account = find_account(database, name);
  if (!account) return unexpected("there is no account of that name");
  const AccountId id = account->id;
  // First nobody can write to it or log in, then the mail goes in batches, at last the name: after a crash, do it
  // again.
  run(database, [&](Transaction& transaction) { transaction.exec("DELETE FROM addresses WHERE account_id = $1", id); });
  run(database, [&](Transaction& transaction) {
    transaction.exec("UPDATE accounts SET disabled = true WHERE account_id = $1", id);
  });
  while (delete_some_emails(database, id)) {
  }
  while (delete_some_blobs(database, id)) {
  }
  run(database, [&](Transaction& transaction) { delete_account_rows(transaction, id); });
  run(database, [&](Transaction& transaction) { transaction.exec("DELETE FROM logins WHERE account_id = $1", id); });
  return Done{};
}

void set_administrator(Database& database, AccountId account, bool is_one) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("UPDATE accounts SET administrator = $2::boolean WHERE account_id = $1", account, is_one);
  });
}

void set_quota(Database& database, AccountId account, std::optional<std::int64_t> octets) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("UPDATE account_state SET quota_bytes = nullif($2::bigint, -1) WHERE account_id = $1", account,
                     octets.value_or(-1));
  });
}

std::vector<Account> list_accounts(Database& database) {
  return run(
      database,
      [](Transaction& transaction) {
        std::vector<Account> out;
        for (const Row& row : transaction.exec("SELECT account_id FROM logins ORDER BY name")) {
          if (auto account = read_account(transaction, {integer(row, 0)})) out.push_back(std::move(*account));
        }
        return out;
      },
      Transaction::Mode::kSnapshot);
}

std::optional<Account> find_account(Database& database, std::string_view name) {
  return run(
      database,
      [&](Transaction& transaction) -> std::optional<Account> {
        const std::optional<AccountId> id = find_login(transaction, name);
        if (!id) return std::nullopt;
        std::optional<Account> account = read_account(transaction, *id);
        // remove_account was interrupted just before its last step
        if (!account)
          account = Account{.id = *id, .name = normalise_login(name), .created_at = Time{}, .disabled = true};
        return account;
      },
      Transaction::Mode::kSnapshot);
}

std::optional<AccountId> find_recipient(Database& database, std::string_view address, std::string_view delimiters) {
  const Result<std::string> normalised = normalise_address(address);
  if (!normalised) return std::nullopt;
  const std::vector<std::string> candidates = candidates_for(*normalised, delimiters);
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<AccountId> {
    const Rows rows = transaction.exec("SELECT address, account_id FROM addresses WHERE address = ANY($1::text[])",
                                       text_array(candidates));
    for (const std::string& candidate : candidates) {
      for (const Row& row : rows) {
        if (text(row, 0) == candidate) return AccountId{integer(row, 1)};
      }
    }
    return std::nullopt;
  });
}

std::optional<AccountId> find_recent_recipient(Database& database, std::string_view address,
                                               std::string_view delimiters) {
  RecentRecipients& recent = database.impl().recent_recipients;
  const std::string question = std::string(address) + '\0' + std::string(delimiters);
  if (const auto known = recent.find(question)) return known;
  const auto found = find_recipient(database, address, delimiters);
  if (found) recent.add(question, *found);
  return found;
}

}  // namespace waxseal::store
