#include "store/append_look.h"

#include <algorithm>
#include <set>

namespace waxseal::store {

namespace {

// One answer for each key, in their order; 0: none.
constexpr const char* kLook =
    "SELECT s.epoch, s.modseq, s.email_modseq, s.used_bytes, s.quota_bytes, "
    "(SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND role = 'trash'), "
    "ARRAY(SELECT coalesce((SELECT email_id FROM deliveries WHERE account_id = $1 AND delivery_key = k.key), 0) "
    "FROM unnest($2::bytea[]) WITH ORDINALITY AS k (key, i) ORDER BY i), "
    "ARRAY(SELECT (SELECT count(*) FROM blobs WHERE account_id = $1 AND blob_id = k.key) "
    "FROM unnest($3::bytea[]) WITH ORDINALITY AS k (key, i) ORDER BY i), "
    "ARRAY(SELECT coalesce((SELECT thread_id FROM thread_refs WHERE account_id = $1 AND ref = k.ref AND subject = "
    "k.subject), 0) FROM unnest($4::uuid[], $5::uuid[]) WITH ORDINALITY AS k (ref, subject, i) ORDER BY i), "
    "ARRAY(SELECT coalesce((SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND role = k.role), (SELECT "
    "mailbox_id FROM mailboxes WHERE account_id = $1 AND role = 'inbox'), 0) FROM unnest($6::text[]) WITH ORDINALITY "
    "AS k (role, i) ORDER BY i), "
    "ARRAY(SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND mailbox_id = ANY($7::bigint[])) "
    "FROM account_state s WHERE s.account_id = $1";

// What is asked of all messages, as columns.
struct Questions {
  std::vector<Sha256> keys, blobs;
  std::vector<std::string> refs, subjects, roles;
  std::vector<std::int64_t> wanted;

  explicit Questions(const Arrivals& arrivals) {
    for (const Arrival* const arrival : arrivals) {
      const Prepared& prepared = arrival->prepared;
      keys.push_back(prepared.email.delivery_key);
      blobs.push_back(prepared.email.blob);
      roles.push_back(prepared.email.mailbox_role);
      refs.insert(refs.end(), prepared.refs.begin(), prepared.refs.end());
      subjects.resize(refs.size(), prepared.subject_hash);
      for (const MailboxId mailbox : prepared.email.mailboxes) wanted.push_back(mailbox.value);
    }
  }
};

struct Answers {
  std::vector<std::int64_t> already, blobs, threads, roles;
  std::set<std::int64_t> there;  // of the mailboxes that were named
};

std::vector<MailboxId> mailboxes_for(const NewEmail& email, std::int64_t of_role, const Answers& answers) {
  if (email.mailboxes.empty()) return of_role == 0 ? std::vector<MailboxId>() : std::vector{MailboxId{of_role}};
  const std::set<MailboxId> named(email.mailboxes.begin(), email.mailboxes.end());
  const bool all =
      std::all_of(named.begin(), named.end(), [&](MailboxId id) { return answers.there.contains(id.value); });
  return all ? std::vector<MailboxId>(named.begin(), named.end()) : std::vector<MailboxId>();
}

std::vector<Look::Found> each_of(const Arrivals& arrivals, const Answers& answers) {
  std::vector<Look::Found> out;
  auto thread = answers.threads.begin();
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    Look::Found& found = out.emplace_back();
    if (answers.already[i] != 0) found.already = EmailId{answers.already[i]};
    found.blob = answers.blobs[i] != 0;
    found.mailboxes = mailboxes_for(arrivals[i]->prepared.email, answers.roles[i], answers);
    for (std::size_t ref = 0; ref < arrivals[i]->prepared.refs.size(); ++ref, ++thread)
      found.threads.push_back(*thread == 0 ? std::nullopt : std::optional(ThreadId{*thread}));
  }
  return out;
}

}  // namespace

std::vector<ThreadId> Look::threads() const {
  std::set<ThreadId> out;
  for (const Found& each : found)
    for (const auto& thread : each.threads)
      if (thread) out.insert(*thread);
  return {out.begin(), out.end()};
}

Look look(Transaction& transaction, AccountId account, const Arrivals& arrivals) {
  const Questions asked(arrivals);
  const Rows rows =
      transaction.exec(kLook, account, digest_array(asked.keys), digest_array(asked.blobs), text_array(asked.refs),
                       text_array(asked.subjects), text_array(asked.roles), id_array(asked.wanted));
  if (rows.empty()) throw Unavailable("there is no such account");
  const Row row = rows[0];
  Look out;
  out.epoch = integer(row, 0);
  out.modseq = integer(row, 1);
  out.email_modseq = integer(row, 2);
  out.used = integer(row, 3);
  out.quota = optional_integer(row, 4);
  if (const auto trash = optional_integer(row, 5)) out.trash = MailboxId{*trash};
  const std::vector<std::int64_t> there = parse_array(text(row, 10));
  const Answers answers{.already = parse_array(text(row, 6)),
                        .blobs = parse_array(text(row, 7)),
                        .threads = parse_array(text(row, 8)),
                        .roles = parse_array(text(row, 9)),
                        .there = {there.begin(), there.end()}};
  out.found = each_of(arrivals, answers);
  return out;
}

}  // namespace waxseal::store
