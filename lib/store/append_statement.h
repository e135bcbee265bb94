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
// $1: octets of messages, one behind the other.  From $2 on columns: of accounts up to "octets", of messages up to
// "delivery_keys", then of what belongs to messages; a "place" is a message's number among `ids`, from 1.
inline constexpr AppendParameter kBrought = {"brought", "bytea"};
inline constexpr AppendParameter kAppendColumns[] = {
    {"seen_accounts", "bigint[]"},
    {"seen_modseqs", "bigint[]"},
    {"new_modseqs", "bigint[]"},
    {"octets", "bigint[]"},
    {"accounts", "bigint[]"},
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
    {"thread_places", "integer[]"},
    {"thread_modseqs", "bigint[]"},
    {"refs", "uuid[]"},
    {"ref_subjects", "uuid[]"},
    {"ref_places", "integer[]"},
    {"places", "integer[]"},
    {"mailboxes", "bigint[]"},
    {"keyword_places", "integer[]"},
    {"keywords", "text[]"},
    {"blob_places", "integer[]"},
    {"blob_refs", "integer[]"},
    {"chunk_places", "integer[]"},
    {"chunk_begins", "integer[]"},  // in `brought`, from 1
    {"day_accounts", "bigint[]"},
    {"days", "integer[]"},
    {"day_kinds", "smallint[]"},
    {"day_values", "smallint[]"},
    {"day_messages", "bigint[]"},
    {"count_accounts", "bigint[]"},
    {"counted", "bigint[]"},
    {"count_modseqs", "bigint[]"},
    {"count_emails", "bigint[]"},
    {"count_unread_emails", "bigint[]"},
    {"count_threads", "bigint[]"},
    {"count_unread_threads", "bigint[]"},
    // of messages that were not looked at
    {"new_key_accounts", "bigint[]"},
    {"new_keys", "bytea[]"},
    {"new_ref_accounts", "bigint[]"},
    {"new_refs", "uuid[]"},
    {"new_ref_subjects", "uuid[]"},
    {"same_unit_accounts", "bigint[]"},
    {"same_unit_buckets", "smallint[]"},
    {"same_units", "bytea[]"},
    {"same_unit_versions", "bigint[]"},
    // of messages with an S/MIME envelope
    {"smime_places", "integer[]"},
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
    {"signer_places", "integer[]"},
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
inline constexpr std::size_t kPlainColumns = append_column("smime_places");
// Gives one row: the accounts whose rows were written.  With the columns of S/MIME, or without.
std::string append_statement(bool smime);

}  // namespace waxseal::store
