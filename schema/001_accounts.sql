-- Directory and accounts.  The groups of tables (A: account_id first, B: bucket first, C: small, read by everybody) and their
-- invariants are in schema/README.md.

-- Group C.  An account exists when its login does: written last when an account is made, removed last with it.
CREATE TABLE logins (
  name        text   NOT NULL,                 -- normalised by the program
  account_id  bigint NOT NULL,
  PRIMARY KEY (name)
);
CREATE INDEX logins_account ON logins (account_id);

CREATE TABLE addresses (                       -- recipient -> account; '@example.net' is a domain's catch-all
  address     text   NOT NULL,                 -- normalised by the program
  account_id  bigint NOT NULL,
  PRIMARY KEY (address)
);
CREATE INDEX addresses_account ON addresses (account_id);

-- Who does a cluster-wide job: taken with a conditional UPDATE, never an advisory lock.
CREATE TABLE leases (
  name   text        NOT NULL,
  owner  text        NOT NULL,
  until  timestamptz NOT NULL,
  PRIMARY KEY (name)
);

-- Group A.
CREATE TABLE accounts (
  account_id     bigint      NOT NULL,         -- random 62 bits, chosen by the program
  name           text        NOT NULL,
  created_at     timestamptz NOT NULL,
  disabled       boolean     NOT NULL DEFAULT false,
  password_hash  text,                         -- crypt(3); NULL: no password is accepted
  PRIMARY KEY (account_id)
);

-- The one hot row of an account.  Every writing transaction on the account does
--   UPDATE account_state SET modseq = modseq + $n, ... WHERE account_id = $1 RETURNING modseq
-- and so (a) reserves n numbers and (b) holds the account's write lock until commit.  Commit order is therefore modseq
-- order: a reader that has seen state S never meets a newly visible change numbered <= S.
CREATE TABLE account_state (
  account_id      bigint NOT NULL REFERENCES accounts,
  epoch           bigint NOT NULL,             -- changes when a backup is restored: old states are then foreign
  modseq          bigint NOT NULL DEFAULT 0,   -- the counter; object ids are values of it
  email_modseq    bigint NOT NULL DEFAULT 0,   -- JMAP state of each type: at least the last number used for it
  mailbox_modseq  bigint NOT NULL DEFAULT 0,
  thread_modseq   bigint NOT NULL DEFAULT 0,
  changes_floor   bigint NOT NULL DEFAULT 0,   -- older states: cannotCalculateChanges
  used_bytes      bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id)
) WITH (fillfactor = 30);                      -- room for HOT updates

-- A client's token is account.token.secret, so that one shard can check it.
CREATE TABLE api_tokens (
  account_id   bigint      NOT NULL,
  token_id     bigint      NOT NULL,
  secret_hash  bytea       NOT NULL,           -- SHA-256: the secret has 256 random bits
  label        text        NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  PRIMARY KEY (account_id, token_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
