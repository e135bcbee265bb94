#include "store/append.h"

#include <algorithm>

#include "base/text.h"
#include "smime/facts.h"
#include "store/account_lock.h"
#include "store/anchor_codes.h"
#include "store/blobs.h"
#include "store/envelope.h"
#include "store/pool.h"
#include "store/revocation.h"
#include "store/thread_hash.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

// Message ids that decide about the thread: the newest of a long chain say enough, and the number of rows stays
// bounded.
constexpr std::size_t kThreadRefs = 32;
// Rows that were noted may vanish (an old backup, a collector); then they are noted again.
constexpr int kRounds = 3;
constexpr Seconds kFirstRetry{60};  // of a pending verdict at delivery, if nothing happens before (TIM-05)

// What the transaction reads under the lock, before it writes.
constexpr const char* kLook =
    "WITH box AS (SELECT mailbox_id FROM mailboxes WHERE account_id = $1 AND role IN ($2, 'inbox') "
    "ORDER BY (role = $2) DESC LIMIT 1), "
    "thread AS (SELECT min(thread_id) AS thread_id FROM thread_refs "
    "WHERE account_id = $1 AND ref = ANY($3::uuid[]) AND subject = $4::uuid), "
    "mates AS (SELECT b.flags FROM emails e JOIN email_mailbox b ON b.account_id = e.account_id AND b.email_id = "
    "e.email_id "
    "WHERE e.account_id = $1 AND b.account_id = $1 AND e.thread_id = (SELECT thread_id FROM thread) "
    "AND b.mailbox_id = (SELECT mailbox_id FROM box)) "
    "SELECT (SELECT email_id FROM deliveries WHERE account_id = $1 AND delivery_key = $5), (SELECT mailbox_id FROM "
    "box), "
    "(SELECT thread_id FROM thread), EXISTS (SELECT 1 FROM mates), EXISTS (SELECT 1 FROM mates WHERE (flags & 9) = 0), "
    "EXISTS (SELECT 1 FROM blobs WHERE account_id = $1 AND blob_id = $6)";

struct Look {
  std::optional<std::int64_t> already;
  std::optional<std::int64_t> mailbox;
  std::optional<std::int64_t> thread;
  bool thread_in_mailbox = false;
  bool thread_unread_in_mailbox = false;
  bool blob = false;
};

// One statement, one write per table (R13, R14).
constexpr const char* kInsert =
    "WITH t AS (INSERT INTO threads (account_id, thread_id, modseq) VALUES ($1, $2, $3) "
    "ON CONFLICT (account_id, thread_id) DO UPDATE SET modseq = excluded.modseq), "
    "r AS (INSERT INTO thread_refs (account_id, ref, subject, thread_id) "
    "SELECT $1, ref, $5::uuid, $2 FROM unnest($4::uuid[]) AS ref ON CONFLICT (account_id, ref, subject) DO NOTHING), "
    "e AS (INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, smime_status, dlv_status, "
    "smime_codes) "
    "VALUES ($1, $6, $2, $6, $7, $8, $9, $10)), "
    "m AS (INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, has_attachment, blob_id, subject, "
    "preview, from_text, to_text, cc_text, bcc_text, envelope) "
    "VALUES ($1, $6, $7, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)), "
    "b AS (INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, smime_status, "
    "dlv_status) "
    "VALUES ($1, $22, $7, $6, $2, $8, $9)), "
    "d AS (INSERT INTO deliveries (account_id, delivery_key, email_id, at) VALUES ($1, $23, $6, $7)), "
    "x AS (UPDATE mailboxes SET total_emails = total_emails + 1, unread_emails = unread_emails + 1, "
    "total_threads = total_threads + $24::integer, unread_threads = unread_threads + $25::integer, modseq = $26 "
    "WHERE account_id = $1 AND mailbox_id = $22) "
    "UPDATE blobs SET refs = refs + 1, expires_at = NULL WHERE account_id = $1 AND blob_id = $14";

constexpr const char* kInsertSmime =
    "WITH f AS (INSERT INTO email_facts (account_id, email_id, facts_version, facts_at, facts) VALUES ($1, $2, $3, $4, "
    "$5)), "
    "d AS (INSERT INTO email_at_delivery (account_id, email_id, status, codes, received_at, finalised_at, "
    "policy_version, "
    "trust_version, recheck, evidence, received_at_trusted, retry_at) "
    "VALUES ($1, $2, $6, $7, $8, $9, $10, $11, $12, $15, $16, $17)) "
    "INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) "
    "SELECT $1, $2, ordinal - 1, unit_id, gen FROM unnest($13::bytea[], $14::bigint[]) WITH ORDINALITY AS u (unit_id, "
    "gen, ordinal)";

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

// A message to be stored, with everything computed that needs neither lock nor database.
struct Prepared {
  const NewEmail& email;
  AccountId account;
  const smime::Policy& policy;
  std::string policy_version;
  std::map<smime::UnitId, smime::Unit> units;
  std::set<smime::UnitId> unit_ids;
  std::vector<std::string> refs;
  std::string subject_hash;
  std::string facts_json;
  std::string envelope;

  Prepared(const NewEmail& new_email, AccountId id, const smime::Policy& chosen)
      : email(new_email),
        account(id),
        policy(chosen),
        policy_version(chosen.version()),
        refs(thread_refs(id, new_email.summary)),
        subject_hash(thread_hash(id, 's', mime::base_subject(new_email.summary.subject))),
        envelope(envelope_to_json(new_email.summary)) {
    if (!signed_or_unknown()) return;
    facts_json = smime::facts_to_json(email.facts);
    for (smime::Unit& unit : email.facts.units()) {
      const smime::UnitId unit_id = unit.id();
      unit_ids.insert(unit_id);
      units.emplace(unit_id, std::move(unit));
    }
  }

  bool signed_or_unknown() const { return email.facts.envelope != smime::EnvelopeClass::kNone; }
};

Sha256 holder_key(const smime::UnitId& unit, AccountId account) {
  Sha256Stream digest;
  return digest.add("holder").add(unit.view()).add(std::to_string(account.value)).finish();
}

void note_certificate(Database& database, const NewEmail& email, const smime::CertId& id) {
  KnownRows& committed = database.impl().committed;
  const auto found = email.certificates.find(id);
  if (found == email.certificates.end() || !found->second || committed.contains(id)) return;
  run_autocommit(database, [&](Transaction& transaction) { insert_certificate(transaction, *found->second); });
  committed.add(id);
}

enum class Note { kWhatIsNotKnown, kEverything };

// Certificates, unit and holder, each committed before the delivery that needs it (R6).  A bucket is a transaction
// (R2); for a signer who wrote to the account before there is nothing to do.
void note_unit(Database& database, const Prepared& prepared, const smime::UnitId& id, Note note) {
  KnownRows& committed = database.impl().committed;
  const Sha256 key = holder_key(id, prepared.account);
  if (note == Note::kWhatIsNotKnown && committed.contains(key)) return;
  const smime::Unit& unit = prepared.units.at(id);
  note_certificate(database, prepared.email, unit.leaf);
  for (const smime::CertId& supplied : unit.bundle) note_certificate(database, prepared.email, supplied);

  UnitInsert insert{.unit = &unit,
                    .id = id,
                    .evaluated_at = prepared.email.received_at,
                    .trust_version = prepared.email.trust_version,
                    .evidence_version = prepared.email.evidence_version,
                    .policy_version = prepared.policy_version};
  const auto evaluation = prepared.email.evaluations.find(id);
  if (evaluation != prepared.email.evaluations.end()) {
    insert.state = &evaluation->second.state;
    insert.evaluated_at = evaluation->second.evaluated_at;
    note_dependencies(database, id, evaluation->second.questions);
    // A list that came between the evaluation and the note did not find the unit.
    insert.overtaken = StoredRevocation(database).version() != prepared.email.evidence_version;
  }
  run(database, [&](Transaction& transaction) {
    upsert_unit(transaction, insert);
    insert_holder(transaction, id, prepared.account);
  });
  committed.add(key);
}

Look look(Transaction& transaction, const Prepared& prepared) {
  const NewEmail& email = prepared.email;
  const Rows rows = transaction.exec(kLook, prepared.account, email.mailbox_role, text_array(prepared.refs),
                                     prepared.subject_hash, email.delivery_key, email.blob);
  const Row row = rows[0];
  return {.already = optional_integer(row, 0),
          .mailbox = optional_integer(row, 1),
          .thread = optional_integer(row, 2),
          .thread_in_mailbox = boolean(row, 3),
          .thread_unread_in_mailbox = boolean(row, 4),
          .blob = boolean(row, 5)};
}

// The stored state is missing, or older than what we know: it must be brought up to date first, for all of its
// messages.
bool is_behind(const Prepared& prepared, const std::map<smime::UnitId, StoredUnit>& stored) {
  for (const auto& [id, unit] : prepared.units) {
    const auto row = stored.find(id);
    if (row == stored.end()) return true;
    const auto own = prepared.email.evaluations.find(id);
    if (own == prepared.email.evaluations.end()) continue;
    const UnitEvaluation& evaluation = own->second;
    const bool overdue = row->second.next_check_at <= evaluation.evaluated_at &&
                         row->second.trust_version <= prepared.email.trust_version &&
                         row->second.evidence_version <= prepared.email.evidence_version &&
                         (!row->second.evaluated_at || *row->second.evaluated_at < evaluation.evaluated_at);
    if (overdue && (!row->second.evaluated_at || row->second.state != evaluation.state)) return true;
  }
  return false;
}

void insert_email(Transaction& transaction, const Prepared& prepared, const Look& seen, AccountLock& lock, EmailId id,
                  const smime::Verdict& verdict, smime::Status at_delivery) {
  const NewEmail& email = prepared.email;
  const mime::Summary& summary = email.summary;
  const std::int64_t thread_number = lock.take();
  const std::int64_t thread = seen.thread.value_or(thread_number);
  transaction.exec(kInsert, prepared.account, thread, thread_number, text_array(prepared.refs), prepared.subject_hash,
                   id, email.received_at, static_cast<int>(verdict.status), static_cast<int>(at_delivery),
                   codes_array(verdict.visible_codes()), optional_time(summary.sent_at), email.octets.size(),
                   summary.has_attachment, email.blob, to_valid_utf8(summary.subject), to_valid_utf8(summary.preview),
                   flat_addresses(summary.from), flat_addresses(summary.to), flat_addresses(summary.cc),
                   flat_addresses(summary.bcc), prepared.envelope, *seen.mailbox, email.delivery_key,
                   seen.thread_in_mailbox ? 0 : 1, seen.thread_unread_in_mailbox ? 0 : 1, lock.take());
}

Time facts_time(const NewEmail& email) {
  Time out = email.received_at;
  for (const auto& [id, evaluation] : email.evaluations) out = std::max(out, evaluation.evaluated_at);
  return out;
}

void insert_smime(Transaction& transaction, const Prepared& prepared, EmailId id,
                  const std::map<smime::UnitId, StoredUnit>& stored) {
  const NewEmail& email = prepared.email;
  std::vector<Sha256> units;
  std::vector<std::int64_t> gens;
  for (const auto& [unit, row] : stored) {
    units.push_back(unit);
    gens.push_back(row.gen);
  }
  const std::optional<Time> finalised = email.at_delivery_final ? std::optional(email.received_at) : std::nullopt;
  const std::optional<Time> retry_at =
      email.at_delivery_final ? std::nullopt : std::optional(email.received_at + kFirstRetry);
  const bool recheck = !email.at_delivery_final || an_anchor_may_help(email.at_delivery);
  transaction.exec(kInsertSmime, prepared.account, id, smime::kFactsVersion, facts_time(email), prepared.facts_json,
                   static_cast<int>(email.at_delivery.status), codes_array(email.at_delivery.codes), email.received_at,
                   optional_time(finalised), prepared.policy_version, email.trust_version, recheck, digest_array(units),
                   id_array(gens), smime::evidence_text(email.at_delivery_evidence), email.received_at_trusted,
                   optional_time(retry_at));
}

smime::Status visible_at_delivery(const Prepared& prepared) {
  if (!prepared.signed_or_unknown()) return smime::Status::kNone;
  return prepared.email.at_delivery_final ? prepared.email.at_delivery.status : smime::Status::kSigned;  // TIM-05
}

// nullopt: noted rows were missing or behind; nothing was written.
std::optional<Appended> append_once(Transaction& transaction, const Prepared& prepared) {
  const NewEmail& email = prepared.email;
  // Octets, certificates and units are written already: only now is the lock taken (robustness.md decision 1).
  AccountLock lock(transaction, prepared.account, 3, kEmailType | kMailboxType | kThreadType | kDeliveryType,
                   static_cast<std::int64_t>(email.octets.size()));
  const Look seen = look(transaction, prepared);
  if (seen.already) {
    transaction.abandon();
    return Appended{{*seen.already}, true};
  }
  if (!seen.mailbox) throw Unavailable("the account has no mailbox to deliver to");
  const auto stored = read_units(transaction, prepared.unit_ids);  // after the lock (R6)
  if (!seen.blob || is_behind(prepared, stored)) {
    transaction.abandon();
    return std::nullopt;
  }
  const smime::Verdict verdict = smime::judge(email.facts, states_of(stored), prepared.policy, email.received_at);
  const smime::Status at_delivery = visible_at_delivery(prepared);
  const EmailId id{lock.take()};
  insert_email(transaction, prepared, seen, lock, id, verdict, at_delivery);
  if (prepared.signed_or_unknown()) insert_smime(transaction, prepared, id, stored);
  return Appended{id, false};
}

}  // namespace

Sha256 delivery_key(std::string_view envelope_from, std::string_view recipient, Octets received) {
  Sha256Stream digest;
  for (const Octets part : {envelope_from, recipient, received}) {
    digest.add(std::to_string(part.size())).add(":").add(part);
  }
  return digest.finish();
}

Appended append_email(Database& database, AccountId account, const NewEmail& email, const smime::Policy& policy) {
  const Prepared prepared(email, account, policy);
  for (int round = 1; round <= kRounds; ++round) {
    store_octets(database, account, email.blob, email.octets);
    const Note note = round == 1 ? Note::kWhatIsNotKnown : Note::kEverything;
    for (const smime::UnitId& unit : prepared.unit_ids) note_unit(database, prepared, unit, note);
    const std::optional<Appended> done =
        run(database, [&](Transaction& transaction) { return append_once(transaction, prepared); });
    if (done) return *done;
  }
  throw Unavailable("the message's units kept changing");
}

}  // namespace waxseal::store
