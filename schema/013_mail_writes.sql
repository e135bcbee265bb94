-- What a client writes, and what Email/query sorts by.

-- TIM-08: false for mail whose receivedAt is what a client said and not our clock's.
ALTER TABLE email_meta ADD COLUMN received_at_trusted boolean NOT NULL DEFAULT true;

-- Collation keys (i;unicode-casemap) of the first From and To and of the base subject, compared octet by octet.
ALTER TABLE email_meta ADD COLUMN from_key    text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE email_meta ADD COLUMN to_key      text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE email_meta ADD COLUMN subject_key text COLLATE "C" NOT NULL DEFAULT '';
