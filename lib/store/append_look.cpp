#include "store/append_look.h"

#include <algorithm>
#include <set>

#include "store/array_text.h"

namespace waxseal::store {

namespace {

// The first row says everything about accounts and messages; it and the others have a unit each, if there is any.
// Arrays have one answer for each key, in their order; 0: none.
const std::string& look_statement() {
  static const std::string kLook =
      "WITH a AS MATERIALIZED (SELECT account_id, epoch, modseq, email_modseq, used_bytes, coalesce(quota_bytes, -1) "
      "AS quota, coalesce((SELECT mailbox_id FROM mailboxes m WHERE m.account_id = s.account_id AND role = 'trash'), "
      "0) AS trash FROM account_state s WHERE account_id = ANY($1::bigint[])), "
      "u AS (SELECT row_number() OVER () AS n, xmin, * FROM units WHERE bucket = ANY($2::smallint[]) AND unit_id = "
      "ANY($3::bytea[])) "
      "SELECT CASE WHEN first THEN ARRAY(SELECT v FROM a, unnest(ARRAY[account_id, epoch, modseq, email_modseq, "
      "used_bytes, quota, trash]) WITH ORDINALITY AS f (v, i) ORDER BY account_id, i) END, "
      "CASE WHEN first THEN ARRAY(SELECT coalesce((SELECT email_id FROM deliveries WHERE account_id = k.account AND "
      "delivery_key = k.key), 0) FROM unnest($4::bigint[], $5::bytea[]) WITH ORDINALITY AS k (account, key, i) ORDER "
      "BY i) END, "
      "CASE WHEN first THEN ARRAY(SELECT (SELECT count(*) FROM blobs WHERE account_id = k.account AND blob_id = "
      "k.key) FROM unnest($4::bigint[], $6::bytea[]) WITH ORDINALITY AS k (account, key, i) ORDER BY i) END, "
      "CASE WHEN first THEN ARRAY(SELECT coalesce((SELECT mailbox_id FROM mailboxes WHERE account_id = k.account AND "
      "role = k.role), (SELECT mailbox_id FROM mailboxes WHERE account_id = k.account AND role = 'inbox'), 0) FROM "
      "unnest($4::bigint[], $7::text[]) WITH ORDINALITY AS k (account, role, i) ORDER BY i) END, "
      "CASE WHEN first THEN ARRAY(SELECT coalesce((SELECT thread_id FROM thread_refs WHERE account_id = k.account "
      "AND ref = k.ref AND subject = k.subject), 0) FROM unnest($8::bigint[], $9::uuid[], $10::uuid[]) WITH "
      "ORDINALITY AS k (account, ref, subject, i) ORDER BY i) END, "
      "CASE WHEN first THEN ARRAY(SELECT coalesce((SELECT mailbox_id FROM mailboxes WHERE account_id = k.account AND "
      "mailbox_id = k.id), 0) FROM unnest($11::bigint[], $12::bigint[]) WITH ORDINALITY AS k (account, id, i) ORDER "
      "BY i) END, " +
      std::string(kUnitColumns) +
      " FROM (SELECT coalesce(n, 1) = 1 AS first, u.* FROM (VALUES (1)) AS one LEFT JOIN u ON true) AS each ORDER BY "
      "first DESC";
  return kLook;
}
enum Column { kAccounts, kAlready, kBlobs, kRoles, kThreads, kMailboxes, kUnit };

// What is asked of all messages, as columns.
struct Questions {
  std::set<AccountId> accounts;
  std::set<smime::UnitId> units;
  ArrayText owners, keys, blobs, roles;  // of each message
  ArrayText ref_owners, refs, subjects;  // of each of its references
  ArrayText mailbox_owners, mailboxes;   // of each mailbox that was named

  explicit Questions(const Arrivals& arrivals) {
    for (const Arrival* const arrival : arrivals) add(arrival->prepared);
  }
  void add(const Prepared& prepared) {
    accounts.insert(prepared.account);
    units.insert(prepared.unit_ids.begin(), prepared.unit_ids.end());
    owners.number(prepared.account.value);
    keys.digest(prepared.email.delivery_key);
    blobs.digest(prepared.email.blob);
    roles.text(prepared.email.mailbox_role);
    for (const std::string& ref : prepared.refs) {
      ref_owners.number(prepared.account.value);
      refs.text(ref);
      subjects.text(prepared.subject_hash);
    }
    for (const MailboxId mailbox : prepared.email.mailboxes) {
      mailbox_owners.number(prepared.account.value);
      mailboxes.number(mailbox.value);
    }
  }
};

// The answers for one message after the other.
class Answers {
 public:
  explicit Answers(const Row& row) {
    for (const Column column : {kAlready, kBlobs, kRoles, kThreads, kMailboxes})
      values_[column] = parse_array(text(row, column));
  }
  Look::Found next(const Prepared& prepared) {
    Look::Found found;
    if (const std::int64_t already = take(kAlready); already != 0) found.already = EmailId{already};
    found.blob = take(kBlobs) != 0;
    found.mailboxes = mailboxes_of(prepared.email);
    for (std::size_t i = 0; i < prepared.refs.size(); ++i) {
      const std::int64_t thread = take(kThreads);
      found.threads.push_back(thread == 0 ? std::nullopt : std::optional(ThreadId{thread}));
    }
    return found;
  }

 private:
  std::int64_t take(Column column) { return values_[column].at(next_[column]++); }
  std::vector<MailboxId> mailboxes_of(const NewEmail& email) {
    const std::int64_t of_role = take(kRoles);
    std::set<MailboxId> named;
    for (std::size_t i = 0; i < email.mailboxes.size(); ++i) named.insert(MailboxId{take(kMailboxes)});
    if (named.contains(MailboxId{0})) return {};
    if (named.empty() && of_role != 0) named.insert(MailboxId{of_role});
    return {named.begin(), named.end()};
  }

  std::vector<std::int64_t> values_[kUnit];
  std::size_t next_[kUnit] = {};
};

std::map<AccountId, SeenAccount> seen_accounts(const std::vector<std::int64_t>& flat) {
  constexpr std::size_t kFields = 7;
  std::map<AccountId, SeenAccount> out;
  for (std::size_t i = 0; i + kFields <= flat.size(); i += kFields) {
    SeenAccount& seen = out[AccountId{flat[i]}];
    seen.epoch = flat[i + 1];
    seen.modseq = flat[i + 2];
    seen.email_modseq = flat[i + 3];
    seen.used = flat[i + 4];
    if (flat[i + 5] >= 0) seen.quota = flat[i + 5];
    if (flat[i + 6] != 0) seen.trash = MailboxId{flat[i + 6]};
  }
  return out;
}

}  // namespace

Look look(Transaction& transaction, const Arrivals& arrivals) {
  const Questions asked(arrivals);
  const std::string accounts = array_of(asked.accounts, [](AccountId id) { return id.value; });
  const Rows rows =
      transaction.exec(look_statement(), accounts, array_of(asked.units, bucket_of),
                       digest_array({asked.units.begin(), asked.units.end()}), asked.owners.str(), asked.keys.str(),
                       asked.blobs.str(), asked.roles.str(), asked.ref_owners.str(), asked.refs.str(),
                       asked.subjects.str(), asked.mailbox_owners.str(), asked.mailboxes.str());
  Look out;
  out.accounts = seen_accounts(parse_array(text(rows[0], kAccounts)));
  Answers answers(rows[0]);
  for (const Arrival* const arrival : arrivals) out.found.push_back(answers.next(arrival->prepared));
  for (const Row& row : rows) add_unit(row, kUnit, out.units);
  return out;
}

std::map<AccountId, Memberships> read_mates(Transaction& transaction, const Arrivals& arrivals, const Look& look) {
  std::map<std::pair<AccountId, ThreadId>, AccountThread> threads;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const AccountId account = arrivals[i]->prepared.account;
    for (const auto& thread : look.found[i].threads)
      if (thread) threads[{account, *thread}] = {account, *thread};
  }
  std::vector<AccountThread> named;
  for (const auto& [key, thread] : threads) named.push_back(thread);
  return read_memberships(transaction, named);
}

}  // namespace waxseal::store
