// Passwords and bearer tokens of accounts.h.
#include <charconv>
#include <map>

#include "base/text.h"
#include "store/accounts.h"
#include "store/password.h"
#include "store/pool.h"
#include "store/random.h"

namespace waxseal::store {

namespace {

constexpr std::string_view kTokenPrefix = "wax_";
constexpr std::size_t kSecretOctets = 32;

struct StoredLogin {
  AccountId account;
  std::string hash;
  bool administrator = false;
};

// nullopt: no such login, or it may not be used.
std::optional<StoredLogin> read_login(Database& database, std::string_view name) {
  return run(
      database,
      [&](Transaction& transaction) -> std::optional<StoredLogin> {
        const Rows login = transaction.exec("SELECT account_id FROM logins WHERE name = $1", name);
        if (login.empty()) return std::nullopt;
        const AccountId account{integer(login[0], 0)};
        const Rows row = transaction.exec(
            "SELECT coalesce(password_hash, ''), disabled, administrator FROM accounts WHERE account_id = $1", account);
        if (row.empty() || boolean(row[0], 1)) return std::nullopt;
        return StoredLogin{account, text(row[0], 0), boolean(row[0], 2)};
      },
      Transaction::Mode::kSnapshot);
}

// A changed password has another stored hash, so that nothing remembered survives the change.
Sha256 memory_key(std::string_view name, std::string_view password, std::string_view hash) {
  static const std::string kKey = random_octets(32);
  std::string message = std::to_string(name.size()) + ":" + std::to_string(password.size()) + ":";
  message.append(name).append(password).append(hash);
  return hmac_sha256(kKey, message);
}

struct ParsedToken {
  AccountId account;
  TokenId token;
  std::string secret;
};

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != '_' || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

std::optional<ParsedToken> parse_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix)) return std::nullopt;
  text.remove_prefix(kTokenPrefix.size());
  const auto account = take_number(text);
  if (!account) return std::nullopt;
  const auto token = take_number(text);
  if (!token || text.size() != 2 * kSecretOctets) return std::nullopt;
  return ParsedToken{{*account}, {*token}, std::string(text)};
}

struct TicketKey {
  std::string hash;
  std::string name;
};

// nullopt: no such credentials, or they may not be used now.
std::optional<TicketKey> ticket_key(Database& database, AccountId account, TokenId token, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<TicketKey> {
    const Rows rows = token.value == 0
                          ? transaction.exec(
                                "SELECT coalesce(password_hash, ''), name FROM accounts WHERE account_id = $1 AND NOT "
                                "disabled",
                                account)
                          : transaction.exec(
                                "SELECT encode(t.secret_hash, 'hex'), a.name FROM api_tokens t JOIN accounts a "
                                "ON a.account_id = t.account_id WHERE t.account_id = $1 AND t.token_id = $2 "
                                "AND NOT a.disabled AND (t.expires_at IS NULL OR t.expires_at > $3)",
                                account, token, now);
    if (rows.empty() || text(rows[0], 0).empty()) return std::nullopt;
    return TicketKey{text(rows[0], 0), text(rows[0], 1)};
  });
}

std::string ticket_text(AccountId account, TokenId token, std::int64_t expires) {
  return std::to_string(account.value) + "_" + std::to_string(token.value) + "_" + std::to_string(expires) + "_";
}

std::string ticket_seal(const TicketKey& key, const std::string& ticket) {
  return hmac_sha256(key.hash, "event source " + ticket).hex();
}

// Anything but the number of "full" gives less.
Scope scope_of(const Row& row, int column) {
  return integer(row, column) == static_cast<int>(Scope::kFull) ? Scope::kFull : Scope::kReadOnly;
}

}  // namespace

void set_password(Database& database, AccountId account, std::string_view password) {
  const std::string hash = hash_password(password);
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("UPDATE accounts SET password_hash = $2 WHERE account_id = $1", account, hash);
    // RFC 8620 section 7.2: they end with the credentials that made them.
    transaction.exec("DELETE FROM push_subscriptions WHERE account_id = $1 AND token_id = 0", account);
  });
}

std::optional<Principal> authenticate_basic(Database& database, std::string_view name, std::string_view password,
                                            Time) {
  const std::string login = to_valid_utf8(ascii_lower(trim(name)));
  const std::optional<StoredLogin> stored = read_login(database, login);
  const std::string hash = stored ? stored->hash : std::string();
  KnownRows& remembered = database.impl().passwords;
  const Sha256 key = memory_key(login, password, hash);
  if (!remembered.contains(key)) {
    if (!password_matches(password, hash) || !stored) return std::nullopt;
    remembered.add(key);
  }
  if (!stored) return std::nullopt;
  return Principal{stored->account, login, Scope::kFull, {}, stored->administrator, sha256(hash)};
}

NewToken create_token(Database& database, AccountId account, std::string_view label, Scope scope,
                      std::optional<Time> expires_at, Time now) {
  const std::string secret = hex(random_octets(kSecretOctets));
  const Token token{.id = {random_id()},
                    .account = account,
                    .label = to_valid_utf8(label),
                    .created_at = now,
                    .expires_at = expires_at,
                    .scope = scope};
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "INSERT INTO api_tokens (account_id, token_id, secret_hash, label, created_at, expires_at, scope) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, token_id) DO NOTHING",
        account, token.id, sha256(secret), token.label, now, optional_time(expires_at), static_cast<int>(scope));
  });
  std::string shown =
      std::string(kTokenPrefix) + std::to_string(account.value) + "_" + std::to_string(token.id.value) + "_";
  return {token, shown + secret};
}

std::vector<Token> list_tokens(Database& database, AccountId account) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<Token> out;
    for (const Row& row : transaction.exec("SELECT token_id, label, extract(epoch from created_at)::bigint, "
                                           "extract(epoch from expires_at)::bigint, scope FROM api_tokens "
                                           "WHERE account_id = $1 ORDER BY created_at, token_id",
                                           account)) {
      out.push_back({.id = {integer(row, 0)},
                     .account = account,
                     .label = text(row, 1),
                     .created_at = time_of(row, 2),
                     .expires_at = optional_time_of(row, 3),
                     .scope = scope_of(row, 4)});
    }
    return out;
  });
}

bool revoke_token(Database& database, AccountId account, TokenId token) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return transaction.exec("DELETE FROM api_tokens WHERE account_id = $1 AND token_id = $2", account, token)
               .affected_rows() > 0;
  });
}

std::optional<Principal> authenticate_bearer(Database& database, std::string_view token, Time now) {
  const std::optional<ParsedToken> parsed = parse_token(token);
  if (!parsed) return std::nullopt;
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<Principal> {
    const Rows rows = transaction.exec(
        "SELECT t.secret_hash, a.name, t.scope, a.administrator FROM api_tokens t JOIN accounts a ON a.account_id = "
        "t.account_id "
        "WHERE t.account_id = $1 AND t.token_id = $2 AND NOT a.disabled AND (t.expires_at IS NULL OR t.expires_at > "
        "$3)",
        parsed->account, parsed->token, now);
    if (rows.empty()) return std::nullopt;
    if (!equal_in_constant_time(digest(rows[0], 0).view(), sha256(parsed->secret).view())) return std::nullopt;
    const Scope scope = scope_of(rows[0], 2);
    const bool administrator = scope == Scope::kFull && boolean(rows[0], 3);
    const Sha256 credentials = sha256(digest(rows[0], 0).hex());
    return Principal{parsed->account, text(rows[0], 1), scope, parsed->token, administrator, credentials};
  });
}

std::vector<bool> credentials_hold(Database& database, const std::vector<Principal>& principals, Time now) {
  std::map<std::pair<AccountId, TokenId>, Sha256> stored;
  run_autocommit(database, [&](Transaction& transaction) {
    stored.clear();
    const std::string accounts = array_of(principals, [](const Principal& one) { return one.account.value; });
    const std::string tokens = array_of(principals, [](const Principal& one) { return one.token.value; });
    const auto note = [&](const Rows& rows) {
      for (const Row& row : rows) stored[{{integer(row, 0)}, {integer(row, 1)}}] = sha256(text(row, 2));
    };
    note(
        transaction.exec("SELECT account_id, 0::bigint, coalesce(password_hash, '') FROM accounts WHERE account_id = "
                         "ANY($1::bigint[]) AND NOT disabled",
                         accounts));
    note(transaction.exec(
        "SELECT t.account_id, t.token_id, encode(t.secret_hash, 'hex') FROM api_tokens t JOIN accounts a ON "
        "a.account_id = t.account_id WHERE t.account_id = ANY($1::bigint[]) AND t.token_id = ANY($2::bigint[]) AND NOT "
        "a.disabled AND (t.expires_at IS NULL OR t.expires_at > $3)",
        accounts, tokens, now));
  });
  std::vector<bool> out;
  for (const Principal& one : principals) {
    const auto found = stored.find({one.account, one.token});
    out.push_back(found != stored.end() && found->second == one.credentials);
  }
  return out;
}

std::string event_ticket(Database& database, const Principal& principal, Time expires, Time now) {
  const auto key = ticket_key(database, principal.account, principal.token, now);
  if (!key) return "";
  const std::string ticket = ticket_text(principal.account, principal.token, expires.time_since_epoch().count());
  return ticket + ticket_seal(*key, ticket);
}

std::optional<Principal> authenticate_ticket(Database& database, std::string_view ticket, Time now) {
  std::string_view rest = ticket;
  const auto account = take_number(rest);
  const auto token = account ? take_number(rest) : std::nullopt;
  const auto expires = token ? take_number(rest) : std::nullopt;
  if (!expires || *expires <= now.time_since_epoch().count()) return std::nullopt;
  const auto key = ticket_key(database, {*account}, {*token}, now);
  const std::string text = ticket_text({*account}, {*token}, *expires);
  if (!key || !equal_in_constant_time(rest, ticket_seal(*key, text))) return std::nullopt;
  return Principal{{*account}, key->name, Scope::kReadOnly, {*token}, false, sha256(key->hash)};
}

}  // namespace waxseal::store
