#include "store/append_statement.h"

#include <algorithm>

#include "smime/facts.h"
#include "store/daily_counts.h"
#include "store/thread_counts.h"

namespace waxseal::store {

namespace {

constexpr int parameter_of(std::size_t column) {
  return static_cast<int>(column) + 2;
}

// Whether the rows of an account are written.
std::string may_write(const std::string& account) {
  return account + " = ANY((SELECT accounts FROM written)::bigint[])";
}

// ":each": the places of all messages.  ":own": the rows of the account of the message at place i are written.
// ":version": of facts.  Otherwise a column, or the octets.
std::string parameter(std::string_view name) {
  if (name == "each") return "(SELECT generate_series(1, cardinality" + parameter("ids") + ") AS i) AS each";
  if (name == "version") return std::to_string(smime::kFactsVersion);
  if (name == "own") return may_write(parameter("accounts") + "[i]");
  if (name == kBrought.name) return "($1::" + std::string(kBrought.type) + ")";
  for (std::size_t i = 0; i < std::size(kAppendColumns); ++i)
    if (kAppendColumns[i].name == name)
      return "($" + std::to_string(parameter_of(i)) + "::" + std::string(kAppendColumns[i].type) + ")";
  return {};
}

// ":name" becomes what parameter() says.
std::string with_parameters(std::string_view sql) {
  std::string out;
  while (!sql.empty()) {
    const std::size_t colon = std::min(sql.find(':'), sql.size());
    out += sql.substr(0, colon);
    sql.remove_prefix(colon);
    if (sql.empty()) break;
    const std::size_t end = std::min(sql.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 1), sql.size());
    out += parameter(sql.substr(1, end - 1));
    sql.remove_prefix(end);
  }
  return out;
}

// `written`: accounts that nobody held the lock of since they were seen, whose messages fit, and of which nothing
// changed that was not looked at again (append_memory.h): new messages are new, and units as they were.  Those that
// somebody has locked right now are passed over: their numbers will have moved, and nobody is waited for while others
// are locked.  (count(*) is asked for each by itself: an index, whatever the planner believes.)
constexpr std::string_view kGuard =
    "WITH changed AS MATERIALIZED (SELECT "
    "ARRAY(SELECT account FROM unnest(:new_key_accounts, :new_keys) AS n (account, key) WHERE (SELECT count(*) FROM "
    "deliveries d WHERE d.account_id = n.account AND d.delivery_key = n.key) > 0) || "
    "ARRAY(SELECT account FROM unnest(:new_ref_accounts, :new_refs, :new_ref_subjects) AS n (account, ref, subject) "
    "WHERE (SELECT count(*) FROM thread_refs r WHERE r.account_id = n.account AND r.ref = n.ref AND r.subject = "
    "n.subject) > 0) || "
    "ARRAY(SELECT account FROM unnest(:same_unit_accounts, :same_unit_buckets, :same_units, :same_unit_versions) AS n "
    "(account, bucket, unit, version) WHERE (SELECT count(*) FROM units u WHERE u.bucket = n.bucket AND u.unit_id = "
    "n.unit AND cast(cast(u.xmin AS text) AS bigint) = n.version) = 0) AS accounts), "
    "locked AS MATERIALIZED (SELECT s.account_id FROM account_state s, unnest(:seen_accounts, :seen_modseqs, "
    ":octets) AS n (account, expected, octets) WHERE s.account_id = ANY(:seen_accounts) AND s.account_id = n.account "
    "AND s.modseq = n.expected AND (s.quota_bytes IS NULL OR s.used_bytes + n.octets <= s.quota_bytes) "
    "AND s.account_id <> ALL(cast((SELECT accounts FROM changed) AS bigint[])) FOR NO KEY UPDATE OF s SKIP LOCKED), "
    "guard AS (UPDATE account_state s SET modseq = n.new_modseq, email_modseq = n.new_modseq, mailbox_modseq = "
    "n.new_modseq, thread_modseq = n.new_modseq, delivery_modseq = n.new_modseq, used_bytes = s.used_bytes + n.octets "
    "FROM unnest(:seen_accounts, :new_modseqs, :octets) AS n (account, new_modseq, octets) WHERE s.account_id = "
    "ANY(ARRAY(SELECT account_id FROM locked)) AND s.account_id = n.account RETURNING s.account_id), "
    "written AS MATERIALIZED (SELECT ARRAY(SELECT account_id FROM guard) AS accounts), ";

// One write per table (R13, R14), and one statement for all of them: a round trip costs more than most of these writes.
// Rows come from functions in the list of what is selected, which in FROM would each be kept in a store of their own.
constexpr std::string_view kMailRows[] = {
    "t AS (INSERT INTO threads (account_id, thread_id, modseq) SELECT :accounts[i], :threads[i], new_modseq FROM "
    "(SELECT unnest(:thread_places) AS i, unnest(:thread_modseqs) AS new_modseq) AS n WHERE :own ON CONFLICT "
    "(account_id, thread_id) DO UPDATE SET modseq = excluded.modseq)",
    "r AS (INSERT INTO thread_refs (account_id, ref, subject, thread_id) SELECT :accounts[i], ref, subject, "
    ":threads[i] FROM (SELECT unnest(:refs) AS ref, unnest(:ref_subjects) AS subject, unnest(:ref_places) AS i) AS n "
    "WHERE :own ON CONFLICT (account_id, ref, subject) DO UPDATE SET thread_id = excluded.thread_id WHERE "
    "thread_refs.thread_id <> excluded.thread_id)",
    "e AS (INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, flags, smime_status, dlv_status, "
    "smime_codes) SELECT :accounts[i], :ids[i], :threads[i], :ids[i], to_timestamp(:received[i]), :flags[i], "
    ":statuses[i], :dlv_statuses[i], cast(:codes[i] AS smallint[]) FROM :each WHERE :own)",
    "m AS (INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, has_attachment, blob_id, subject, "
    "preview, from_text, to_text, cc_text, bcc_text, envelope, received_at_trusted, from_key, to_key, subject_key, "
    "headers, body, signers, from_name, to_name, subject_base) "
    "SELECT :accounts[i], :ids[i], to_timestamp(:received[i]), to_timestamp(:sent[i]), :sizes[i], :attachments[i], "
    ":blobs[i], :subjects[i], :previews[i], :from_texts[i], :to_texts[i], :cc_texts[i], :bcc_texts[i], :envelopes[i], "
    ":trusted[i], :from_keys[i], :to_keys[i], :subject_keys[i], :headers[i], :bodies[i], :signers[i], :from_names[i], "
    ":to_names[i], :subject_bases[i] FROM :each WHERE :own)",
    "d AS (INSERT INTO deliveries (account_id, delivery_key, email_id, at) SELECT :accounts[i], :delivery_keys[i], "
    ":ids[i], to_timestamp(:received[i]) FROM :each WHERE :own)",
    "b AS (INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, flags, smime_status, "
    "dlv_status) SELECT :accounts[i], mailbox, to_timestamp(:received[i]), :ids[i], :threads[i], :flags[i], "
    ":statuses[i], :dlv_statuses[i] FROM (SELECT unnest(:places) AS i, unnest(:mailboxes) AS mailbox) AS n WHERE :own)",
    "k AS (INSERT INTO email_keyword (account_id, email_id, keyword, received_at) SELECT :accounts[i], :ids[i], "
    "keyword, to_timestamp(:received[i]) FROM (SELECT unnest(:keyword_places) AS i, unnest(:keywords) AS keyword) AS n "
    "WHERE :own)",
    "o AS (INSERT INTO blobs (account_id, blob_id, size, refs) SELECT :accounts[i], :blobs[i], :sizes[i], refs FROM "
    "(SELECT unnest(:blob_places) AS i, unnest(:blob_refs) AS refs) AS n WHERE :own ON CONFLICT (account_id, blob_id) "
    "DO UPDATE SET refs = blobs.refs + excluded.refs, expires_at = NULL)",
    "c AS (INSERT INTO blob_chunks (account_id, blob_id, seq, data) SELECT :accounts[i], :blobs[i], 0, "
    "substr(:brought, first, cast(:sizes[i] AS integer)) FROM (SELECT unnest(:chunk_places) AS i, "
    "unnest(:chunk_begins) AS first) AS n WHERE :own ON CONFLICT (account_id, blob_id, seq) DO NOTHING)",
};

constexpr std::string_view kSmimeRows[] = {
    "f AS (INSERT INTO email_smime (account_id, email_id, facts_at, dlv_at, finalised_at, retry_at, trust_version, "
    "facts_version, dlv_status, recheck, dlv_codes, policy_version, evidence, facts) SELECT :accounts[i], :ids[i], "
    "to_timestamp(facts_at), to_timestamp(judged), to_timestamp(finalised), to_timestamp(retry), trust_version, "
    ":version, status, recheck, cast(codes AS smallint[]), policy, evidence, facts FROM (SELECT "
    "unnest(:smime_places) AS i, unnest(:facts_at) AS facts_at, unnest(:facts) AS facts, unnest(:verdicts) AS status, "
    "unnest(:verdict_codes) AS codes, unnest(:judged) AS judged, unnest(:finalised) AS finalised, unnest(:policies) "
    "AS policy, unnest(:trust_versions) AS trust_version, unnest(:rechecks) AS recheck, unnest(:evidence) AS "
    "evidence, unnest(:retries) AS retry) AS n WHERE :own)",
    "s AS (INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) SELECT :accounts[i], "
    ":ids[i], ordinal, unit_id, gen FROM (SELECT unnest(:signer_places) AS i, unnest(:ordinals) AS ordinal, "
    "unnest(:units) AS unit_id, unnest(:gens) AS gen) AS n WHERE :own)",
};

}  // namespace

std::string append_statement(bool smime) {
  const std::string day_account = with_parameters(":day_accounts[i]");
  const std::string count_account = with_parameters(":count_accounts[c.i]");
  std::string out = with_parameters(kGuard);
  for (const std::string_view rows : kMailRows) out += with_parameters(rows) + ", ";
  if (smime)
    for (const std::string_view rows : kSmimeRows) out += with_parameters(rows) + ", ";
  return out + "y AS (" + daily_count_insert(parameter_of(append_column("days")), day_account, may_write(day_account)) +
         "), q AS (" + count_update(parameter_of(append_column("counted")), count_account, may_write(count_account)) +
         ") SELECT accounts FROM written";
}

}  // namespace waxseal::store
