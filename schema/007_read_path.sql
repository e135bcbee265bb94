-- Units that an account's mail depends on, from the account's side: the read path of waxseal-jmapd evaluates overdue ones
-- itself when waxseal-reverifyd is behind (RVF-07).
CREATE INDEX unit_holders_account ON unit_holders (account_id, unit_id);
