-- Push subscriptions (RFC 8620 section 7.2): group A.
CREATE TABLE push_subscriptions (
  account_id         bigint      NOT NULL,
  subscription_id    bigint      NOT NULL,      -- random
  token_id           bigint      NOT NULL,      -- credentials that made it and that it ends with; 0: the password
  device_client_id   text        NOT NULL,
  url                text        NOT NULL,
  p256dh             bytea,                     -- keys of RFC 8291; NULL: not encrypted
  auth               bytea,
  verification_code  text        NOT NULL,
  verification_sent  boolean     NOT NULL DEFAULT false,
  verified           boolean     NOT NULL DEFAULT false,
  types              text,                      -- separated by commas; NULL: all
  expires_at         timestamptz NOT NULL,
  told               text        NOT NULL,      -- states as the client was told last, separated by commas
  told_modseq        bigint      NOT NULL,      -- account_state.modseq of that
  next_try_at        timestamptz NOT NULL,      -- also the lease of the program that is sending
  failures           integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, subscription_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX push_subscriptions_due ON push_subscriptions (next_try_at);
