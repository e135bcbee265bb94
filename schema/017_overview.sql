-- What an administrator sees of the whole installation (docs/JMAP.md, SmimeOverview): counters, so that no message is read for it.

ALTER TABLE accounts ADD COLUMN administrator boolean NOT NULL DEFAULT false;  -- may see the overview

-- Group A: how often something happened to mail of the account on a day (UTC).  Written in the transaction that stores or changes
-- the message.
CREATE TABLE daily_counts (
  account_id  bigint   NOT NULL,
  day         date     NOT NULL,
  kind        smallint NOT NULL,               -- lib/store/daily_counts.h
  value       smallint NOT NULL,               -- status or code, as the kind says
  messages    bigint   NOT NULL,
  PRIMARY KEY (account_id, day, kind, value),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
) WITH (fillfactor = 50);                      -- room for HOT updates
CREATE INDEX daily_counts_day ON daily_counts (day);

-- Certificates that end soon, and whether they are a signer's.
CREATE INDEX certificates_end ON certificates (not_after);
CREATE INDEX units_leaf ON units (leaf);

CREATE INDEX fetches_failing ON fetches (next_fetch_at) WHERE failures > 0;
