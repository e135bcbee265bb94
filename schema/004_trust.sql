-- Trust anchors with their history (TIM-14), and the pool of intermediates: group C.

CREATE TABLE trust_state (                     -- one row: what a cached copy must be compared with
  id              smallint NOT NULL CHECK (id = 1),
  anchor_version  bigint   NOT NULL,           -- rises with every anchor that is added or removed
  pool_version    bigint   NOT NULL,           -- rises with every certificate that enters the pool
  PRIMARY KEY (id)
);
INSERT INTO trust_state (id, anchor_version, pool_version) VALUES (1, 1, 1);

-- A certificate may be trusted, removed and trusted again: one row for each time.
CREATE TABLE trust_anchors (
  cert_id     bytea       NOT NULL,            -- SHA-256 of the DER
  ordinal     integer     NOT NULL,
  der         bytea       NOT NULL,
  label       text        NOT NULL,
  added_at    timestamptz NOT NULL,
  removed_at  timestamptz,                     -- NULL: trusted now
  distrusted  boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (cert_id, ordinal)
);
CREATE UNIQUE INDEX trust_anchors_current ON trust_anchors (cert_id) WHERE removed_at IS NULL;

-- Issuer certificates that stood on a valid path to an anchor (PTH-02 c).
CREATE TABLE intermediates (
  cert_id   bytea       NOT NULL,
  der       bytea       NOT NULL,
  added_at  timestamptz NOT NULL,
  PRIMARY KEY (cert_id)
);
