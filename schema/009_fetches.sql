-- What waxseal-reverifyd fetches: group C, a row for each list, and for each certificate asked for by OCSP.
CREATE TABLE fetches (
  kind           smallint    NOT NULL,             -- 1 CRL, 2 OCSP, 3 issuer certificate
  url_id         bytea       NOT NULL,             -- SHA-256 of the URL
  subject        bytea       NOT NULL,             -- whom OCSP is asked about; empty for a list
  url            text        NOT NULL,
  certificate    bytea       NOT NULL,             -- one that names the URL, its issuer and its anchor; empty: configured
  issuer         bytea       NOT NULL,
  anchor         bytea       NOT NULL,
  wanted_at      timestamptz NOT NULL,             -- when a validated unit last named it, to the day (NET-15)
  wanted_until   timestamptz NOT NULL,             -- no fetch for certificates that have expired (NET-02)
  next_fetch_at  timestamptz NOT NULL,
  fetched_at     timestamptz,                      -- last success
  this_update    timestamptz,
  next_update    timestamptz,
  etag           text        NOT NULL DEFAULT '',
  last_modified  text        NOT NULL DEFAULT '',
  failures       integer     NOT NULL DEFAULT 0,   -- in a row
  last_error     text,
  refused_under  text,                             -- set: refused for good while the configuration has this version
  lease          text,
  lease_until    timestamptz,
  PRIMARY KEY (kind, url_id, subject)
);
CREATE INDEX fetches_due ON fetches (next_fetch_at);
