#include "store/revocation_record.h"

#include "store/revocation_rows.h"
#include "store/snapshot_impl.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

using Kind = smime::Evidence::Kind;

constexpr const char* kEvidence =
    "SELECT 0, l.list_id, l.issuer, extract(epoch from l.this_update)::bigint, "
    "extract(epoch from l.next_update)::bigint FROM revocation_lists l "
    "WHERE l.bucket = ANY($1::smallint[]) AND l.authority = ANY($2::bytea[]) AND l.list_id = ANY($3::bytea[]) "
    "UNION ALL "
    "SELECT 0, h.list_id, l.issuer, extract(epoch from h.this_update)::bigint, "
    "extract(epoch from h.next_update)::bigint FROM revocation_list_history h JOIN revocation_lists l "
    "ON l.bucket = h.bucket AND l.authority = h.authority AND l.scope = h.scope AND l.delta = h.delta "
    "WHERE h.bucket = ANY($1::smallint[]) AND h.authority = ANY($2::bytea[]) AND h.list_id = ANY($3::bytea[]) "
    "UNION ALL "
    "SELECT 1, o.answer_id, ''::bytea, extract(epoch from o.this_update)::bigint, "
    "extract(epoch from o.next_update)::bigint FROM ocsp_answers o "
    "WHERE o.bucket = ANY($1::smallint[]) AND o.authority = ANY($2::bytea[]) AND o.serial = ANY($4::bytea[]) "
    "AND o.answer_id = ANY($3::bytea[])";

constexpr const char* kRevoked =
    "SELECT k.cert_id, extract(epoch from e.revoked_at)::bigint, e.reason::integer, "
    "extract(epoch from e.invalidity_date)::bigint, e.source_kind, e.source "
    "FROM unnest($1::bytea[], $2::smallint[], $3::bytea[], $4::bytea[]) AS k (cert_id, bucket, authority, serial) "
    "JOIN revocation_entries e ON e.bucket = k.bucket AND e.issuer_key = k.authority AND e.serial = k.serial "
    "WHERE e.released_at IS NULL ORDER BY e.revoked_at";

// Columns of kRevoked: one for each entry that may exist.
struct EntryKeys {
  std::vector<Sha256> certificates, authorities;
  std::vector<std::string> serials;
};

EntryKeys entry_keys(const std::vector<smime::RevocationQuestion>& questions) {
  EntryKeys keys;
  for (const smime::RevocationQuestion& question : questions)
    for (const smime::Authority& authority : question.entry_authorities) {
      keys.certificates.push_back(question.certificate->id());
      keys.authorities.push_back(authority);
      keys.serials.emplace_back(question.certificate->serial());
    }
  return keys;
}

}  // namespace

EvidenceRows get_evidence(Snapshot& snapshot, const std::vector<smime::RevocationQuestion>& questions,
                          const std::set<smime::Evidence>& wanted) {
  EvidenceRows out;
  std::vector<Sha256> authorities, ids;
  for (const smime::RevocationQuestion& question : questions)
    authorities.insert(authorities.end(), question.list_authorities.begin(), question.list_authorities.end());
  for (const smime::Evidence& each : wanted) ids.push_back(each.id);
  for (const Row& row : snapshot.impl().exec(kEvidence, array_of(authorities, bucket_of), digest_array(authorities),
                                             digest_array(ids), octets_array(entry_keys(questions).serials))) {
    const Kind kind = integer(row, 0) == 0 ? Kind::kCrl : Kind::kOcsp;
    out.insert_or_assign({kind, digest(row, 1)},
                         EvidenceRow{octets(row, 2), time_of(row, 3), optional_time_of(row, 4)});
  }
  return out;
}

RevokedCertificates get_revoked(Snapshot& snapshot, const std::vector<smime::RevocationQuestion>& questions) {
  RevokedCertificates out;
  const EntryKeys keys = entry_keys(questions);
  for (const Row& row :
       snapshot.impl().exec(kRevoked, digest_array(keys.certificates), array_of(keys.authorities, bucket_of),
                            digest_array(keys.authorities), octets_array(keys.serials))) {
    smime::LedgerEntry entry{.revoked_at = time_of(row, 1), .invalidity_date = optional_time_of(row, 3)};
    entry.reason = static_cast<int>(integer(row, 2));
    entry.source = {integer(row, 4) == 0 ? Kind::kCrl : Kind::kOcsp, digest(row, 5)};
    out.emplace(digest(row, 0), entry);
  }
  return out;
}

}  // namespace waxseal::store
