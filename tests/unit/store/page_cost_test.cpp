// A page of 50 emails costs the same whatever the size of the account: counted by PostgreSQL itself while the real
// statements run, not estimated by EXPLAIN of a copy of them.

#include <gtest/gtest.h>

#include "store/accounts.h"
#include "store/email_query.h"
#include "support/database.h"

namespace waxseal::store {
namespace {

const Time kNow = from_epoch(1'790'000'000);

// `count` messages in the inbox, two of three with S/MIME, one of three verified.
void fill(test::TestDatabase& database, AccountId account, int count) {
  const std::string id = std::to_string(account.value), n = std::to_string(count);
  const std::string numbers = " FROM generate_series(1000, 999 + " + n + ") g";
  const std::string status = "(ARRAY[0, 3, 4])[g % 3 + 1]";
  const std::string at = "to_timestamp(1780000000 + g)";
  database.sql(
      "INSERT INTO threads (account_id, thread_id, modseq) SELECT " + id + ", g, g" + numbers +
      "; INSERT INTO blobs (account_id, blob_id, size, refs) SELECT " + id +
      ", decode(lpad(to_hex(g), 64, '0'), 'hex'), 1000, 1" + numbers +
      "; INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, smime_status, dlv_status) SELECT " +
      id + ", g, g, g, " + at + ", " + status + ", " + status + numbers +
      "; INSERT INTO email_meta (account_id, email_id, received_at, size, blob_id, subject, preview, from_text, "
      "to_text, "
      "cc_text, bcc_text, envelope) SELECT " +
      id + ", g, " + at +
      ", 1000, decode(lpad(to_hex(g), 64, '0'), 'hex'), 'Subject ' || g, 'Preview', 'a@b', 'c@d', '', '', '{}'" +
      numbers +
      "; INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, smime_status, "
      "dlv_status) SELECT " +
      id + ", (SELECT mailbox_id FROM mailboxes WHERE account_id = " + id + " AND role = 'inbox'), " + at + ", g, g, " +
      status + ", " + status + numbers + "; ANALYZE");
}

struct Touched {
  long sequential = 0;  // rows read by scans of whole tables
  long indexed = 0;     // rows and index entries read by index
};

Touched touched(const test::TestDatabase& database) {
  return {std::stol(database.value("SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables "
                                   "WHERE relname IN ('emails', 'email_meta', 'email_mailbox', 'threads', 'blobs')")),
          std::stol(database.value("SELECT coalesce(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes "
                                   "WHERE relname IN ('emails', 'email_meta', 'email_mailbox', 'threads', 'blobs')"))};
}

// What Email/query and Email/get of one page read.  A session's counts are there when it has ended.
Touched cost_of_page(const test::TestDatabase& database, AccountId account, const EmailQuery& query) {
  const Touched before = touched(database);
  {
    const auto session = database.connect(1);
    const EmailQueryResult page = query_emails(*session, account, query);
    EXPECT_EQ(page.ids.size(), 50u);
    EXPECT_EQ(list_emails(*session, account, page.ids).emails.size(), 50u);
  }
  Touched after = touched(database);
  for (int wait = 0; wait < 50 && after.indexed == before.indexed; ++wait) {
    database.value("SELECT pg_sleep(0.1)");
    after = touched(database);
  }
  return {after.sequential - before.sequential, after.indexed - before.indexed};
}

EmailQuery inbox(test::TestDatabase& database, AccountId account, std::optional<bool> verified) {
  Snapshot snapshot(*database, account);
  EmailCondition condition;
  for (const MailboxRow& mailbox : get_mailboxes(snapshot))
    if (mailbox.role == "inbox") condition.in_mailbox = mailbox.id;
  condition.has_verified_smime = verified;
  EmailQuery query;
  query.filter = EmailFilter{condition};
  query.limit = 50;
  return query;
}

TEST(PageCost, DoesNotGrowWithTheAccount) {
  test::TestDatabase database;
  const AccountId small = *create_account(*database, "small", {}, kNow);
  const AccountId large = *create_account(*database, "large", {}, kNow);
  fill(database, small, 10'000);
  fill(database, large, 100'000);
  for (const std::optional<bool> verified : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
    const Touched in_small = cost_of_page(database, small, inbox(database, small, verified));
    const Touched in_large = cost_of_page(database, large, inbox(database, large, verified));
    EXPECT_EQ(in_large.sequential, 0) << "a whole table was read";
    EXPECT_GT(in_large.indexed, 50) << "nothing was counted";
    EXPECT_LT(in_large.indexed, 1'000);
    EXPECT_LE(in_large.indexed, in_small.indexed + 100) << "ten times the mail, more than the same rows";
  }
}

TEST(PageCost, TheCountSeesAScanOfTheWholeTable) {
  test::TestDatabase database;
  const AccountId account = *create_account(*database, "bob", {}, kNow);
  fill(database, account, 10'000);
  EmailQuery query = inbox(database, account, std::nullopt);
  std::get<EmailCondition>(query.filter->node).subject =
      "Subject 10";  // a substring: bounded by the account, not by the page
  query.sort = {{.property = EmailSort::Property::kSubject}};
  const Touched touched = cost_of_page(database, account, query);
  EXPECT_GT(touched.sequential + touched.indexed, 5'000);
}

}  // namespace
}  // namespace waxseal::store
