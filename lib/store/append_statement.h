// The statement that stores messages, whose parameters have names.  Private to lib/store.
#pragma once

#include <iterator>
#include <string>
#include <string_view>

namespace waxseal::store {

struct AppendParameter {
  std::string_view name;
  std::string_view type;
};
// $1 to $5: scalars.  Behind them columns: of messages up to "delivery_keys", then of what belongs to them.
inline constexpr AppendParameter kAppendScalars[] = {
    {"account", "bigint"}, {"expected", "bigint"}, {"modseq", "bigint"}, {"octets", "bigint"}, {"brought", "bytea"}};
inline constexpr AppendParameter kAppendColumns[] = {
    {"ids", "bigint[]"},
    {"threads", "bigint[]"},
    {"received", "bigint[]"},
    {"statuses", "smallint[]"},
    {"dlv_statuses", "smallint[]"},
    {"codes", "text[]"},
    {"flags", "integer[]"},
    {"sent", "bigint[]"},
    {"sizes", "bigint[]"},
    {"attachments", "boolean[]"},
    {"blobs", "bytea[]"},
    {"subjects", "text[]"},
    {"previews", "text[]"},
    {"from_texts", "text[]"},
    {"to_texts", "text[]"},
    {"cc_texts", "text[]"},
    {"bcc_texts", "text[]"},
    {"envelopes", "text[]"},
    {"trusted", "boolean[]"},
    {"from_keys", "text[]"},
    {"to_keys", "text[]"},
    {"subject_keys", "text[]"},
    {"headers", "text[]"},
    {"bodies", "text[]"},
    {"signers", "text[]"},
    {"from_names", "text[]"},
    {"to_names", "text[]"},
    {"subject_bases", "text[]"},
    {"delivery_keys", "bytea[]"},
    {"thread_ids", "bigint[]"},
    {"thread_modseqs", "bigint[]"},
    {"refs", "uuid[]"},
    {"ref_subjects", "uuid[]"},
    {"ref_threads", "bigint[]"},
    {"places", "integer[]"},  // of messages among `ids`, from 1
    {"mailboxes", "bigint[]"},
    {"keyword_places", "integer[]"},
    {"keywords", "text[]"},
    {"blob_ids", "bytea[]"},
    {"blob_sizes", "bigint[]"},
    {"blob_refs", "integer[]"},
    {"chunk_blobs", "bytea[]"},
    {"chunk_begins", "integer[]"},  // in `brought`, from 1
    {"chunk_lengths", "integer[]"},
    {"days", "integer[]"},
    {"day_kinds", "smallint[]"},
    {"day_values", "smallint[]"},
    {"day_messages", "bigint[]"},
    {"counted", "bigint[]"},
    {"count_modseqs", "bigint[]"},
    {"count_emails", "bigint[]"},
    {"count_unread_emails", "bigint[]"},
    {"count_threads", "bigint[]"},
    {"count_unread_threads", "bigint[]"},
    // of messages with an S/MIME envelope
    {"facts_ids", "bigint[]"},
    {"facts_at", "bigint[]"},
    {"facts", "text[]"},
    {"verdicts", "smallint[]"},
    {"verdict_codes", "text[]"},
    {"judged", "bigint[]"},
    {"finalised", "bigint[]"},
    {"policies", "text[]"},
    {"trust_versions", "bigint[]"},
    {"rechecks", "boolean[]"},
    {"evidence", "text[]"},
    {"retries", "bigint[]"},
    {"signer_ids", "bigint[]"},
    {"ordinals", "smallint[]"},
    {"units", "bytea[]"},
    {"gens", "bigint[]"},
};

// Its number among the columns.
consteval std::size_t append_column(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kAppendColumns); ++i)
    if (kAppendColumns[i].name == name) return i;
  throw "no such column";
}
// Without those of S/MIME.
inline constexpr std::size_t kPlainColumns = append_column("facts_ids");
// Gives a row if everything was written, none if nothing was.  With the columns of S/MIME, or without.
std::string append_statement(bool smime);

}  // namespace waxseal::store
