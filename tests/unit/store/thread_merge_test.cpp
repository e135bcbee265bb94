// RFC 8621 section 3: a late message joins threads.
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/store/small_account.h"

namespace waxseal::store {
namespace {

TEST(ThreadMerge, ALateMessageJoinsTwoThreads) {
  SmallAccount account;
  const EmailId first = account.deliver({.message_id = "<1@x>", .day = 1});
  const EmailId second = account.deliver({.message_id = "<1b@x>", .references = "<1@x>", .day = 2});
  const EmailId third = account.deliver({.message_id = "<3@x>", .day = 4, .keywords = {"$flagged", "work"}});
  ASSERT_NE(account.email(first)->thread, account.email(third)->thread);
  const std::string emails = account.state(), threads = account.state(ObjectType::kThread);
  const EmailId late = account.deliver({.message_id = "<2@x>", .references = "<1@x> <3@x>", .day = 3});

  // The shorter thread's email has a new id, and is otherwise what it was.
  EXPECT_FALSE(account.email(third));
  const Changes changes = account.changes(emails);
  EXPECT_EQ(changes.destroyed, std::vector{third.value});
  ASSERT_EQ(changes.created.size(), 2U);
  const std::vector<EmailId> all = account.thread(late);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0], first);
  EXPECT_EQ(all[1], second);
  EXPECT_EQ(all[2], late);
  EXPECT_EQ(account.email(all[3])->keywords, (std::vector<std::string>{"$flagged", "work"}));
  EXPECT_EQ(account.email(all[3])->summary.message_id, std::vector<std::string>{"3@x"});
  EXPECT_EQ(account.changes(threads, ObjectType::kThread).destroyed.size(), 1U);
  EXPECT_EQ(account.broken(), "");

  // What answers to the moved one finds the thread.
  EXPECT_EQ(account.thread(account.deliver({.references = "<3@x>", .day = 5})).size(), 5U);
  EXPECT_EQ(account.broken(), "");
}

TEST(ThreadMerge, AnotherSubjectIsAnotherThread) {
  SmallAccount account;
  account.deliver({.message_id = "<1@x>"});
  const EmailId other = account.deliver({.subject = "Something else", .references = "<1@x>"});
  EXPECT_EQ(account.thread(other), std::vector{other});
  EXPECT_EQ(account.thread(account.deliver({.subject = "Re: plan", .references = "<1@x>"})).size(), 2U);
}

TEST(ThreadMerge, AFullThreadIsContinuedByAnother) {
  SmallAccount account;
  EmailId last = account.deliver({.message_id = "<1@x>"});
  for (std::size_t i = 1; i < kThreadAtMost; ++i) last = account.deliver({.references = "<1@x>"});
  ASSERT_EQ(account.thread(last).size(), kThreadAtMost);
  const EmailId next = account.deliver({.references = "<1@x>"});
  EXPECT_EQ(account.thread(next), std::vector{next});
  // From now on the reference leads to the thread that has room.
  const EmailId after = account.deliver({.references = "<1@x>"});
  EXPECT_EQ(account.thread(after), (std::vector{next, after}));
  EXPECT_EQ(account.thread(last).size(), kThreadAtMost);
  EXPECT_EQ(account.broken(), "");
}

TEST(ThreadMerge, TwoLongThreadsStayApart) {
  SmallAccount account;
  for (const char* root : {"<1@x>", "<2@x>"}) {
    account.deliver({.message_id = root});
    for (std::size_t i = 0; i < kMergeAtMost; ++i) account.deliver({.references = root});
  }
  const std::string threads = account.state(ObjectType::kThread);
  const EmailId late = account.deliver({.references = "<1@x> <2@x>"});
  EXPECT_EQ(account.thread(late).size(), kMergeAtMost + 2);
  EXPECT_TRUE(account.changes(threads, ObjectType::kThread).destroyed.empty());
  EXPECT_EQ(account.broken(), "");
}

// A new table of rows that belong to an email must be copied by a merge too.
TEST(ThreadMerge, KnowsEveryTableAndColumnThatBelongsToAnEmail) {
  const test::TestDatabase database;
  EXPECT_EQ(database.value(
                "SELECT string_agg(c.table_name || '(' || c.columns || ')', ' ' ORDER BY c.table_name) FROM (SELECT "
                "table_name, string_agg(column_name::text, ',' ORDER BY ordinal_position) AS columns, "
                "bool_or(column_name = 'email_id') AS owned FROM information_schema.columns "
                "WHERE table_schema = 'public' GROUP BY table_name) AS c WHERE c.owned"),
            "at_delivery_history(account_id,email_id,changed_at,status,codes,trust_version) "
            "deliveries(account_id,delivery_key,email_id,at) "
            "email_keyword(account_id,email_id,keyword,received_at) "
            "email_mailbox(account_id,mailbox_id,received_at,email_id,thread_id,flags,smime_status,dlv_status) "
            "email_meta(account_id,email_id,received_at,sent_at,size,has_attachment,blob_id,subject,preview,from_text,"
            "to_text,cc_text,bcc_text,envelope,received_at_trusted,from_key,to_key,subject_key,headers,body,signers,from_name,"
            "to_name,subject_base) "
            "email_signers(account_id,email_id,ordinal,unit_id,applied_gen) "
            "email_smime(account_id,email_id,facts_at,dlv_at,finalised_at,retry_at,trust_version,facts_version,"
            "dlv_status,recheck,dlv_codes,policy_version,evidence,facts) "
            "emails(account_id,email_id,thread_id,modseq,received_at,flags,smime_status,dlv_status,smime_codes)")
      << "bring lib/store/email_tables.h up to date, then this list";
}

}  // namespace
}  // namespace waxseal::store
