-- S/MIME: facts and signers of messages (group A), certificates and validation units (group B).
-- Every row of group B begins with bucket = the first 12 bits of the SHA-256 that names it: 0..4095.

-- Immutable: what is true of the octets for ever (verification.md 10.1).  Only of messages with an S/MIME envelope.
CREATE TABLE email_facts (
  account_id     bigint      NOT NULL,
  email_id       bigint      NOT NULL,
  facts_version  smallint    NOT NULL,
  facts_at       timestamptz NOT NULL,         -- RVF-06
  facts          text        NOT NULL,         -- JSON
  PRIMARY KEY (account_id, email_id),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
);

-- TIM-03.  recheck: an added anchor may still turn it into verified (TIM-04), or it is pending (TIM-05).
CREATE TABLE email_at_delivery (
  account_id      bigint      NOT NULL,
  email_id        bigint      NOT NULL,
  status          smallint    NOT NULL,
  codes           smallint[]  NOT NULL,
  received_at     timestamptz NOT NULL,
  finalised_at    timestamptz,                 -- NULL: pending
  policy_version  text        NOT NULL,
  trust_version   bigint      NOT NULL,        -- of the anchors that it was last judged with
  recheck         boolean     NOT NULL,
  PRIMARY KEY (account_id, email_id),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
);
CREATE INDEX email_at_delivery_recheck ON email_at_delivery (trust_version, account_id, email_id) WHERE recheck;

-- Which units a message's verdict depends on; the sweep goes through it.  applied_gen: generation of the unit that
-- emails.smime_status and smime_codes were computed with.
CREATE TABLE email_signers (
  account_id   bigint   NOT NULL,
  email_id     bigint   NOT NULL,
  ordinal      smallint NOT NULL,
  unit_id      bytea    NOT NULL,
  applied_gen  bigint   NOT NULL,
  PRIMARY KEY (account_id, email_id, ordinal),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
) WITH (fillfactor = 85);
-- generation before email: "those of this unit that are behind generation g" is one range.
CREATE INDEX email_signers_unit ON email_signers (account_id, unit_id, applied_gen, email_id);

CREATE TABLE certificates (
  bucket      smallint    NOT NULL,
  cert_id     bytea       NOT NULL,            -- SHA-256 of the DER
  der         bytea       NOT NULL,
  not_before  timestamptz NOT NULL,
  not_after   timestamptz NOT NULL,
  PRIMARY KEY (bucket, cert_id)
);

-- One row per (trust domain, signer certificate, supplied chain, ESS restriction): what is re-verified.
-- gen rises when, and only when, (codes, path) change.
CREATE TABLE units (
  bucket          smallint    NOT NULL,
  unit_id         bytea       NOT NULL,
  trust_domain    text        NOT NULL,
  leaf            bytea       NOT NULL,
  bundle          bytea       NOT NULL,        -- SHA-256 values, one after the other
  ess_path_set    text        NOT NULL,        -- 'alg:hex,alg:hex'
  codes           smallint[]  NOT NULL,
  path            bytea       NOT NULL,        -- SHA-256 values, leaf first, anchor last; empty: no complete path
  next_change     timestamptz,
  gen             bigint      NOT NULL DEFAULT 1,
  swept_gen       bigint      NOT NULL DEFAULT 1,  -- copied to every holder
  evaluated_at    timestamptz,                 -- NULL: not yet evaluated
  next_check_at   timestamptz NOT NULL,
  trust_version   bigint      NOT NULL,
  policy_version  text        NOT NULL,
  lease           text,
  lease_until     timestamptz,
  PRIMARY KEY (bucket, unit_id)
) WITH (fillfactor = 70);
CREATE INDEX units_due   ON units (next_check_at);
CREATE INDEX units_sweep ON units (bucket, unit_id) WHERE gen > swept_gen;

-- Which accounts hold mail that depends on the unit.  Written, and committed, BEFORE the delivery that needs it: a spare row
-- is harmless, a missing one is not.
CREATE TABLE unit_holders (
  bucket       smallint NOT NULL,
  unit_id      bytea    NOT NULL,
  account_id   bigint   NOT NULL,
  applied_gen  bigint   NOT NULL DEFAULT 0,
  PRIMARY KEY (bucket, unit_id, account_id),
  FOREIGN KEY (bucket, unit_id) REFERENCES units (bucket, unit_id)
) WITH (fillfactor = 85);
