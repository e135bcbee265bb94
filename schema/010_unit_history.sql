-- What a unit's state was, one row for each generation: `waxseal why` tells it.  The newest 50 are kept.
CREATE TABLE unit_history (
  bucket          smallint    NOT NULL,
  unit_id         bytea       NOT NULL,
  gen             bigint      NOT NULL,
  at              timestamptz NOT NULL,
  codes           smallint[]  NOT NULL,
  path            bytea       NOT NULL,
  trust_version   bigint      NOT NULL,
  policy_version  text        NOT NULL,
  evidence        text        NOT NULL DEFAULT '',
  PRIMARY KEY (bucket, unit_id, gen)
);

-- What smimeStatusAtDelivery was before it changed: once when a pending one becomes final, once when an anchor heals it.
CREATE TABLE at_delivery_history (
  account_id     bigint      NOT NULL,
  email_id       bigint      NOT NULL,
  changed_at     timestamptz NOT NULL,             -- when these values were replaced
  status         smallint    NOT NULL,
  codes          smallint[]  NOT NULL,
  trust_version  bigint      NOT NULL,
  PRIMARY KEY (account_id, email_id, changed_at),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
);
