-- Revocation evidence.  The ledger is permanent: an entry that a later list drops stays known (REV-07).

CREATE TABLE revocation_entries (              -- group B: bucket of the issuer key
  bucket           smallint    NOT NULL,
  issuer_key       bytea       NOT NULL,       -- SHA-256 of the issuer's SubjectPublicKeyInfo
  serial           bytea       NOT NULL,
  revoked_at       timestamptz NOT NULL,
  invalidity_date  timestamptz,
  reason           smallint    NOT NULL,
  first_seen       timestamptz NOT NULL,
  released_at      timestamptz,                -- a hold that ended
  PRIMARY KEY (bucket, issuer_key, serial)
);

CREATE TABLE crls (                            -- group C: the index of lists, never their bodies
  issuer_key    bytea       NOT NULL,
  url           text        NOT NULL,
  crl_number    bytea,
  this_update   timestamptz,
  next_update   timestamptz,
  fetched_at    timestamptz,
  next_fetch_at timestamptz NOT NULL,
  failures      integer     NOT NULL DEFAULT 0,
  last_error    text,
  PRIMARY KEY (issuer_key, url)
);
CREATE INDEX crls_due ON crls (next_fetch_at);
