-- Mailboxes, threads, octets and messages: group A.

CREATE TABLE mailboxes (
  account_id      bigint  NOT NULL,
  mailbox_id      bigint  NOT NULL,
  parent_id       bigint  NOT NULL DEFAULT 0,  -- 0: top level
  name            text    NOT NULL,
  role            text,
  sort_order      integer NOT NULL DEFAULT 0,
  is_subscribed   boolean NOT NULL DEFAULT true,
  total_emails    bigint  NOT NULL DEFAULT 0,  -- the four counts are kept in the same transaction as the mail,
  unread_emails   bigint  NOT NULL DEFAULT 0,  --   under the account's write lock
  total_threads   bigint  NOT NULL DEFAULT 0,
  unread_threads  bigint  NOT NULL DEFAULT 0,
  modseq          bigint  NOT NULL,            -- last change of any property
  prop_modseq     bigint  NOT NULL,            -- last change other than of the counts
  PRIMARY KEY (account_id, mailbox_id),
  UNIQUE (account_id, parent_id, name),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX mailboxes_role ON mailboxes (account_id, role) WHERE role IS NOT NULL;

CREATE TABLE threads (
  account_id  bigint NOT NULL,
  thread_id   bigint NOT NULL,
  modseq      bigint NOT NULL,
  PRIMARY KEY (account_id, thread_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX threads_changes ON threads (account_id, modseq);

-- RFC 8621 section 3: a message joins a thread that shares one of its message ids and its base subject.
-- ref and subject are the first 128 bits of SHA-256 over account and text.
CREATE TABLE thread_refs (
  account_id  bigint NOT NULL,
  ref         uuid   NOT NULL,
  subject     uuid   NOT NULL,
  thread_id   bigint NOT NULL,
  PRIMARY KEY (account_id, ref, subject),
  FOREIGN KEY (account_id, thread_id) REFERENCES threads (account_id, thread_id) ON DELETE CASCADE
);
CREATE INDEX thread_refs_thread ON thread_refs (account_id, thread_id);

-- Octets.  blob_id = SHA-256 of the content: deduplicated within the account only.  The row and its chunks are written
-- first, in a transaction of their own, with expires_at set; the short transaction that makes use of them adds to refs and
-- clears expires_at.  So no account lock waits for octets.  A visible row is complete.
CREATE TABLE blobs (
  account_id  bigint      NOT NULL,
  blob_id     bytea       NOT NULL,
  size        bigint      NOT NULL,
  refs        integer     NOT NULL DEFAULT 0,  -- emails that hold it
  expires_at  timestamptz,                     -- nothing holds it yet; a transaction that needs it moves this on
  PRIMARY KEY (account_id, blob_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
CREATE INDEX blobs_expiry ON blobs (expires_at) WHERE expires_at IS NOT NULL;  -- for the collector

CREATE TABLE blob_chunks (                     -- 256 KiB a row
  account_id  bigint  NOT NULL,
  blob_id     bytea   NOT NULL,
  seq         integer NOT NULL,
  data        bytea   NOT NULL,
  PRIMARY KEY (account_id, blob_id, seq),
  FOREIGN KEY (account_id, blob_id) REFERENCES blobs (account_id, blob_id) ON DELETE CASCADE
);
ALTER TABLE blob_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

-- What changes about a message: narrow, as each change rewrites the row.  smime_status: 0 null, 1 unknown, 2 signed,
-- 3 signed/verified, 4 signed/failed (smime::Status).  smimeVerifiedAt is NOT here: it is derived from units.evaluated_at
-- when read (RFC 9219 section 4.3: it must not appear in Email/changes).
CREATE TABLE emails (
  account_id    bigint      NOT NULL,
  email_id      bigint      NOT NULL,          -- value of the counter at creation: id > S  <=>  created after state S
  thread_id     bigint      NOT NULL,
  modseq        bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  flags         integer     NOT NULL DEFAULT 0,  -- 1 $seen 2 $flagged 4 $answered 8 $draft 16 $forwarded
  smime_status  smallint    NOT NULL DEFAULT 0,
  dlv_status    smallint    NOT NULL DEFAULT 0,  -- smimeStatusAtDelivery; 2 while pending
  smime_codes   smallint[]  NOT NULL DEFAULT '{}',  -- smimeErrors as numbers, ordered (ERR-03)
  PRIMARY KEY (account_id, email_id),
  FOREIGN KEY (account_id, thread_id) REFERENCES threads (account_id, thread_id)
) WITH (fillfactor = 85);
CREATE INDEX emails_changes ON emails (account_id, modseq);
CREATE INDEX emails_thread  ON emails (account_id, thread_id);
CREATE INDEX emails_smime   ON emails (account_id, smime_status, received_at, email_id) WHERE smime_status > 0;

-- What never changes about a message.
CREATE TABLE email_meta (
  account_id      bigint      NOT NULL,
  email_id        bigint      NOT NULL,
  received_at     timestamptz NOT NULL,
  sent_at         timestamptz,
  size            bigint      NOT NULL,
  has_attachment  boolean     NOT NULL DEFAULT false,
  blob_id         bytea       NOT NULL,
  subject         text        NOT NULL,
  preview         text        NOT NULL,
  from_text       text        NOT NULL,        -- 'Name <address>, ...': for substring filters and sorting
  to_text         text        NOT NULL,
  cc_text         text        NOT NULL,
  bcc_text        text        NOT NULL,
  envelope        text        NOT NULL,        -- JSON: address groups and message ids
  PRIMARY KEY (account_id, email_id),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE,
  FOREIGN KEY (account_id, blob_id)  REFERENCES blobs (account_id, blob_id)
);
CREATE INDEX email_meta_received ON email_meta (account_id, received_at, email_id);
CREATE INDEX email_meta_blob     ON email_meta (account_id, blob_id);

-- Membership, and at once the index for Email/query in a mailbox: the primary key is the sort order (receivedAt is
-- immutable, so the key still makes a message unique in its mailbox).  flags, smime_status and dlv_status are copies, kept in
-- the same statement; INCLUDEd, any filter on them is answered from the index alone.
CREATE TABLE email_mailbox (
  account_id    bigint      NOT NULL,
  mailbox_id    bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  email_id      bigint      NOT NULL,
  thread_id     bigint      NOT NULL,
  flags         integer     NOT NULL DEFAULT 0,
  smime_status  smallint    NOT NULL DEFAULT 0,
  dlv_status    smallint    NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, mailbox_id, received_at, email_id) INCLUDE (flags, smime_status, dlv_status, thread_id),
  FOREIGN KEY (account_id, email_id)   REFERENCES emails (account_id, email_id) ON DELETE CASCADE,
  FOREIGN KEY (account_id, mailbox_id) REFERENCES mailboxes (account_id, mailbox_id)
) WITH (fillfactor = 85);
CREATE INDEX email_mailbox_email  ON email_mailbox (account_id, email_id);
CREATE INDEX email_mailbox_smime  ON email_mailbox (account_id, mailbox_id, smime_status, received_at, email_id)
  WHERE smime_status > 0;
CREATE INDEX email_mailbox_unread ON email_mailbox (account_id, mailbox_id, received_at, email_id)
  WHERE (flags & 1) = 0;

CREATE TABLE email_keyword (                   -- keywords that have no bit in flags; lower case
  account_id   bigint      NOT NULL,
  email_id     bigint      NOT NULL,
  keyword      text        NOT NULL,
  received_at  timestamptz NOT NULL,
  PRIMARY KEY (account_id, email_id, keyword),
  FOREIGN KEY (account_id, email_id) REFERENCES emails (account_id, email_id) ON DELETE CASCADE
);
CREATE INDEX email_keyword_query ON email_keyword (account_id, keyword, received_at, email_id);

-- G3: a retry or a lost reply stores once.  Outlives the message: a retry after it was destroyed does not bring it back.
CREATE TABLE deliveries (
  account_id    bigint      NOT NULL,
  delivery_key  bytea       NOT NULL,
  email_id      bigint      NOT NULL,          -- the mail may be gone: no foreign key
  at            timestamptz NOT NULL,
  PRIMARY KEY (account_id, delivery_key),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);

-- Destroyed objects.  kind 1 Email, 2 Mailbox, 3 Thread.
CREATE TABLE tombstones (
  account_id  bigint      NOT NULL,
  kind        smallint    NOT NULL,
  modseq      bigint      NOT NULL,
  object_id   bigint      NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (account_id, kind, modseq, object_id),
  FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);
