#include "store/thread_merge.h"

#include <algorithm>
#include <set>

#include "store/email_tables.h"
#include "store/tombstones.h"

namespace waxseal::store {

namespace {

// The oldest of the longest.
ThreadId longest(const std::vector<ThreadId>& threads, const EmailsOfThread& emails) {
  const auto length = [&](ThreadId thread) {
    const auto found = emails.find(thread);
    return found == emails.end() ? std::size_t{0} : found->second.size();
  };
  return *std::min_element(threads.begin(), threads.end(), [&](ThreadId a, ThreadId b) {
    return length(a) != length(b) ? length(a) > length(b) : a < b;
  });
}

// $2: old ids, $3: new ids, $4: the thread.
constexpr const char* kCopyEmails =
    "INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, flags, smime_status, dlv_status, "
    "smime_codes) SELECT $1, c.new_id, $4::bigint, c.new_id, o.received_at, o.flags, o.smime_status, o.dlv_status, "
    "o.smime_codes FROM unnest($2::bigint[], $3::bigint[]) AS c (old_id, new_id) "
    "JOIN emails o ON o.account_id = $1 AND o.email_id = c.old_id";
constexpr const char* kCopyMemberships =
    "INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, flags, smime_status, "
    "dlv_status) SELECT $1, o.mailbox_id, o.received_at, c.new_id, $4::bigint, o.flags, o.smime_status, o.dlv_status "
    "FROM unnest($2::bigint[], $3::bigint[]) AS c (old_id, new_id) "
    "JOIN email_mailbox o ON o.account_id = $1 AND o.email_id = c.old_id";

std::string copy_of(const EmailTable& table) {
  const std::string name = table.name, columns = table.columns;
  return "INSERT INTO " + name + " (account_id, email_id, " + columns + ") SELECT $1, c.new_id, " + columns + " FROM " +
         name + " o JOIN unnest($2::bigint[], $3::bigint[]) AS c (old_id, new_id) ON c.old_id = o.email_id " +
         "WHERE o.account_id = $1";
}

void insert_again(Transaction& transaction, AccountId account, const std::string& old_ids, const std::string& new_ids,
                  ThreadId into) {
  transaction.exec(kCopyEmails, account, old_ids, new_ids, into);
  for (const EmailTable& table : kEmailTables) transaction.exec(copy_of(table), account, old_ids, new_ids);
  transaction.exec(kCopyMemberships, account, old_ids, new_ids, into);
  delete_email_rows(transaction, account, old_ids);
}

void delete_threads(Transaction& transaction, AccountId account, Numbers& numbers,
                    const std::vector<std::int64_t>& threads, ThreadId into) {
  const std::string gone = id_array(threads);
  transaction.exec("UPDATE thread_refs SET thread_id = $3 WHERE account_id = $1 AND thread_id = ANY($2::bigint[])",
                   account, gone, into);
  transaction.exec("DELETE FROM threads WHERE account_id = $1 AND thread_id = ANY($2::bigint[])", account, gone);
  bury(transaction, account, Buried::kThread, threads, numbers);
}

}  // namespace

EmailsOfThread emails_of(const Memberships& mates) {
  EmailsOfThread out;
  for (const Membership& one : mates) out[one.thread].insert(one.email);
  return out;
}

ThreadId join_threads(Transaction& transaction, AccountId account, Numbers& numbers,
                      const std::vector<ThreadId>& threads, Memberships& mates) {
  const EmailsOfThread emails = emails_of(mates);
  const ThreadId into = longest(threads, emails);
  if (threads.size() == 1) return into;
  std::vector<std::int64_t> old_ids, new_ids, gone;
  for (const ThreadId thread : threads) {
    if (thread == into) continue;
    gone.push_back(thread.value);
    const auto of_thread = emails.find(thread);
    if (of_thread == emails.end()) continue;
    for (const EmailId email : of_thread->second) old_ids.push_back(email.value);
  }
  if (old_ids.size() > kMergeAtMost) return into;
  std::map<EmailId, EmailId> moved;
  for (const std::int64_t id : old_ids) {
    new_ids.push_back(numbers.take());
    moved[EmailId{id}] = EmailId{new_ids.back()};
  }
  insert_again(transaction, account, id_array(old_ids), id_array(new_ids), into);
  bury(transaction, account, Buried::kEmail, old_ids, numbers);
  delete_threads(transaction, account, numbers, gone, into);
  for (Membership& one : mates) {
    const auto found = moved.find(one.email);
    if (found == moved.end()) continue;
    one.email = found->second;
    one.thread = into;
  }
  return into;
}

}  // namespace waxseal::store
