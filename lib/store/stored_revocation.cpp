// Reading evidence: one statement for any number of certificates.
#include <algorithm>

#include "base/text.h"
#include "store/pool.h"
#include "store/revocation.h"
#include "store/revocation_rows.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

using Questions = std::vector<smime::RevocationQuestion>;

enum Kind { kVersion = 0, kList = 1, kEntry = 2, kAnswer = 3, kFault = 4 };

// Five questions in one answer: every row says what it is and which certificate it is about.  A list that is newer than
// the certificate's end comes with the last one from before it (REV-11 2, 3).
constexpr const char* kFind =
    "SELECT 0, 0, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea, "
    "version, NULL::bigint, NULL::bigint, 0, false, false FROM revocation_state WHERE id = 1 "
    "UNION ALL "
    "SELECT 1, k.q, l.list_id, l.authority, l.scope, l.scope_octets, l.issuer, l.number, l.base_number, "
    "extract(epoch from l.this_update)::bigint, extract(epoch from l.next_update)::bigint, "
    "extract(epoch from l.expired_certs_since)::bigint, 0, l.delta, l.configured "
    "FROM unnest($1::integer[], $2::smallint[], $3::bytea[], $4::bigint[]) AS k (q, bucket, authority, not_after) "
    "JOIN revocation_lists l ON l.bucket = k.bucket AND l.authority = k.authority "
    "UNION ALL "
    "SELECT 1, k.q, h.list_id, l.authority, l.scope, l.scope_octets, l.issuer, h.number, h.base_number, "
    "extract(epoch from h.this_update)::bigint, extract(epoch from h.next_update)::bigint, "
    "extract(epoch from h.expired_certs_since)::bigint, 0, l.delta, l.configured "
    "FROM unnest($1::integer[], $2::smallint[], $3::bytea[], $4::bigint[]) AS k (q, bucket, authority, not_after) "
    "JOIN revocation_lists l ON l.bucket = k.bucket AND l.authority = k.authority "
    "AND l.this_update > to_timestamp(k.not_after) "
    "CROSS JOIN LATERAL (SELECT * FROM revocation_list_history h WHERE h.bucket = l.bucket AND h.authority = "
    "l.authority "
    "AND h.scope = l.scope AND h.delta = l.delta AND h.this_update <= to_timestamp(k.not_after) "
    "ORDER BY h.this_update DESC LIMIT 1) h "
    "UNION ALL "
    "SELECT 2, k.q, e.source, NULL, NULL, NULL, NULL, NULL, NULL, extract(epoch from e.revoked_at)::bigint, "
    "extract(epoch from e.invalidity_date)::bigint, extract(epoch from e.released_at)::bigint, "
    "e.reason::integer, e.source_kind = 1, false "
    "FROM unnest($5::integer[], $6::smallint[], $7::bytea[], $8::bytea[]) AS k (q, bucket, authority, serial) "
    "JOIN revocation_entries e ON e.bucket = k.bucket AND e.issuer_key = k.authority AND e.serial = k.serial "
    "UNION ALL "
    "SELECT 3, k.q, o.answer_id, k.authority, k.serial, NULL, NULL, NULL, NULL, "
    "extract(epoch from o.this_update)::bigint, extract(epoch from o.next_update)::bigint, "
    "extract(epoch from o.archive_cutoff)::bigint, o.status::integer, false, false "
    "FROM unnest($9::integer[], $10::smallint[], $11::bytea[], $12::bytea[], $13::bigint[]) "
    "AS k (q, bucket, authority, serial, not_after) CROSS JOIN LATERAL ("
    "(SELECT * FROM ocsp_answers o WHERE o.bucket = k.bucket AND o.authority = k.authority AND o.serial = k.serial "
    "ORDER BY o.this_update DESC LIMIT 1) UNION "
    "(SELECT * FROM ocsp_answers o WHERE o.bucket = k.bucket AND o.authority = k.authority AND o.serial = k.serial "
    "AND o.this_update <= to_timestamp(k.not_after) ORDER BY o.this_update DESC LIMIT 1)) o "
    "UNION ALL "
    "SELECT 4, k.q, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.code::integer, false, false "
    "FROM unnest($14::integer[], $15::smallint[], $16::text[]) AS k (q, bucket, url) "
    "JOIN fetch_faults f ON f.bucket = k.bucket AND f.url = k.url";

// The keys of all questions, as columns.
struct Keys {
  std::vector<std::int64_t> list_q, entry_q, answer_q, url_q, not_after, answer_not_after, url_bucket;
  std::vector<Sha256> lists, entries, answers;
  std::vector<std::string> entry_serials, answer_serials, urls;

  void add(std::int64_t q, const smime::RevocationQuestion& question) {
    const std::string serial(question.certificate->serial());
    const std::int64_t end = to_epoch(question.certificate->not_after());
    for (const smime::Authority& authority : question.list_authorities) {
      list_q.push_back(q);
      lists.push_back(authority);
      not_after.push_back(end);
    }
    for (const smime::Authority& authority : question.entry_authorities) {
      entry_q.push_back(q);
      entries.push_back(authority);
      entry_serials.push_back(serial);
    }
    answer_q.push_back(q);
    answers.push_back(question.authority());
    answer_serials.push_back(serial);
    answer_not_after.push_back(end);
    for (const auto* pointers : {&question.pointers.crl_urls, &question.pointers.ocsp_urls})
      for (const std::string& url : *pointers) add_url(q, url);
  }
  void add_url(std::int64_t q, const std::string& url) {
    if (!valid_utf8(url) || url.find('\0') != url.npos) return;  // never fetched, so without a fault (R6)
    url_q.push_back(q);
    urls.push_back(url);
    url_bucket.push_back(bucket_of(sha256(url)));
  }
};

// Over everything that Keys are made of, without making them: equal digests, equal keys.
Sha256 digest_of(const Questions& questions) {
  std::string all;
  const auto add_number = [&](auto number) { all.append(std::to_string(number)).append(":"); };
  const auto add_text = [&](std::string_view text) {
    add_number(text.size());
    all += text;
  };
  for (const smime::RevocationQuestion& question : questions) {
    add_text(question.certificate->serial());
    add_number(to_epoch(question.certificate->not_after()));
    for (const auto* authorities : {&question.list_authorities, &question.entry_authorities}) {
      add_number(authorities->size());
      for (const smime::Authority& authority : *authorities) all += authority.view();
    }
    for (const auto* urls : {&question.pointers.crl_urls, &question.pointers.ocsp_urls}) {
      add_number(urls->size());
      for (const std::string& url : *urls) add_text(url);
    }
  }
  return sha256(all);
}

Keys keys_of(const Questions& questions) {
  Keys keys;
  for (std::size_t i = 0; i < questions.size(); ++i) keys.add(static_cast<std::int64_t>(i), questions[i]);
  return keys;
}

smime::ListHead list_of(const Row& row) {
  smime::ListHead head;
  head.id = digest(row, 2);
  head.authority = digest(row, 3);
  head.scope = digest(row, 4);
  head.scope_octets = octets(row, 5);
  head.issuer = octets(row, 6);
  head.number = octets(row, 7);
  head.base_number = octets(row, 8);
  head.this_update = time_of(row, 9);
  head.next_update = optional_time_of(row, 10);
  head.expired_certs_since = optional_time_of(row, 11);
  head.delta = boolean(row, 13);
  head.configured = boolean(row, 14);
  return head;
}

smime::LedgerEntry entry_of(const Row& row) {
  const bool ocsp = boolean(row, 13);
  return {.revoked_at = time_of(row, 9),
          .reason = static_cast<int>(integer(row, 12)),
          .invalidity_date = optional_time_of(row, 10),
          .released_at = optional_time_of(row, 11),
          .source = {ocsp ? smime::Evidence::Kind::kOcsp : smime::Evidence::Kind::kCrl, digest(row, 2)}};
}

smime::OcspAnswer answer_of(const Row& row) {
  smime::OcspAnswer answer;
  answer.id = digest(row, 2);
  answer.authority = digest(row, 3);
  answer.serial = octets(row, 4);
  answer.this_update = time_of(row, 9);
  answer.next_update = optional_time_of(row, 10);
  answer.archive_cutoff = optional_time_of(row, 11);
  answer.status = static_cast<smime::OcspStatus>(integer(row, 12));
  return answer;
}

void take(const Row& row, std::vector<smime::CertificateEvidence>& out) {
  smime::CertificateEvidence& evidence = out.at(static_cast<std::size_t>(integer(row, 1)));
  switch (integer(row, 0)) {
    case kList:
      evidence.lists.push_back(list_of(row));
      break;
    case kEntry:
      evidence.entries.push_back(entry_of(row));
      break;
    case kAnswer:
      evidence.answers.push_back(answer_of(row));
      break;
    case kFault:
      if (const auto code = smime::code_numbered(static_cast<int>(integer(row, 12)))) evidence.faults.push_back(*code);
      break;
    default:
      break;
  }
}

FoundEvidence read(Database& database, const Keys& keys, std::size_t questions) {
  return run_autocommit(database, [&](Transaction& transaction) {
    FoundEvidence out{.evidence = std::vector<smime::CertificateEvidence>(questions)};
    for (const Row& row : transaction.exec(
             kFind, id_array(keys.list_q), array_of(keys.lists, bucket_of), digest_array(keys.lists),
             id_array(keys.not_after), id_array(keys.entry_q), array_of(keys.entries, bucket_of),
             digest_array(keys.entries), octets_array(keys.entry_serials), id_array(keys.answer_q),
             array_of(keys.answers, bucket_of), digest_array(keys.answers), octets_array(keys.answer_serials),
             id_array(keys.answer_not_after), id_array(keys.url_q), id_array(keys.url_bucket), text_array(keys.urls))) {
      if (integer(row, 0) == kVersion) {
        out.version = integer(row, 9);
      } else {
        take(row, out.evidence);
      }
    }
    return out;
  });
}

FoundEvidence read_present(Database& database, const Questions& questions, const Sha256& digest) {
  auto found = read(database, keys_of(questions), questions.size());
  database.impl().recent_evidence.add(digest, found);
  return found;
}

FoundEvidence read_recent(Database& database, const Questions& questions, const Sha256& digest) {
  RecentEvidence& recent = database.impl().recent_evidence;
  if (auto found = recent.find(digest)) return *std::move(found);
  const RecentEvidence::Turn turn = recent.turn(digest);
  if (auto found = recent.find(digest)) return *std::move(found);  // somebody read it meanwhile
  return read_present(database, questions, digest);
}

}  // namespace

std::vector<smime::CertificateEvidence> StoredRevocation::find(const Questions& questions, Time) {
  const Sha256 digest = digest_of(questions);
  FoundEvidence found = reading_ == Reading::kRecent ? read_recent(database_, questions, digest)
                                                     : read_present(database_, questions, digest);
  version_ = std::min(version_.value_or(found.version), found.version);
  return std::move(found.evidence);
}

std::int64_t StoredRevocation::version() {
  if (!version_) version_ = read(database_, {}, 0).version;
  return *version_;
}

}  // namespace waxseal::store
