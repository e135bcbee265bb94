-- What filters look into: group A, one row for each email, never changed.  Cost of a search is that of reading the account's
-- own rows; an index over all accounts would cost what the shard holds.
CREATE TABLE email_text (
  account_id    bigint NOT NULL,
  email_id      bigint NOT NULL,
  headers       text   NOT NULL,  -- one line 'NAME:VALUE' for each field, decoded; collation keys (i;unicode-casemap)
  body          text   NOT NULL,  -- text of the parts, white space condensed; the same keys
  signers       text   NOT NULL,  -- lines 'address:A', 'issuer:I' of the certificates that signed; the same keys
  from_name     text   NOT NULL,  -- what i;ascii-casemap sorts by: first From and To, base subject
  to_name       text   NOT NULL,
  subject_base  text   NOT NULL,
  PRIMARY KEY (account_id, email_id),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
);
