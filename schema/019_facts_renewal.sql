-- Facts of messages that an older verifier read (email_facts.facts_version) are renewed from the octets in the
-- background, once after each upgrade that reads messages differently.

-- One row.  No email_facts has a facts_version below this one: then nobody looks for such rows.
CREATE TABLE verifier_state (
  id             smallint NOT NULL CHECK (id = 1),
  facts_version  smallint NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO verifier_state (id, facts_version) VALUES (1, 0);
