#include "store/append_rows.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "mime/collation.h"
#include "smime/facts.h"
#include "store/anchor_codes.h"
#include "store/daily_counts.h"
#include "store/envelope.h"
#include "store/keywords.h"
#include "store/sort_keys.h"
#include "store/thread_hash.h"
#include "store/thread_merge.h"

namespace waxseal::store {

namespace {

// Message ids that decide about the thread: the newest of a long chain say enough, and the number of rows stays
// bounded.
constexpr std::size_t kThreadRefs = 32;
constexpr std::size_t kSubjectOctets = 4096;
constexpr std::size_t kSignerOctets = 1024;  // of one name
constexpr std::size_t kSignersOctets = 16 * 1024;
constexpr Seconds kFirstRetry{60};  // of a pending verdict at delivery, if nothing happens before (TIM-05)

constexpr const char* kLook =
    "SELECT (SELECT email_id FROM deliveries WHERE account_id = $1 AND delivery_key = $5), "
    "(SELECT array_agg(DISTINCT thread_id) FROM thread_refs WHERE account_id = $1 AND ref = ANY($3::uuid[]) AND "
    "subject = $4::uuid), "
    "EXISTS (SELECT 1 FROM blobs WHERE account_id = $1 AND blob_id = $6), "
    "(SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND role = 'trash'), "
    "CASE WHEN cardinality($7::bigint[]) = 0 THEN (SELECT array_agg(mailbox_id) FROM (SELECT mailbox_id FROM mailboxes "
    "WHERE account_id = $1 AND role IN ($2, 'inbox') ORDER BY (role = $2) DESC LIMIT 1) AS box) "
    "ELSE (SELECT array_agg(mailbox_id) FROM mailboxes WHERE account_id = $1 AND mailbox_id = ANY($7::bigint[])) END";

// One write per table (R13, R14), and one statement for all of them: a round trip costs more than most of these writes.
constexpr const char* kMailRows =
    "WITH t AS (INSERT INTO threads (account_id, thread_id, modseq) VALUES ($1, $2, $3) "
    "ON CONFLICT (account_id, thread_id) DO UPDATE SET modseq = excluded.modseq), "
    "r AS (INSERT INTO thread_refs (account_id, ref, subject, thread_id) "
    "SELECT $1, ref, $5::uuid, $2 FROM unnest($4::uuid[]) AS ref ON CONFLICT (account_id, ref, subject) "
    "DO UPDATE SET thread_id = excluded.thread_id WHERE thread_refs.thread_id <> excluded.thread_id), "
    "e AS (INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, flags, smime_status, dlv_status, "
    "smime_codes) VALUES ($1, $6, $2, $6, $7, $24, $8, $9, $10)), "
    "m AS (INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, has_attachment, blob_id, subject, "
    "preview, from_text, to_text, cc_text, bcc_text, envelope, received_at_trusted, from_key, to_key, subject_key) "
    "VALUES ($1, $6, $7, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $26, $27, $28, $29)), "
    "b AS (INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, flags, smime_status, "
    "dlv_status) SELECT $1, mailbox_id, $7, $6, $2, $24, $8, $9 FROM unnest($22::bigint[]) AS mailbox_id), "
    "k AS (INSERT INTO email_keyword (account_id, email_id, keyword, received_at) "
    "SELECT $1, $6, keyword, $7 FROM unnest($25::text[]) AS keyword), "
    "d AS (INSERT INTO deliveries (account_id, delivery_key, email_id, at) VALUES ($1, $23, $6, $7)), "
    "x AS (INSERT INTO email_text (account_id, email_id, headers, body, signers, from_name, to_name, subject_base) "
    "VALUES ($1, $6, $30, $31, $32, $33, $34, $35)), "
    "o AS (UPDATE blobs SET refs = refs + 1, expires_at = NULL WHERE account_id = $1 AND blob_id = $14) ";
constexpr int kFirstDaily = 36;
constexpr int kFirstCount = 39;
constexpr const char* kSmimeRows =
    ", f AS (INSERT INTO email_facts (account_id, email_id, facts_version, facts_at, facts) "
    "VALUES ($1, $6, $45, $46, $47)), "
    "a AS (INSERT INTO email_at_delivery (account_id, email_id, status, codes, received_at, finalised_at, "
    "policy_version, trust_version, recheck, evidence, retry_at) "
    "VALUES ($1, $6, $48, $49, $58, $50, $51, $52, $53, $54, $55)), "
    "s AS (INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) "
    "SELECT $1, $6, ordinal - 1, unit_id, gen FROM unnest($56::bytea[], $57::bigint[]) WITH ORDINALITY AS u (unit_id, "
    "gen, ordinal)) ";

std::vector<std::string> thread_refs(AccountId account, const mime::Summary& summary) {
  std::set<std::string> seen;
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& ids) {
    for (auto id = ids.rbegin(); id != ids.rend() && out.size() < kThreadRefs; ++id) {
      std::string hash = thread_hash(account, 'r', *id);
      if (seen.insert(hash).second) out.push_back(std::move(hash));
    }
  };
  add(summary.message_id);
  add(summary.in_reply_to);
  add(summary.references);
  return out;
}

// RFC 8621 section 3: "After stripping automatically added prefixes ..., and ignoring white space, the subjects are the
// same"; compared as RFC 5256 compares them, without case.
std::string thread_subject(const std::string& subject) {
  std::string key = mime::unicode_casemap(to_valid_utf8(mime::base_subject(subject)), kSubjectOctets);
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
  return key;
}

smime::Status visible_at_delivery(const Prepared& prepared) {
  if (!prepared.signed_or_unknown()) return smime::Status::kNone;
  return prepared.email.at_delivery_final ? prepared.email.at_delivery.status : smime::Status::kSigned;  // TIM-05
}

// $2 to $35.
auto mail_columns(const Prepared& prepared, const Look& seen, EmailId id, ThreadId thread, std::int64_t thread_number,
                  const smime::Verdict& verdict) {
  const NewEmail& email = prepared.email;
  const mime::Summary& summary = email.summary;
  const SplitKeywords keywords = split_keywords(email.keywords);
  return std::make_tuple(
      thread, thread_number, text_array(prepared.refs), prepared.subject_hash, id, email.received_at,
      static_cast<int>(verdict.status), static_cast<int>(visible_at_delivery(prepared)),
      codes_array(verdict.visible_codes()), optional_time(summary.sent_at), email.octets.size(), summary.has_attachment,
      email.blob, to_valid_utf8(summary.subject), to_valid_utf8(summary.preview), flat_addresses(summary.from),
      flat_addresses(summary.to), flat_addresses(summary.cc), flat_addresses(summary.bcc), prepared.envelope,
      array_of(seen.mailboxes, [](MailboxId box) { return box.value; }), email.delivery_key, keywords.flags,
      text_array(keywords.others), email.received_at_trusted, address_key(summary.from), address_key(summary.to),
      subject_key(summary.subject), to_valid_utf8(email.text.headers), to_valid_utf8(email.text.body), prepared.signers,
      address_text(summary.from), address_text(summary.to), subject_text(summary.subject));
}

// $36 to $38: on the day when it is judged.
auto daily_columns(const NewEmail& email, const smime::Verdict& verdict) {
  CountedArrays counts = counts_of_arrival(verdict);
  return std::make_tuple(email.judged_at.value_or(email.received_at), std::move(counts.kinds),
                         std::move(counts.values));
}

// $39 to $44.
auto count_columns(const CountChanges& changes) {
  return std::make_tuple(id_array(changes.mailboxes), id_array(changes.modseqs), id_array(changes.emails),
                         id_array(changes.unread_emails), id_array(changes.threads), id_array(changes.unread_threads));
}

Time facts_time(const NewEmail& email) {
  Time out = email.received_at;
  for (const auto& [id, evaluation] : email.evaluations) out = std::max(out, evaluation.evaluated_at);
  return out;
}

// $45 to $58.
auto smime_columns(const Prepared& prepared, const std::map<smime::UnitId, StoredUnit>& stored) {
  const NewEmail& email = prepared.email;
  std::vector<Sha256> units;
  std::vector<std::int64_t> gens;
  for (const auto& [unit, row] : stored) {
    units.push_back(unit);
    gens.push_back(row.gen);
  }
  const Time judged_at = email.judged_at.value_or(email.received_at);
  const Seconds first_retry = std::min(kFirstRetry, prepared.policy.revocation.at_delivery_grace);
  const std::optional<Time> finalised = email.at_delivery_final ? std::optional(judged_at) : std::nullopt;
  const std::optional<Time> retry_at = email.at_delivery_final ? std::nullopt : std::optional(judged_at + first_retry);
  const bool recheck = !email.at_delivery_final || an_anchor_may_help(email.at_delivery);
  return std::make_tuple(smime::kFactsVersion, facts_time(email), prepared.facts_json,
                         static_cast<int>(email.at_delivery.status), codes_array(email.at_delivery.codes),
                         optional_time(finalised), prepared.policy_version, email.trust_version, recheck,
                         smime::evidence_text(email.at_delivery_evidence), optional_time(retry_at), digest_array(units),
                         id_array(gens), judged_at);
}

template <class... Columns>
void insert(Transaction& transaction, const std::string& sql, AccountId account,
            const std::tuple<Columns...>& columns) {
  std::apply([&](const auto&... column) { transaction.exec(sql, account, column...); }, columns);
}

void append_line(std::string& out, const char* name, std::string_view value) {
  const std::string line = std::string("\n") + name + mime::search_fold(value, kSignerOctets);
  if ((out + "\n").find(line + "\n") == std::string::npos) out += line;
}

std::vector<ThreadId> threads_with_room(std::vector<ThreadId> threads, const Memberships& mates) {
  EmailsOfThread emails = emails_of(mates);
  std::erase_if(threads, [&](ThreadId thread) { return emails[thread].size() >= kThreadAtMost; });
  return threads;
}

void append_memberships(Memberships& rows, const Look& seen, EmailId id, ThreadId thread, int flags) {
  for (const MailboxId mailbox : seen.mailboxes) rows.push_back({id, thread, mailbox, flags});
}

}  // namespace

std::string signers_text(const smime::Facts& facts,
                         const std::map<smime::CertId, smime::CertificatePtr>& certificates) {
  std::string out;
  for (const smime::LayerFacts& layer : facts.layers) {
    for (const smime::SignerFacts& signer : layer.signers) {
      if (signer.candidates.empty() || out.size() > kSignersOctets) continue;
      const smime::Candidate& candidate = signer.candidates.front();
      for (const smime::CertAddress& address : candidate.addresses) append_line(out, "address:", address.address());
      const auto certificate = certificates.find(candidate.certificate);
      if (certificate == certificates.end() || !certificate->second) continue;
      append_line(out, "issuer:", certificate->second->issuer_text());
    }
  }
  return out;
}

Prepared::Prepared(const NewEmail& new_email, AccountId id, const smime::Policy& chosen)
    : email(new_email),
      account(id),
      policy(chosen),
      policy_version(chosen.version()),
      refs(thread_refs(id, new_email.summary)),
      subject_hash(thread_hash(id, 's', thread_subject(new_email.summary.subject))),
      envelope(envelope_to_json(new_email.summary)) {
  if (!signed_or_unknown()) return;
  facts_json = smime::facts_to_json(email.facts);
  signers = signers_text(email.facts, email.certificates);
  units = units_by_id(email.facts);
  for (const auto& [unit_id, unit] : units) unit_ids.insert(unit_id);
}

Look look(Transaction& transaction, const Prepared& prepared) {
  const NewEmail& email = prepared.email;
  const std::string wanted = array_of(email.mailboxes, [](MailboxId box) { return box.value; });
  const Rows rows = transaction.exec(kLook, prepared.account, email.mailbox_role, text_array(prepared.refs),
                                     prepared.subject_hash, email.delivery_key, email.blob, wanted);
  const Row row = rows[0];
  Look out;
  if (const auto already = optional_integer(row, 0)) out.already = EmailId{*already};
  for (const std::int64_t thread : parse_array(text(row, 1))) out.threads.push_back({thread});
  out.blob = boolean(row, 2);
  if (const auto trash = optional_integer(row, 3)) out.trash = MailboxId{*trash};
  for (const std::int64_t mailbox : parse_array(text(row, 4))) out.mailboxes.push_back({mailbox});
  if (!email.mailboxes.empty() && out.mailboxes.size() != email.mailboxes.size()) out.mailboxes.clear();
  return out;
}

ThreadId insert_rows(Transaction& transaction, const Prepared& prepared, const Look& seen, AccountLock& numbers,
                     EmailId id, const std::map<smime::UnitId, StoredUnit>& stored) {
  const NewEmail& email = prepared.email;
  const smime::Verdict verdict = smime::judge(email.facts, states_of(stored), prepared.policy, email.received_at);
  const std::int64_t thread_number = numbers.take();
  Memberships mates = read_memberships(transaction, prepared.account, seen.threads);
  const MailboxCounts before = count_memberships(mates, seen.trash);
  const std::vector<ThreadId> open = threads_with_room(seen.threads, mates);
  const ThreadId thread =
      open.empty() ? ThreadId{thread_number} : join_threads(transaction, prepared.account, numbers, open, mates);
  append_memberships(mates, seen, id, thread, split_keywords(email.keywords).flags);
  const CountChanges counts = count_changes(numbers, before, count_memberships(mates, seen.trash));
  static const std::string kAll = kMailRows + (", dc AS (" + daily_count_insert(kFirstDaily) + ") ");
  static const std::string kMail = kAll + count_update(kFirstCount);
  static const std::string kSigned = kAll + kSmimeRows + count_update(kFirstCount);
  const auto columns = std::tuple_cat(mail_columns(prepared, seen, id, thread, thread_number, verdict),
                                      daily_columns(email, verdict), count_columns(counts));
  if (prepared.signed_or_unknown()) {
    insert(transaction, kSigned, prepared.account, std::tuple_cat(columns, smime_columns(prepared, stored)));
  } else {
    insert(transaction, kMail, prepared.account, columns);
  }
  return thread;
}

}  // namespace waxseal::store
