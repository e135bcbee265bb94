#include "store/append_statement.h"

#include <algorithm>

#include "smime/facts.h"
#include "store/daily_counts.h"
#include "store/thread_counts.h"

namespace waxseal::store {

namespace {

constexpr int kFirstColumn = static_cast<int>(std::size(kAppendScalars)) + 1;

constexpr int parameter_of(std::size_t column) {
  return kFirstColumn + static_cast<int>(column);
}

std::string parameter(std::string_view name) {
  std::string number;
  std::string_view type;
  for (std::size_t i = 0; i < std::size(kAppendScalars); ++i)
    if (kAppendScalars[i].name == name) number = std::to_string(i + 1), type = kAppendScalars[i].type;
  for (std::size_t i = 0; i < std::size(kAppendColumns); ++i)
    if (kAppendColumns[i].name == name) number = std::to_string(parameter_of(i)), type = kAppendColumns[i].type;
  return "($" + number + "::" + std::string(type) + ")";
}

// ":name" becomes the parameter of that name.
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

// No row, and so nothing is written, if somebody held the account's lock since the look.
constexpr std::string_view kGuard =
    "WITH guard AS (UPDATE account_state SET modseq = :modseq, email_modseq = :modseq, mailbox_modseq = :modseq, "
    "thread_modseq = :modseq, delivery_modseq = :modseq, used_bytes = used_bytes + :octets WHERE account_id = :account "
    "AND modseq = :expected AND (quota_bytes IS NULL OR used_bytes + :octets <= quota_bytes) RETURNING modseq), ";

// One write per table (R13, R14), and one statement for all of them: a round trip costs more than most of these writes.
constexpr std::string_view kMailRows =
    "t AS (INSERT INTO threads (account_id, thread_id, modseq) SELECT :account, thread_id, new_modseq FROM guard, "
    "unnest(:thread_ids, :thread_modseqs) AS n (thread_id, new_modseq) "
    "ON CONFLICT (account_id, thread_id) DO UPDATE SET modseq = excluded.modseq), "
    "r AS (INSERT INTO thread_refs (account_id, ref, subject, thread_id) SELECT :account, ref, subject, thread_id "
    "FROM guard, unnest(:refs, :ref_subjects, :ref_threads) AS n (ref, subject, thread_id) "
    "ON CONFLICT (account_id, ref, subject) DO UPDATE SET thread_id = excluded.thread_id WHERE thread_refs.thread_id "
    "<> "
    "excluded.thread_id), "
    "e AS (INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, flags, smime_status, dlv_status, "
    "smime_codes) SELECT :account, :ids[i], :threads[i], :ids[i], to_timestamp(:received[i]), :flags[i], "
    ":statuses[i], :dlv_statuses[i], cast(:codes[i] AS smallint[]) FROM guard, generate_series(1, cardinality(:ids)) "
    "AS "
    "i), "
    "m AS (INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, has_attachment, blob_id, subject, "
    "preview, from_text, to_text, cc_text, bcc_text, envelope, received_at_trusted, from_key, to_key, subject_key) "
    "SELECT :account, :ids[i], to_timestamp(:received[i]), to_timestamp(:sent[i]), :sizes[i], :attachments[i], "
    ":blobs[i], :subjects[i], :previews[i], :from_texts[i], :to_texts[i], :cc_texts[i], :bcc_texts[i], :envelopes[i], "
    ":trusted[i], :from_keys[i], :to_keys[i], :subject_keys[i] FROM guard, generate_series(1, cardinality(:ids)) AS "
    "i), "
    "x AS (INSERT INTO email_text (account_id, email_id, headers, body, signers, from_name, to_name, subject_base) "
    "SELECT :account, :ids[i], :headers[i], :bodies[i], :signers[i], :from_names[i], :to_names[i], :subject_bases[i] "
    "FROM guard, generate_series(1, cardinality(:ids)) AS i), "
    "d AS (INSERT INTO deliveries (account_id, delivery_key, email_id, at) SELECT :account, :delivery_keys[i], "
    ":ids[i], to_timestamp(:received[i]) FROM guard, generate_series(1, cardinality(:ids)) AS i), "
    "b AS (INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, flags, smime_status, "
    "dlv_status) SELECT :account, mailbox, to_timestamp(:received[i]), :ids[i], :threads[i], :flags[i], :statuses[i], "
    ":dlv_statuses[i] FROM guard, unnest(:places, :mailboxes) AS n (i, mailbox)), "
    "k AS (INSERT INTO email_keyword (account_id, email_id, keyword, received_at) SELECT :account, :ids[i], keyword, "
    "to_timestamp(:received[i]) FROM guard, unnest(:keyword_places, :keywords) AS n (i, keyword)), "
    "o AS (INSERT INTO blobs (account_id, blob_id, size, refs) SELECT :account, blob_id, size, refs FROM guard, "
    "unnest(:blob_ids, :blob_sizes, :blob_refs) AS n (blob_id, size, refs) "
    "ON CONFLICT (account_id, blob_id) DO UPDATE SET refs = blobs.refs + excluded.refs, expires_at = NULL), "
    "c AS (INSERT INTO blob_chunks (account_id, blob_id, seq, data) SELECT :account, blob_id, 0, "
    "substr(:brought, first, length) FROM guard, unnest(:chunk_blobs, :chunk_begins, :chunk_lengths) AS n (blob_id, "
    "first, length) ON CONFLICT (account_id, blob_id, seq) DO NOTHING), ";

std::string smime_rows() {
  return "f AS (INSERT INTO email_facts (account_id, email_id, facts_version, facts_at, facts) SELECT :account, "
         ":facts_ids[i], " +
         std::to_string(smime::kFactsVersion) +
         ", to_timestamp(:facts_at[i]), :facts[i] FROM guard, generate_series(1, cardinality(:facts_ids)) AS i), "
         "a AS (INSERT INTO email_at_delivery (account_id, email_id, status, codes, received_at, finalised_at, "
         "policy_version, trust_version, recheck, evidence, retry_at) SELECT :account, :facts_ids[i], :verdicts[i], "
         "cast(:verdict_codes[i] AS smallint[]), to_timestamp(:judged[i]), to_timestamp(:finalised[i]), :policies[i], "
         ":trust_versions[i], :rechecks[i], :evidence[i], to_timestamp(:retries[i]) FROM guard, generate_series(1, "
         "cardinality(:facts_ids)) AS i), "
         "s AS (INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) SELECT :account, "
         "email_id, ordinal, unit_id, gen FROM guard, unnest(:signer_ids, :ordinals, :units, :gens) AS n (email_id, "
         "ordinal, unit_id, gen)), ";
}

}  // namespace

std::string append_statement(bool smime) {
  std::string out = with_parameters(kGuard) + with_parameters(kMailRows);
  if (smime) out += with_parameters(smime_rows());
  return out + "y AS (" + daily_count_insert(parameter_of(append_column("days")), "guard") + "), q AS (" +
         count_update(parameter_of(append_column("counted")), "guard") + ") SELECT modseq FROM guard";
}

}  // namespace waxseal::store
