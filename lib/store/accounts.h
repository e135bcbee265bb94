// Accounts, their addresses and credentials.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "store/database.h"

namespace waxseal::store {

struct Account {
  AccountId id;
  std::string name;                    // login name, unique
  std::vector<std::string> addresses;  // normalised; "@example.net" is a domain's catch-all
  Time created_at;
  bool disabled = false;
  std::int64_t used_bytes = 0;              // octets of the messages that it holds
  std::optional<std::int64_t> quota_bytes;  // nullopt: no limit
  bool administrator = false;               // may see the overview of the whole installation
};

// Login name, normalised addresses; creates the mailboxes inbox, drafts, sent, junk, trash, archive.
Result<AccountId> create_account(Database&, std::string_view name, const std::vector<std::string>& addresses, Time now);
Result<Done> add_address(Database&, AccountId, std::string_view address);
// Removes the account with all its mail.  Error: there is none of that name.
Result<Done> remove_account(Database&, std::string_view name);
std::vector<Account> list_accounts(Database&);
std::optional<Account> find_account(Database&, std::string_view name);

// Recipient of an envelope: exact address first, then without what follows the first of `delimiters` ("joe+tag"; empty:
// no subaddresses), then the domain's catch-all.  ASCII case-insensitive.  nullopt: not ours.
std::optional<AccountId> find_recipient(Database&, std::string_view address, std::string_view delimiters = "+");
// The same for deliveries, which may go where they would have gone a second ago (recent.h).
std::optional<AccountId> find_recent_recipient(Database&, std::string_view address, std::string_view delimiters = "+");

// How many octets of mail the account may hold; nullopt: as many as there is room for.  What it holds already stays.
void set_quota(Database&, AccountId, std::optional<std::int64_t> octets);

// An administrator sees numbers about all accounts, names of senders' certificates and of servers; no mail but his own.
void set_administrator(Database&, AccountId, bool is_one);

// yescrypt (crypt_r); the plain password is not kept.
void set_password(Database&, AccountId, std::string_view password);

enum class Scope { kFull = 0, kReadOnly = 1 };  // as stored in api_tokens.scope

struct Principal {
  AccountId account;
  std::string name;
  Scope scope = Scope::kReadOnly;  // a password gives everything, a token what it was made for
  TokenId token{};                 // that was shown; 0: a password
  bool administrator = false;      // the account's, for a password or a token that gives everything
  Sha256 credentials{};            // of what is stored of them: another one when the password has been changed
};
// The same work is done for unknown users; successes are remembered as HMAC for five minutes (rule R36).
std::optional<Principal> authenticate_basic(Database&, std::string_view name, std::string_view password, Time now);

struct Token {
  TokenId id;
  AccountId account;
  std::string label;
  Time created_at;
  std::optional<Time> expires_at;
  Scope scope = Scope::kReadOnly;
};
// The secret is shown once; only its hash is stored.  "wax_<account>_<token>_<secret>".
struct NewToken {
  Token token;
  std::string secret;
};
NewToken create_token(Database&, AccountId, std::string_view label, Scope, std::optional<Time> expires_at, Time now);
std::vector<Token> list_tokens(Database&, AccountId);
bool revoke_token(Database&, AccountId, TokenId);
std::optional<Principal> authenticate_bearer(Database&, std::string_view token, Time now);

// Of each of these principals, whether its credentials are what they were: the password not changed, the token neither
// revoked nor expired, the account not disabled.  Two statements for all of them.
std::vector<bool> credentials_hold(Database&, const std::vector<Principal>&, Time now);

// Opens the principal's event source and nothing else: for browsers, whose EventSource sends no Authorization.
// Worthless after `expires`, and as soon as the password is changed or the token revoked that the principal came with.
// Needs no secret of the server's own: the key is the stored hash of those credentials.  "" if they are gone.
std::string event_ticket(Database&, const Principal&, Time expires, Time now);
// May only read, whatever the credentials behind the ticket may do.
std::optional<Principal> authenticate_ticket(Database&, std::string_view ticket, Time now);

}  // namespace waxseal::store
