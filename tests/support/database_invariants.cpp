#include "support/database_invariants.h"

namespace waxseal::test {

namespace {

struct Invariant {
  const char* what;
  const char* query;  // a row for each thing that is wrong
};

// Which threads a user sees unread in which mailbox, by the words of RFC 8621 section 2.
#define UNREAD_THREADS                                                                                             \
  "(SELECT count(DISTINCT b.thread_id) FROM email_mailbox b WHERE b.account_id = m.account_id AND b.mailbox_id = " \
  "m.mailbox_id AND EXISTS (SELECT 1 FROM emails e JOIN email_mailbox x ON x.account_id = e.account_id AND "       \
  "x.email_id = e.email_id JOIN mailboxes y ON y.account_id = x.account_id AND y.mailbox_id = x.mailbox_id WHERE " \
  "e.account_id = b.account_id AND e.thread_id = b.thread_id AND (e.flags & 9) = 0 AND "                           \
  "(coalesce(y.role, '') = 'trash') = (coalesce(m.role, '') = 'trash')))"

constexpr Invariant kInvariants[] = {
    {"3: a number of emails is used twice",
     "SELECT modseq FROM (SELECT account_id, modseq FROM emails UNION ALL SELECT account_id, modseq FROM tombstones "
     "WHERE kind = 1) AS n GROUP BY account_id, modseq HAVING count(*) > 1"},
    {"3: a number of threads is used twice",
     "SELECT modseq FROM (SELECT account_id, modseq FROM threads UNION ALL SELECT account_id, modseq FROM tombstones "
     "WHERE kind = 3) AS n GROUP BY account_id, modseq HAVING count(*) > 1"},
    {"3: a number of mailboxes is used twice",
     "SELECT modseq FROM (SELECT account_id, modseq FROM mailboxes UNION ALL SELECT account_id, modseq FROM tombstones "
     "WHERE kind = 2) AS n GROUP BY account_id, modseq HAVING count(*) > 1"},
    {"3: a state is behind",
     "SELECT s.account_id FROM account_state s WHERE "
     "email_modseq < (SELECT coalesce(max(modseq), 0) FROM emails e WHERE e.account_id = s.account_id) OR "
     "thread_modseq < (SELECT coalesce(max(modseq), 0) FROM threads t WHERE t.account_id = s.account_id) OR "
     "mailbox_modseq < (SELECT coalesce(max(modseq), 0) FROM mailboxes m WHERE m.account_id = s.account_id) OR "
     "modseq < greatest(email_modseq, thread_modseq, mailbox_modseq) OR "
     "email_modseq < (SELECT coalesce(max(modseq), 0) FROM tombstones t WHERE t.account_id = s.account_id AND kind = "
     "1)"},
    {"5: copies in email_mailbox differ",
     "SELECT b.email_id FROM email_mailbox b JOIN emails e ON e.account_id = b.account_id AND e.email_id = b.email_id "
     "WHERE (b.flags, b.smime_status, b.dlv_status, b.thread_id, b.received_at) IS DISTINCT FROM "
     "(e.flags, e.smime_status, e.dlv_status, e.thread_id, e.received_at)"},
    {"5: an email without mailbox or meta",
     "SELECT e.email_id FROM emails e WHERE NOT EXISTS (SELECT 1 FROM email_mailbox b WHERE b.account_id = "
     "e.account_id "
     "AND b.email_id = e.email_id) OR NOT EXISTS (SELECT 1 FROM email_meta m WHERE m.account_id = e.account_id AND "
     "m.email_id = e.email_id)"},
    {"6: a count of a mailbox",
     "SELECT m.name FROM mailboxes m WHERE (total_emails, unread_emails, total_threads, unread_threads) IS DISTINCT "
     "FROM ((SELECT count(*) FROM email_mailbox b WHERE b.account_id = m.account_id AND b.mailbox_id = m.mailbox_id), "
     "(SELECT count(*) FROM email_mailbox b WHERE b.account_id = m.account_id AND b.mailbox_id = m.mailbox_id AND "
     "(b.flags & 9) = 0), (SELECT count(DISTINCT thread_id) FROM email_mailbox b WHERE b.account_id = m.account_id AND "
     "b.mailbox_id = m.mailbox_id), " UNREAD_THREADS ")"},
    {"7: refs of octets",
     "SELECT encode(b.blob_id, 'hex') FROM blobs b WHERE refs <> (SELECT count(*) FROM email_meta m WHERE m.account_id "
     "= b.account_id AND m.blob_id = b.blob_id) + (SELECT count(*) FROM outgoing o WHERE o.account_id = b.account_id "
     "AND o.blob_id = b.blob_id) OR (refs > 0) <> (expires_at IS NULL)"},
    {"7: chunks of octets",
     "SELECT encode(b.blob_id, 'hex') FROM blobs b WHERE greatest(1, ceil(size / 262144.0)) <> (SELECT count(*) FROM "
     "blob_chunks c WHERE c.account_id = b.account_id AND c.blob_id = b.blob_id)"},
    {"18: what is counted by day",
     "SELECT a.account_id FROM accounts a WHERE (SELECT coalesce(sum(messages), 0) FROM daily_counts c WHERE "
     "c.account_id = a.account_id AND c.kind = 1) <> (SELECT count(*) FROM deliveries d WHERE d.account_id = "
     "a.account_id)"},
    {"11: used_bytes",
     "SELECT account_id FROM account_state s WHERE used_bytes <> (SELECT coalesce(sum(size), 0) FROM email_meta m "
     "WHERE "
     "m.account_id = s.account_id)"},
    // What no foreign key guards.
    {"a row of an email that is not there",
     "SELECT o.email_id FROM (SELECT account_id, email_id FROM email_meta UNION ALL SELECT account_id, email_id FROM "
     "email_mailbox UNION ALL SELECT account_id, email_id FROM email_keyword UNION ALL SELECT account_id, email_id "
     "FROM "
     "email_smime UNION ALL SELECT account_id, email_id FROM email_signers UNION ALL SELECT account_id, email_id FROM "
     "at_delivery_history) AS o WHERE NOT EXISTS (SELECT 1 FROM emails e WHERE e.account_id = o.account_id AND "
     "e.email_id = o.email_id)"},
    {"a row of a thread that is not there",
     "SELECT o.thread_id FROM (SELECT account_id, thread_id FROM emails UNION ALL SELECT account_id, thread_id FROM "
     "thread_refs) AS o WHERE NOT EXISTS (SELECT 1 FROM threads t WHERE t.account_id = o.account_id AND t.thread_id = "
     "o.thread_id)"},
    {"a thread without emails",
     "SELECT thread_id FROM threads t WHERE NOT EXISTS (SELECT 1 FROM emails e WHERE e.account_id = t.account_id AND "
     "e.thread_id = t.thread_id)"},
    {"a destroyed object is there",
     "SELECT object_id FROM tombstones t WHERE (kind = 1 AND EXISTS (SELECT 1 FROM emails e WHERE e.account_id = "
     "t.account_id AND e.email_id = object_id)) OR (kind = 2 AND EXISTS (SELECT 1 FROM mailboxes m WHERE m.account_id "
     "= "
     "t.account_id AND m.mailbox_id = object_id)) OR (kind = 3 AND EXISTS (SELECT 1 FROM threads h WHERE h.account_id "
     "= "
     "t.account_id AND h.thread_id = object_id))"},
    {"a mailbox below none",
     "SELECT name FROM mailboxes m WHERE parent_id <> 0 AND NOT EXISTS (SELECT 1 FROM mailboxes p WHERE p.account_id = "
     "m.account_id AND p.mailbox_id = m.parent_id)"},
};

}  // namespace

std::string broken_invariants(const TestDatabase& database) {
  std::string out;
  for (const Invariant& invariant : kInvariants) {
    for (const auto& row : database.sql(invariant.query)) out += std::string(invariant.what) + ": " + row.at(0) + "\n";
  }
  return out;
}

}  // namespace waxseal::test
