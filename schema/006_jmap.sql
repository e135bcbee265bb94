-- What JMAP clients need beside the mail itself.

-- Octets of mail that the account may hold (RFC 9425); NULL: as many as there is room for.  Beside used_bytes, so that one
-- row under the account's lock tells whether a message fits.
ALTER TABLE account_state ADD COLUMN quota_bytes bigint;

-- The state of EmailDelivery (RFC 8621 section 1.5): moves when mail arrives, not when it is read or judged again.
ALTER TABLE account_state ADD COLUMN delivery_modseq bigint NOT NULL DEFAULT 0;

ALTER TABLE api_tokens ADD COLUMN scope smallint NOT NULL DEFAULT 0;  -- 0 full, 1 read-only

-- Uploads of an account in the order in which they expire: RFC 8620 section 6 wants the oldest to make room for a new one.
CREATE INDEX blobs_unreferenced ON blobs (account_id, expires_at) INCLUDE (size) WHERE expires_at IS NOT NULL;
