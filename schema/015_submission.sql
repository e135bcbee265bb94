-- Sending mail (RFC 8621 sections 6 and 7): group A.

ALTER TABLE account_state ADD COLUMN identity_modseq   bigint NOT NULL DEFAULT 0;
ALTER TABLE account_state ADD COLUMN submission_modseq bigint NOT NULL DEFAULT 0;

CREATE TABLE identities (
  account_id      bigint  NOT NULL,
  identity_id     bigint  NOT NULL,
  modseq          bigint  NOT NULL,
  name            text    NOT NULL,
  email           text    NOT NULL,              -- or *@domain
  reply_to        text,                          -- EmailAddress[] as JSON; NULL: null
  bcc             text,
  text_signature  text    NOT NULL,
  html_signature  text    NOT NULL,
  of_address      boolean NOT NULL,              -- made for an address of the account, and goes with it
  PRIMARY KEY (account_id, identity_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX identities_modseq ON identities (account_id, modseq);

-- What clients see.
CREATE TABLE email_submissions (
  account_id       bigint      NOT NULL,
  submission_id    bigint      NOT NULL,
  modseq           bigint      NOT NULL,
  write_key        bigint      NOT NULL,         -- of the client's call: a commit whose answer was lost is found again
  identity_id      bigint      NOT NULL,
  sent_email_id    bigint      NOT NULL,         -- as it was; it may be gone
  sent_thread_id   bigint      NOT NULL,
  envelope         text        NOT NULL,         -- Envelope as JSON
  send_at          timestamptz NOT NULL,
  undo_status      smallint    NOT NULL,         -- 0 pending, 1 final, 2 canceled
  delivery_status  text,                         -- String[DeliveryStatus] as JSON
  PRIMARY KEY (account_id, submission_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX email_submissions_modseq ON email_submissions (account_id, modseq);
CREATE UNIQUE INDEX email_submissions_write_key ON email_submissions (account_id, write_key);

-- What is still to be sent, whether or not its EmailSubmission and its Email are still there.  A row counts in blobs.refs.
CREATE TABLE outgoing (
  account_id       bigint      NOT NULL,
  submission_id    bigint      NOT NULL,
  blob_id          bytea       NOT NULL,
  envelope         text        NOT NULL,
  delivery_status  text,                         -- so far
  give_up_at       timestamptz NOT NULL,
  next_try_at      timestamptz NOT NULL,         -- while it is claimed: the end of the lease
  claim            bigint      NOT NULL DEFAULT 0,      -- number of the claim; whoever has an older one writes nothing
  in_hand          boolean     NOT NULL DEFAULT false,  -- claimed, and the result is not known yet
  in_doubt         boolean     NOT NULL DEFAULT false,  -- the relay may have taken it: it cannot be called back
  failures         integer     NOT NULL DEFAULT 0,      -- in a row
  PRIMARY KEY (account_id, submission_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX outgoing_due ON outgoing (next_try_at);
