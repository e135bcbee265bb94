#include "store/thread_counts.h"

#include <algorithm>
#include <set>

#include "store/keywords.h"

namespace waxseal::store {

namespace {

bool unread(const Membership& one) {
  return (one.flags & kReadMask) == 0;
}

// One thread: [begin, end) of memberships.
void count_thread(Memberships::const_iterator begin, Memberships::const_iterator end, std::optional<MailboxId> trash,
                  MailboxCounts& out) {
  bool unread_in_trash = false;
  bool unread_elsewhere = false;
  std::set<MailboxId> mailboxes;
  for (auto one = begin; one != end; ++one) {
    Counts& counts = out[one->mailbox];
    ++counts.emails;
    mailboxes.insert(one->mailbox);
    if (!unread(*one)) continue;
    ++counts.unread_emails;
    (one->mailbox == trash ? unread_in_trash : unread_elsewhere) = true;
  }
  for (const MailboxId mailbox : mailboxes) {
    Counts& counts = out[mailbox];
    ++counts.threads;
    if (mailbox == trash ? unread_in_trash : unread_elsewhere) ++counts.unread_threads;
  }
}

Counts minus(const Counts& a, const Counts& b) {
  return {a.emails - b.emails, a.unread_emails - b.unread_emails, a.threads - b.threads,
          a.unread_threads - b.unread_threads};
}

MailboxCounts difference(const MailboxCounts& before, const MailboxCounts& after) {
  MailboxCounts out = after;
  for (const auto& [mailbox, counts] : before) out[mailbox] = minus(out[mailbox], counts);
  std::erase_if(out, [](const auto& each) { return each.second == Counts{}; });
  return out;
}

}  // namespace

MailboxCounts count_memberships(const Memberships& all, std::optional<MailboxId> trash) {
  Memberships sorted = all;
  std::sort(sorted.begin(), sorted.end(), [](const Membership& a, const Membership& b) { return a.thread < b.thread; });
  MailboxCounts out;
  for (auto begin = sorted.cbegin(); begin != sorted.cend();) {
    const auto end =
        std::find_if(begin, sorted.cend(), [&](const Membership& one) { return one.thread != begin->thread; });
    count_thread(begin, end, trash, out);
    begin = end;
  }
  return out;
}

Memberships read_memberships(Transaction& transaction, AccountId account, const std::vector<ThreadId>& threads) {
  std::vector<AccountThread> named;
  for (const ThreadId thread : threads) named.push_back({account, thread});
  return read_memberships(transaction, named)[account];
}

std::map<AccountId, Memberships> read_memberships(Transaction& transaction, const std::vector<AccountThread>& threads) {
  std::map<AccountId, Memberships> out;
  if (threads.empty()) return out;
  for (const Row& row :
       transaction.exec("SELECT e.account_id, e.email_id, e.thread_id, b.mailbox_id, e.flags FROM unnest($1::bigint[], "
                        "$2::bigint[]) "
                        "AS t (account, thread) JOIN emails e ON e.account_id = t.account AND e.thread_id = t.thread "
                        "JOIN email_mailbox b ON b.account_id = e.account_id AND b.email_id = e.email_id "
                        "WHERE e.account_id = ANY($1::bigint[]) AND e.thread_id = ANY($2::bigint[])",
                        array_of(threads, [](const AccountThread& each) { return each.account.value; }),
                        array_of(threads, [](const AccountThread& each) { return each.thread.value; }))) {
    out[{integer(row, 0)}].push_back(
        {{integer(row, 1)}, {integer(row, 2)}, {integer(row, 3)}, static_cast<int>(integer(row, 4))});
  }
  return out;
}

std::optional<MailboxId> trash_of(Transaction& transaction, AccountId account) {
  const Rows rows =
      transaction.exec("SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND role = 'trash'", account);
  if (rows.empty()) return std::nullopt;
  return MailboxId{integer(rows[0], 0)};
}

CountChanges count_changes(Numbers& numbers, const MailboxCounts& before, const MailboxCounts& after) {
  CountChanges out;
  for (const auto& [mailbox, counts] : difference(before, after)) {
    out.mailboxes.push_back(mailbox.value);
    out.modseqs.push_back(numbers.take());
    out.emails.push_back(counts.emails);
    out.unread_emails.push_back(counts.unread_emails);
    out.threads.push_back(counts.threads);
    out.unread_threads.push_back(counts.unread_threads);
  }
  return out;
}

std::string count_update(int first, const std::string& account, const std::string& condition) {
  std::string columns;
  for (int i = 0; i < 6; ++i) columns += (i == 0 ? "$" : ", $") + std::to_string(first + i) + "::bigint[]";
  return "UPDATE mailboxes m SET modseq = c.modseq, total_emails = m.total_emails + c.emails, "
         "unread_emails = m.unread_emails + c.unread_emails, total_threads = m.total_threads + c.threads, "
         "unread_threads = m.unread_threads + c.unread_threads FROM unnest(" +
         columns +
         ") WITH ORDINALITY AS c (id, modseq, emails, unread_emails, threads, unread_threads, i) WHERE m.account_id "
         "= " +
         account + " AND m.mailbox_id = c.id AND m.mailbox_id = ANY($" + std::to_string(first) + "::bigint[]) AND " +
         condition;
}

bool apply_counts(Transaction& transaction, AccountId account, Numbers& numbers, const MailboxCounts& before,
                  const MailboxCounts& after) {
  static const std::string kUpdate = count_update(2, "$1");
  const CountChanges changes = count_changes(numbers, before, after);
  if (changes.mailboxes.empty()) return false;
  transaction.exec(kUpdate, account, id_array(changes.mailboxes), id_array(changes.modseqs), id_array(changes.emails),
                   id_array(changes.unread_emails), id_array(changes.threads), id_array(changes.unread_threads));
  return true;
}

}  // namespace waxseal::store
