#include "store/email_rows.h"

#include <algorithm>

#include "store/email_tables.h"
#include "store/tombstones.h"

namespace waxseal::store {

namespace {

constexpr const char* kRead =
    "SELECT e.email_id, e.thread_id, e.flags, m.blob_id, m.size, "
    "(SELECT array_agg(b.mailbox_id) FROM email_mailbox b WHERE b.account_id = $1 AND b.email_id = e.email_id) "
    "FROM emails e JOIN email_meta m ON m.account_id = $1 AND m.email_id = e.email_id "
    "WHERE e.account_id = $1 AND e.email_id = ANY($2::bigint[])";

constexpr const char* kWriteFlags =
    "WITH c AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::integer[]) AS c (id, modseq, flags)), "
    "b AS (UPDATE email_mailbox b SET flags = c.flags FROM c "
    "WHERE b.account_id = $1 AND b.email_id = c.id AND b.flags <> c.flags) "
    "UPDATE emails e SET modseq = c.modseq, flags = c.flags FROM c WHERE e.account_id = $1 AND e.email_id = c.id";

constexpr const char* kRemoveKeywords =
    "DELETE FROM email_keyword k USING unnest($2::bigint[], $3::text[]) AS c (id, keyword) "
    "WHERE k.account_id = $1 AND k.email_id = c.id AND k.keyword = c.keyword";
constexpr const char* kAddKeywords =
    "INSERT INTO email_keyword (account_id, email_id, keyword, received_at) "
    "SELECT $1, c.id, c.keyword, e.received_at FROM unnest($2::bigint[], $3::text[]) AS c (id, keyword) "
    "JOIN emails e ON e.account_id = $1 AND e.email_id = c.id";

constexpr const char* kRemoveMailboxes =
    "DELETE FROM email_mailbox b USING unnest($2::bigint[], $3::bigint[]) AS c (id, mailbox) "
    "WHERE b.account_id = $1 AND b.email_id = c.id AND b.mailbox_id = c.mailbox";
constexpr const char* kAddMailboxes =
    "INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, flags, smime_status, "
    "dlv_status) SELECT $1, c.mailbox, e.received_at, e.email_id, e.thread_id, e.flags, e.smime_status, e.dlv_status "
    "FROM unnest($2::bigint[], $3::bigint[]) AS c (id, mailbox) "
    "JOIN emails e ON e.account_id = $1 AND e.email_id = c.id";

// An hour, in which a client may still download what it has just destroyed.
constexpr const char* kReleaseBlobs =
    "UPDATE blobs b SET refs = b.refs - c.times, "
    "expires_at = CASE WHEN b.refs - c.times = 0 THEN now() + interval '1 hour' ELSE b.expires_at END "
    "FROM unnest($2::bytea[], $3::integer[]) AS c (id, times) WHERE b.account_id = $1 AND b.blob_id = c.id";

constexpr const char* kEmptyThreads =
    "WITH t AS (DELETE FROM threads t WHERE t.account_id = $1 AND t.thread_id = ANY($2::bigint[]) AND NOT EXISTS "
    "(SELECT 1 FROM emails e WHERE e.account_id = $1 AND e.thread_id = t.thread_id) RETURNING t.thread_id), "
    "r AS (DELETE FROM thread_refs r USING t WHERE r.account_id = $1 AND r.thread_id = t.thread_id) "
    "SELECT thread_id FROM t";
constexpr const char* kTouchThreads =
    "UPDATE threads t SET modseq = c.modseq FROM unnest($2::bigint[], $3::bigint[]) AS c (id, modseq) "
    "WHERE t.account_id = $1 AND t.thread_id = c.id";

// Pairs (email, member) as two arrays.
struct MemberChanges {
  std::vector<std::int64_t> ids;
  std::vector<std::string> keywords;
  std::vector<std::int64_t> mailboxes;

  void add(EmailId email, const std::string& keyword) {
    ids.push_back(email.value);
    keywords.push_back(keyword);
  }
  void add(EmailId email, MailboxId mailbox) {
    ids.push_back(email.value);
    mailboxes.push_back(mailbox.value);
  }
};

template <class Member>
void add_difference(MemberChanges& out, EmailId email, const std::set<Member>& more, const std::set<Member>& less) {
  for (const Member& member : more) {
    if (!less.contains(member)) out.add(email, member);
  }
}

void write_keywords(Transaction& transaction, AccountId account, const char* sql, const MemberChanges& changes) {
  if (!changes.ids.empty()) transaction.exec(sql, account, id_array(changes.ids), text_array(changes.keywords));
}

void write_mailboxes(Transaction& transaction, AccountId account, const char* sql, const MemberChanges& changes) {
  if (!changes.ids.empty()) transaction.exec(sql, account, id_array(changes.ids), id_array(changes.mailboxes));
}

void release_blobs(Transaction& transaction, AccountId account, const StoredEmails& gone) {
  std::map<std::string, std::int64_t> times;
  for (const auto& [id, email] : gone) ++times[email.blob.hex()];
  std::vector<Sha256> blobs;
  std::vector<std::int64_t> counts;
  for (const auto& [blob, count] : times) {
    blobs.push_back(*Sha256::from_hex(blob));
    counts.push_back(count);
  }
  transaction.exec(kReleaseBlobs, account, digest_array(blobs), id_array(counts));
}

void end_threads(Transaction& transaction, AccountId account, const std::vector<ThreadId>& threads,
                 AccountLock& numbers) {
  const std::string all = array_of(threads, [](ThreadId id) { return id.value; });
  std::vector<std::int64_t> empty;
  for (const Row& row : transaction.exec(kEmptyThreads, account, all)) empty.push_back(integer(row, 0));
  bury(transaction, account, Buried::kThread, empty, numbers);
  std::vector<std::int64_t> left, modseqs;
  for (const ThreadId thread : threads) {
    if (std::find(empty.begin(), empty.end(), thread.value) != empty.end()) continue;
    left.push_back(thread.value);
    modseqs.push_back(numbers.take());
  }
  if (!left.empty()) transaction.exec(kTouchThreads, account, id_array(left), id_array(modseqs));
}

std::vector<ThreadId> threads_of(const StoredEmails& emails) {
  std::set<ThreadId> threads;
  for (const auto& [id, email] : emails) threads.insert(email.thread);
  return {threads.begin(), threads.end()};
}

void write_changed(Transaction& transaction, AccountId account, const StoredEmails& before, const StoredEmails& after,
                   AccountLock& numbers) {
  if (after.empty()) return;
  std::vector<std::int64_t> ids, modseqs, flags;
  MemberChanges keywords_in, keywords_out, mailboxes_in, mailboxes_out;
  for (const auto& [id, email] : after) {
    const StoredEmail& old = before.at(id);
    ids.push_back(id.value);
    modseqs.push_back(numbers.take());
    flags.push_back(email.flags);
    add_difference(keywords_in, id, email.keywords, old.keywords);
    add_difference(keywords_out, id, old.keywords, email.keywords);
    add_difference(mailboxes_in, id, email.mailboxes, old.mailboxes);
    add_difference(mailboxes_out, id, old.mailboxes, email.mailboxes);
  }
  transaction.exec(kWriteFlags, account, id_array(ids), id_array(modseqs), id_array(flags));
  write_keywords(transaction, account, kRemoveKeywords, keywords_out);
  write_keywords(transaction, account, kAddKeywords, keywords_in);
  write_mailboxes(transaction, account, kRemoveMailboxes, mailboxes_out);
  write_mailboxes(transaction, account, kAddMailboxes, mailboxes_in);
}

void delete_emails(Transaction& transaction, AccountId account, const StoredEmails& gone, AccountLock& numbers) {
  if (gone.empty()) return;
  std::vector<std::int64_t> ids;
  for (const auto& [id, email] : gone) ids.push_back(id.value);
  delete_email_rows(transaction, account, id_array(ids));
  release_blobs(transaction, account, gone);
  bury(transaction, account, Buried::kEmail, ids, numbers);
  end_threads(transaction, account, threads_of(gone), numbers);
}

std::int64_t total_size(const StoredEmails& emails) {
  std::int64_t octets = 0;
  for (const auto& [id, email] : emails) octets += email.size;
  return octets;
}

Memberships with_changes(Memberships mates, const StoredEmails& changed, const StoredEmails& gone) {
  std::erase_if(mates, [&](const Membership& one) { return changed.contains(one.email) || gone.contains(one.email); });
  for (const auto& [id, email] : changed) {
    for (const MailboxId mailbox : email.mailboxes) mates.push_back({id, email.thread, mailbox, email.flags});
  }
  return mates;
}

}  // namespace

StoredEmails read_emails(Transaction& transaction, AccountId account, const std::vector<EmailId>& ids) {
  StoredEmails out;
  if (ids.empty()) return out;
  const std::string wanted = array_of(ids, [](EmailId id) { return id.value; });
  for (const Row& row : transaction.exec(kRead, account, wanted)) {
    StoredEmail& email = out[EmailId{integer(row, 0)}];
    email.thread = {integer(row, 1)};
    email.flags = static_cast<int>(integer(row, 2));
    email.blob = digest(row, 3);
    email.size = integer(row, 4);
    for (const std::int64_t mailbox : parse_array(text(row, 5))) email.mailboxes.insert({mailbox});
  }
  for (const Row& row : transaction.exec("SELECT email_id, keyword FROM email_keyword WHERE account_id = $1 AND "
                                         "email_id = ANY($2::bigint[])",
                                         account, wanted)) {
    out[EmailId{integer(row, 0)}].keywords.insert(text(row, 1));
  }
  return out;
}

std::int64_t write_and_count(Transaction& transaction, AccountId account, const StoredEmails& before,
                             const StoredEmails& changed, const StoredEmails& gone) {
  StoredEmails both = gone;
  both.insert(changed.begin(), changed.end());
  const auto mates = read_memberships(transaction, account, threads_of(both));
  const auto trash = trash_of(transaction, account);
  const auto counts = count_memberships(mates, trash);
  const auto later = count_memberships(with_changes(mates, changed, gone), trash);
  const unsigned types = kEmailType | (counts != later ? kMailboxType : 0U) | (gone.empty() ? 0U : kThreadType);
  AccountLock numbers(transaction, account, static_cast<std::int64_t>(changed.size() + 2 * gone.size()) + 8, types,
                      -total_size(gone));
  write_changed(transaction, account, before, changed, numbers);
  delete_emails(transaction, account, gone, numbers);
  apply_counts(transaction, account, numbers, counts, later);
  return numbers.last();
}

}  // namespace waxseal::store
