-- Revocation evidence (REV-01..32) and which units depend on which certificates (RVF-04): group B, bucket of the authority.
-- "authority" is whose certificates a list or entry speaks of: SHA-256 of the issuer's SubjectPublicKeyInfo, or a digest that
-- stands for the publisher of an indirect list.  revocation_entries.issuer_key is an authority.

-- One row: rises with every list or answer that changes something.  A unit state is recorded with the version that its
-- evidence was read at, and loses against a newer one.  Group C.
CREATE TABLE revocation_state (
  id       smallint NOT NULL CHECK (id = 1),
  version  bigint   NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO revocation_state (id, version) VALUES (1, 0);

ALTER TABLE revocation_entries ADD COLUMN scope bytea NOT NULL DEFAULT '';        -- of the list that stated it: a hold ends with it
ALTER TABLE revocation_entries ADD COLUMN source bytea NOT NULL DEFAULT '';       -- SHA-256 of the list or answer
ALTER TABLE revocation_entries ADD COLUMN source_kind smallint NOT NULL DEFAULT 0;  -- 0 list, 1 OCSP answer
CREATE INDEX revocation_entries_held ON revocation_entries (bucket, issuer_key, scope)
  WHERE reason = 6 AND released_at IS NULL;

-- The newest accepted list of each scope, without its entries (those are the ledger's).
CREATE TABLE revocation_lists (
  bucket               smallint    NOT NULL,
  authority            bytea       NOT NULL,
  scope                bytea       NOT NULL,   -- SHA-256 of the issuingDistributionPoint
  delta                boolean     NOT NULL,
  list_id              bytea       NOT NULL,   -- SHA-256 of the DER
  this_update          timestamptz NOT NULL,
  next_update          timestamptz,
  number               bytea       NOT NULL,
  base_number          bytea       NOT NULL,
  scope_octets         bytea       NOT NULL,
  issuer               bytea       NOT NULL,   -- encoded Name
  expired_certs_since  timestamptz,
  configured           boolean     NOT NULL,
  entries_digest       bytea       NOT NULL,   -- SHA-256 of revokedCertificates: equal ones need not be compared
  PRIMARY KEY (bucket, authority, scope, delta)
);

-- Those before it: for certificates that expired since (REV-11 2), and for what a verdict at delivery rests on.
CREATE TABLE revocation_list_history (
  bucket               smallint    NOT NULL,
  authority            bytea       NOT NULL,
  scope                bytea       NOT NULL,
  delta                boolean     NOT NULL,
  this_update          timestamptz NOT NULL,
  list_id              bytea       NOT NULL,
  next_update          timestamptz,
  number               bytea       NOT NULL,
  base_number          bytea       NOT NULL,
  expired_certs_since  timestamptz,
  stored_at            timestamptz NOT NULL,
  PRIMARY KEY (bucket, authority, scope, delta, this_update, list_id)
);

-- A list is being written: left by a crash, it says that units of the authority may not have been told.
CREATE TABLE revocation_loads (
  bucket      smallint    NOT NULL,
  authority   bytea       NOT NULL,
  started_at  timestamptz NOT NULL,
  PRIMARY KEY (bucket, authority)
);

CREATE TABLE ocsp_answers (
  bucket          smallint    NOT NULL,
  authority       bytea       NOT NULL,
  serial          bytea       NOT NULL,
  this_update     timestamptz NOT NULL,
  answer_id       bytea       NOT NULL,        -- SHA-256 of the response
  status          smallint    NOT NULL,        -- 0 good, 1 revoked, 2 unknown
  next_update     timestamptz,
  archive_cutoff  timestamptz,
  PRIMARY KEY (bucket, authority, serial, this_update)
);

-- Why the last fetch of a URL failed; bucket of the SHA-256 of the URL.
CREATE TABLE fetch_faults (
  bucket  smallint    NOT NULL,
  url     text        NOT NULL,
  code    smallint    NOT NULL,                -- smime::Code
  at      timestamptz NOT NULL,
  PRIMARY KEY (bucket, url)
);

-- Certificates on the candidate paths of units.  Written, and committed, before evidence about them is read.
CREATE TABLE unit_certificates (
  bucket     smallint NOT NULL,
  authority  bytea    NOT NULL,
  serial     bytea    NOT NULL,
  unit_id    bytea    NOT NULL,
  PRIMARY KEY (bucket, authority, serial, unit_id)
);

ALTER TABLE units ADD COLUMN evidence text NOT NULL DEFAULT '';  -- 'crl:HEX,ocsp:HEX': what the state rests on
ALTER TABLE units ADD COLUMN evidence_version bigint NOT NULL DEFAULT 0;
-- Units that lack evidence (codes of the kind "undetermined"): those that any new list may help.
CREATE INDEX units_undetermined ON units (bucket, unit_id)
  WHERE codes && '{504,505,506,507,508,509,510,511,512}'::smallint[];

ALTER TABLE email_at_delivery ADD COLUMN evidence text NOT NULL DEFAULT '';
-- When to look again: of a pending one, or 'infinity' of one that failed and waits for evidence since an anchor was added:
-- then a change of its units says when.
ALTER TABLE email_at_delivery ADD COLUMN retry_at timestamptz;
CREATE INDEX email_at_delivery_retry ON email_at_delivery (retry_at, account_id, email_id) WHERE retry_at IS NOT NULL;
