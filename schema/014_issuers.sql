-- Issuer certificates that mail does not bring (PTH-02 c, d).

-- kind 3: `certificate` is the one whose issuer is looked for, `below` those on the way to it, the signer's side first:
-- SHA-256 values, one after the other.
ALTER TABLE fetches ADD COLUMN below bytea NOT NULL DEFAULT '';

-- Units that another intermediate certificate may help (codes chain_*).
CREATE INDEX units_without_path ON units (bucket, unit_id) WHERE codes && '{412,413,414,415,416,417}'::smallint[];
