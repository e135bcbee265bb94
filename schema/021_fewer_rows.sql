-- A delivery writes fewer rows, and fewer of them are checked again (docs/decisions/0008-fewer-rows.md).

-- What filters look into lies beside what a list shows: neither changes.
ALTER TABLE email_meta ADD COLUMN headers      text NOT NULL DEFAULT '';  -- a line 'NAME:VALUE' a field, decoded
ALTER TABLE email_meta ADD COLUMN body         text NOT NULL DEFAULT '';  -- text of the parts, white space condensed
ALTER TABLE email_meta ADD COLUMN signers      text NOT NULL DEFAULT '';  -- lines 'address:A', 'issuer:I' of who signed
ALTER TABLE email_meta ADD COLUMN from_name    text NOT NULL DEFAULT '';  -- what i;ascii-casemap sorts by: first From
ALTER TABLE email_meta ADD COLUMN to_name      text NOT NULL DEFAULT '';  --   and To, base subject
ALTER TABLE email_meta ADD COLUMN subject_base text NOT NULL DEFAULT '';  -- headers, body, signers: i;unicode-casemap
UPDATE email_meta m SET headers = t.headers, body = t.body, signers = t.signers, from_name = t.from_name, to_name = t.to_name,
  subject_base = t.subject_base FROM email_text t WHERE t.account_id = m.account_id AND t.email_id = m.email_id;
DROP TABLE email_text;

-- A message with an S/MIME envelope: what was read from its octets, and the verdict at delivery.
CREATE TABLE email_smime (
  account_id      bigint      NOT NULL,
  email_id        bigint      NOT NULL,
  facts_at        timestamptz NOT NULL,        -- RVF-06
  dlv_at          timestamptz NOT NULL,        -- T of the verdict at delivery
  finalised_at    timestamptz,                 -- NULL: pending
  retry_at        timestamptz,                 -- when to look again: of a pending one, or 'infinity' of one that failed and
                                               --   waits for evidence since an anchor was added
  trust_version   bigint      NOT NULL,        -- of the anchors that it was last judged with
  facts_version   smallint    NOT NULL,
  dlv_status      smallint    NOT NULL,
  recheck         boolean     NOT NULL,
  dlv_codes       smallint[]  NOT NULL,
  policy_version  text        NOT NULL,
  evidence        text        NOT NULL,        -- that the verdict at delivery rests on
  facts           text        NOT NULL,        -- JSON
  PRIMARY KEY (account_id, email_id)
);
INSERT INTO email_smime SELECT f.account_id, f.email_id, f.facts_at, d.received_at, d.finalised_at, d.retry_at,
  d.trust_version, f.facts_version, d.status, d.recheck, d.codes, d.policy_version, d.evidence, f.facts
  FROM email_facts f JOIN email_at_delivery d ON d.account_id = f.account_id AND d.email_id = f.email_id;
DROP TABLE email_facts;
DROP TABLE email_at_delivery;
CREATE INDEX email_smime_recheck ON email_smime (trust_version, account_id, email_id) WHERE recheck;
CREATE INDEX email_smime_retry   ON email_smime (retry_at, account_id, email_id) WHERE retry_at IS NOT NULL;

-- Rows of an email are written by one statement and deleted by one (lib/store/email_tables.h).  What stays: accounts <- blobs
-- <- blob_chunks, email_meta: no octets go while a message has them; mailboxes <- email_mailbox: no message is nowhere.
ALTER TABLE email_meta          DROP CONSTRAINT email_meta_account_id_email_id_fkey;
ALTER TABLE email_mailbox       DROP CONSTRAINT email_mailbox_account_id_email_id_fkey;
ALTER TABLE email_keyword       DROP CONSTRAINT email_keyword_account_id_email_id_fkey;
ALTER TABLE email_signers       DROP CONSTRAINT email_signers_account_id_email_id_fkey;
ALTER TABLE at_delivery_history DROP CONSTRAINT at_delivery_history_account_id_email_id_fkey;
ALTER TABLE emails              DROP CONSTRAINT emails_account_id_thread_id_fkey;
ALTER TABLE thread_refs         DROP CONSTRAINT thread_refs_account_id_thread_id_fkey;
ALTER TABLE threads             DROP CONSTRAINT threads_account_id_fkey;
ALTER TABLE deliveries          DROP CONSTRAINT deliveries_account_id_fkey;
