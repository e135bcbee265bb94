-- Who keeps an anchor: 0 the operator (`waxseal trust`), 1 trust.directory, 2 trust.system_bundle.  What vanishes from a
-- directory is removed; what the operator added is not.
ALTER TABLE trust_anchors ADD COLUMN source smallint NOT NULL DEFAULT 0;
