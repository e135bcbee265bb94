-- How much an account has sent in the last day: what the limits of sending look at.  Group A.
CREATE TABLE sent_counts (
  account_id  bigint   NOT NULL,
  slot        bigint   NOT NULL,                 -- number of the five minutes since 1970 (lib/store/sent_counts.h)
  messages    bigint   NOT NULL,
  recipients  bigint   NOT NULL,
  PRIMARY KEY (account_id, slot),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
