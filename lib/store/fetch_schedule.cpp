#include "store/fetch_schedule.h"

#include <algorithm>

#include "base/text.h"
#include "store/pool.h"
#include "store/random.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr const char* kNever = "infinity";

std::string octets_of(const std::optional<Sha256>& id) {
  return id ? std::string(id->view()) : std::string();
}

std::optional<Sha256> id_of(const std::string& octets) {
  return octets.size() == 32 ? std::optional(Sha256::from_raw(octets)) : std::nullopt;
}

ClaimedFetch read_claimed(const Row& row) {
  ClaimedFetch out;
  out.target.kind = static_cast<FetchKind>(integer(row, 0));
  out.target.url = text(row, 1);
  out.target.subject = octets(row, 2);
  out.target.certificate = id_of(octets(row, 3));
  out.target.issuer = id_of(octets(row, 4));
  out.target.anchor = id_of(octets(row, 5));
  out.target.until = time_of(row, 6);
  out.etag = text(row, 7);
  out.last_modified = text(row, 8);
  out.this_update = optional_time_of(row, 9);
  out.next_update = optional_time_of(row, 10);
  out.failures = static_cast<int>(integer(row, 11));
  out.lease = text(row, 12);
  out.target.below = split_digests(octets(row, 13));
  return out;
}

Sha256 key_of(const FetchTarget& target) {
  Sha256Stream digest;
  digest.add("fetch").add(std::to_string(static_cast<int>(target.kind))).add(target.url).add(target.subject);
  return digest.add(std::to_string(to_epoch(target.until))).finish();
}

constexpr const char* kClaimed =
    "kind, url, subject, certificate, issuer, anchor, extract(epoch from wanted_until)::bigint, etag, last_modified, "
    "extract(epoch from this_update)::bigint, extract(epoch from next_update)::bigint, failures, lease, "
    "below";

}  // namespace

void want_fetches(Database& database, const std::vector<FetchTarget>& targets, Time now) {
  KnownRows& known = database.impl().committed;
  for (const FetchTarget& target : targets) {
    const Sha256 key = key_of(target);
    if (known.contains(key)) continue;
    run_autocommit(database, [&](Transaction& transaction) {
      // A known target is written once a day, or when its certificate is renewed.
      transaction.exec(
          "INSERT INTO fetches AS f (kind, url_id, subject, url, certificate, issuer, anchor, wanted_at, wanted_until, "
          "next_fetch_at, below) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10) "
          "ON CONFLICT (kind, url_id, subject) DO UPDATE SET certificate = excluded.certificate, "
          "issuer = excluded.issuer, anchor = excluded.anchor, below = excluded.below, "
          "wanted_at = excluded.wanted_at, wanted_until = greatest(f.wanted_until, excluded.wanted_until) "
          "WHERE f.wanted_at < excluded.wanted_at - interval '1 day' OR f.wanted_until < excluded.wanted_until",
          static_cast<int>(target.kind), sha256(target.url), binary(target.subject), to_valid_utf8(target.url),
          binary(octets_of(target.certificate)), binary(octets_of(target.issuer)), binary(octets_of(target.anchor)),
          now, target.until, binary(concatenate(target.below)));
    });
    known.add(key);
  }
}

std::vector<ClaimedFetch> claim_due_fetches(Database& database, Time now, Seconds lease, std::size_t limit) {
  const std::string token = hex(random_octets(16));
  return run(database, [&](Transaction& transaction) {
    std::vector<ClaimedFetch> out;
    for (const Row& row : transaction.exec(
             std::string("UPDATE fetches f SET lease = $2, lease_until = $3 FROM (SELECT kind AS k, url_id AS u, "
                         "subject AS s FROM fetches WHERE next_fetch_at <= $1 AND wanted_until > $1 AND "
                         "(lease_until IS NULL OR lease_until <= $1) ORDER BY next_fetch_at LIMIT $4 "
                         "FOR UPDATE SKIP LOCKED) due WHERE f.kind = due.k AND f.url_id = due.u AND f.subject = due.s "
                         "RETURNING ") +
                 kClaimed,
             now, token, now + lease, limit)) {
      out.push_back(read_claimed(row));
    }
    return out;
  });
}

void record_fetch(Database& database, const ClaimedFetch& claimed, const FetchSuccess& success, Time now) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE fetches SET etag = $5, last_modified = $6, this_update = $7, next_update = $8, next_fetch_at = $9, "
        "fetched_at = $10, failures = 0, last_error = NULL, refused_under = NULL, lease = NULL, lease_until = NULL "
        "WHERE kind = $1 AND url_id = $2 AND subject = $3 AND lease = $4",
        static_cast<int>(claimed.target.kind), sha256(claimed.target.url), binary(claimed.target.subject),
        claimed.lease, success.etag, success.last_modified, optional_time(success.this_update),
        optional_time(success.next_update), success.next_fetch_at, now);
  });
}

void record_fetch_failure(Database& database, const ClaimedFetch& claimed, std::string_view error,
                          std::optional<Time> retry_at, std::string_view configuration) {
  const std::optional<std::string> refused = retry_at ? std::nullopt : std::optional(std::string(configuration));
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "UPDATE fetches SET next_fetch_at = $5::timestamptz, failures = failures + 1, last_error = $6, "
        "refused_under = $7, lease = NULL, lease_until = NULL "
        "WHERE kind = $1 AND url_id = $2 AND subject = $3 AND lease = $4",
        static_cast<int>(claimed.target.kind), sha256(claimed.target.url), binary(claimed.target.subject),
        claimed.lease, retry_at ? argument(*retry_at) : std::string(kNever), to_valid_utf8(error), refused);
  });
}

std::size_t release_refused_fetches(Database& database, std::string_view configuration, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return static_cast<std::size_t>(
        transaction
            .exec("UPDATE fetches SET next_fetch_at = $2, failures = 0, refused_under = NULL "
                  "WHERE refused_under <> $1",
                  configuration, now)
            .affected_rows());
  });
}

std::size_t forget_fetches(Database& database, Time before) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return static_cast<std::size_t>(
        transaction.exec("DELETE FROM fetches WHERE wanted_at < $1", before).affected_rows());
  });
}

std::optional<Time> next_fetch_due(Database& database, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<Time> {
    const Rows rows = transaction.exec(
        "SELECT extract(epoch from next_fetch_at)::bigint FROM fetches WHERE wanted_until > $1 AND "
        "next_fetch_at < 'infinity' ORDER BY next_fetch_at LIMIT 1",
        now);
    if (rows.empty()) return std::nullopt;
    return time_of(rows[0], 0);
  });
}

std::vector<FetchRow> list_fetches(Database& database) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<FetchRow> out;
    for (const Row& row : transaction.exec(
             "SELECT kind, url, extract(epoch from fetched_at)::bigint, extract(epoch from next_update)::bigint, "
             "CASE WHEN next_fetch_at < 'infinity' THEN extract(epoch from next_fetch_at)::bigint END, failures, "
             "coalesce(last_error, '') FROM fetches ORDER BY next_fetch_at, url")) {
      out.push_back({static_cast<FetchKind>(integer(row, 0)), text(row, 1), optional_time_of(row, 2),
                     optional_time_of(row, 3), optional_time_of(row, 4), static_cast<int>(integer(row, 5)),
                     text(row, 6)});
    }
    return out;
  });
}

}  // namespace waxseal::store
