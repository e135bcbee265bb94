// The invariants of schema/README.md, asked of a database at rest.
#pragma once

#include <string>

#include "support/database.h"

namespace waxseal::store {

struct Invariant {
  int number;             // in schema/README.md
  const char* offenders;  // statement that gives a row for each offender
};

inline constexpr Invariant kInvariants[] = {
    {3,
     "SELECT account_id, modseq FROM emails GROUP BY 1, 2 HAVING count(*) > 1 UNION ALL "
     "SELECT account_id, modseq FROM threads GROUP BY 1, 2 HAVING count(*) > 1 UNION ALL "
     "SELECT e.account_id, e.modseq FROM emails e JOIN account_state s USING (account_id) "
     "WHERE e.modseq > s.email_modseq UNION ALL "
     "SELECT t.account_id, t.modseq FROM threads t JOIN account_state s USING (account_id) "
     "WHERE t.modseq > s.thread_modseq UNION ALL "
     "SELECT m.account_id, m.modseq FROM mailboxes m JOIN account_state s USING (account_id) "
     "WHERE m.modseq > s.mailbox_modseq"},
    {5,
     "SELECT 1 FROM email_mailbox b JOIN emails e USING (account_id, email_id) WHERE "
     "(b.flags, b.smime_status, b.dlv_status, b.thread_id, b.received_at) IS DISTINCT FROM "
     "(e.flags, e.smime_status, e.dlv_status, e.thread_id, e.received_at)"},
    {6,
     "SELECT 1 FROM mailboxes m LEFT JOIN (SELECT account_id, mailbox_id, count(*) AS emails, "
     "count(*) FILTER (WHERE flags & 9 = 0) AS unread, count(DISTINCT thread_id) AS threads, "
     "count(DISTINCT thread_id) FILTER (WHERE flags & 9 = 0) AS unread_threads "
     "FROM email_mailbox GROUP BY 1, 2) c USING (account_id, mailbox_id) WHERE "
     "(m.total_emails, m.unread_emails, m.total_threads, m.unread_threads) IS DISTINCT FROM "
     "(coalesce(c.emails, 0), coalesce(c.unread, 0), coalesce(c.threads, 0), coalesce(c.unread_threads, 0))"},
    {7,
     "SELECT 1 FROM blobs b WHERE greatest(1, (b.size + 262143) / 262144) <> "
     "(SELECT count(*) FROM blob_chunks c WHERE c.account_id = b.account_id AND c.blob_id = b.blob_id) "
     "OR b.size <> (SELECT sum(length(c.data)) FROM blob_chunks c WHERE c.account_id = b.account_id AND "
     "c.blob_id = b.blob_id) "
     "OR b.refs <> (SELECT count(*) FROM email_meta m WHERE m.account_id = b.account_id AND m.blob_id = b.blob_id)"},
    {8,
     "SELECT 1 FROM email_signers s WHERE NOT EXISTS (SELECT 1 FROM units u WHERE u.unit_id = s.unit_id) OR NOT EXISTS "
     "(SELECT 1 FROM unit_holders h WHERE h.unit_id = s.unit_id AND h.account_id = s.account_id)"},
    {9,
     "SELECT 1 FROM email_signers s JOIN units u USING (unit_id) WHERE s.applied_gen < u.gen AND u.swept_gen >= u.gen"},
    {10,
     "SELECT 1 FROM email_smime d JOIN emails e USING (account_id, email_id) WHERE e.dlv_status <> "
     "CASE WHEN d.finalised_at IS NULL THEN 2 ELSE d.dlv_status END"},
    {11,
     "SELECT 1 FROM account_state s WHERE used_bytes <> "
     "(SELECT coalesce(sum(size), 0) FROM email_meta m WHERE m.account_id = s.account_id)"},
    {20,
     "SELECT 1 FROM (SELECT account_id, email_id FROM email_meta UNION ALL SELECT account_id, email_id FROM "
     "email_mailbox UNION ALL SELECT account_id, email_id FROM email_keyword UNION ALL SELECT account_id, email_id "
     "FROM "
     "email_smime UNION ALL SELECT account_id, email_id FROM email_signers) AS o WHERE NOT EXISTS (SELECT 1 FROM "
     "emails e WHERE e.account_id = o.account_id AND e.email_id = o.email_id) UNION ALL "
     "SELECT 1 FROM (SELECT account_id, thread_id FROM emails UNION ALL SELECT account_id, thread_id FROM thread_refs) "
     "AS o WHERE NOT EXISTS (SELECT 1 FROM threads t WHERE t.account_id = o.account_id AND t.thread_id = o.thread_id)"},
};

// Numbers of those that do not hold, separated by spaces.
inline std::string broken_invariants(const test::TestDatabase& database) {
  std::string out;
  for (const Invariant& invariant : kInvariants) {
    if (database.sql(invariant.offenders).empty()) continue;
    if (!out.empty()) out += ' ';
    out += std::to_string(invariant.number);
  }
  return out;
}

}  // namespace waxseal::store
