// Writing evidence: REV-03's "not older", REV-07's ledger, RVF-04's events.
#include "store/revocation.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "store/pool.h"
#include "store/revocation_rows.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kEntriesAtOnce = 5000;
constexpr std::size_t kSerialsAtOnce = 5000;

struct Current {
  Sha256 id;
  Time this_update;
  std::string number;
  Sha256 entries_digest;
};

std::optional<Current> current_list(Database& database, const smime::ListHead& head) {
  return run_autocommit(database, [&](Transaction& transaction) -> std::optional<Current> {
    const Rows rows = transaction.exec(
        "SELECT list_id, extract(epoch from this_update)::bigint, number, entries_digest FROM revocation_lists "
        "WHERE bucket = $1 AND authority = $2 AND scope = $3 AND delta = $4::boolean",
        bucket_of(head.authority), head.authority, head.scope, head.delta);
    if (rows.empty()) return std::nullopt;
    return Current{digest(rows[0], 0), time_of(rows[0], 1), octets(rows[0], 2), digest(rows[0], 3)};
  });
}

// REV-03: by thisUpdate, then by cRLNumber.
bool is_older(const smime::ListHead& head, const Current& current) {
  if (head.this_update != current.this_update) return head.this_update < current.this_update;
  return smime::number_less(head.number, current.number);
}

// True: a crash left an earlier one unfinished.
bool begin_load(Database& database, const smime::Authority& authority, Time now) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return transaction
               .exec(
                   "INSERT INTO revocation_loads (bucket, authority, started_at) VALUES ($1, $2, $3) "
                   "ON CONFLICT (bucket, authority) DO NOTHING",
                   bucket_of(authority), authority, now)
               .affected_rows() == 0;
  });
}

bool is_loading(Database& database, const smime::Authority& authority) {
  return run_autocommit(database, [&](Transaction& transaction) {
    return !transaction
                .exec("SELECT 1 FROM revocation_loads WHERE bucket = $1 AND authority = $2", bucket_of(authority),
                      authority)
                .empty();
  });
}

void end_load(Database& database, const smime::Authority& authority) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("DELETE FROM revocation_loads WHERE bucket = $1 AND authority = $2", bucket_of(authority),
                     authority);
  });
}

// Nothing is replaced by an older one, whoever came first (REV-03).
bool write_head(Database& database, const smime::ListHead& head, const Sha256& entries_digest, Time now) {
  return run(database, [&](Transaction& transaction) {
    const Rows rows = transaction.exec(
        "INSERT INTO revocation_lists AS l (bucket, authority, scope, delta, list_id, this_update, next_update, "
        "number, "
        "base_number, scope_octets, issuer, expired_certs_since, configured, entries_digest) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "ON CONFLICT (bucket, authority, scope, delta) DO UPDATE SET list_id = excluded.list_id, "
        "this_update = excluded.this_update, next_update = excluded.next_update, number = excluded.number, "
        "base_number = excluded.base_number, issuer = excluded.issuer, "
        "expired_certs_since = excluded.expired_certs_since, configured = l.configured OR excluded.configured, "
        "entries_digest = excluded.entries_digest WHERE l.this_update <= excluded.this_update RETURNING 1",
        bucket_of(head.authority), head.authority, head.scope, head.delta, head.id, head.this_update,
        optional_time(head.next_update), binary(head.number), binary(head.base_number), binary(head.scope_octets),
        binary(head.issuer), optional_time(head.expired_certs_since), head.configured, entries_digest);
    if (rows.empty()) {
      transaction.abandon();
      return false;
    }
    transaction.exec(
        "INSERT INTO revocation_list_history (bucket, authority, scope, delta, this_update, list_id, next_update, "
        "number, base_number, expired_certs_since, stored_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT DO NOTHING",
        bucket_of(head.authority), head.authority, head.scope, head.delta, head.this_update, head.id,
        optional_time(head.next_update), binary(head.number), binary(head.base_number),
        optional_time(head.expired_certs_since), now);
    return true;
  });
}

using Changed = std::map<smime::Authority, std::set<std::string>>;

// Entries of one list into the ledger, a page at a time; what ended on the way.
class EntryWriter {
 public:
  EntryWriter(Database& database, const smime::AcceptedCrl& list, Time now)
      : database_(database), list_(list), now_(now) {}

  void run(EvidenceWrite& report, Changed& changed) {
    list_.crl->for_each([&](const smime::CrlEntry& entry) { take(entry); });
    for (auto& [authority, page] : pages_) flush(page);
    release(report);
    for (auto& [authority, serials] : written_) report.entries_new += serials.size();
    for (auto& [authority, serials] : written_) changed[authority].merge(serials);
    for (auto& [authority, serials] : released_) changed[authority].insert(serials.begin(), serials.end());
  }

 private:
  struct Held {
    std::set<std::string> serials, removed;
  };

  void take(const smime::CrlEntry& entry) {
    const smime::Authority authority = authority_of(entry);
    Held& held = held_of(authority);
    std::string serial(entry.serial);
    if (entry.reason == smime::kRemoveFromCrl) {
      if (held.serials.contains(serial)) held.removed.insert(std::move(serial));
      return;
    }
    held.serials.erase(serial);
    std::vector<LedgerRow>& page = pages_[authority];
    page.push_back({authority,
                    std::move(serial),
                    {entry.revoked_at,
                     entry.reason,
                     entry.invalidity_date,
                     std::nullopt,
                     {smime::Evidence::Kind::kCrl, list_.head.id}}});
    if (page.size() == kEntriesAtOnce) flush(page);
  }

  // Digesting a name for each entry would be most of the work.
  const smime::Authority& authority_of(const smime::CrlEntry& entry) {
    const auto [it, fresh] = authorities_.try_emplace(std::string(entry.certificate_issuer));
    if (fresh) it->second = list_.authority_of(entry);
    return it->second;
  }

  Held& held_of(const smime::Authority& authority) {
    const auto [it, fresh] = held_.try_emplace(authority);
    if (fresh) it->second.serials = held_serials(database_, authority, list_.head.scope);
    return it->second;
  }

  void flush(std::vector<LedgerRow>& page) {
    if (page.empty()) return;
    const smime::Authority authority = page.front().authority;
    written_[authority].merge(write_entries(database_, page, list_.head.scope, now_));
    page.clear();
  }

  // A hold ends when a newer complete list of its scope does not name it, or a delta removes it (REV-07).
  void release(EvidenceWrite& report) {
    if (!list_.crl->scope().indirect) held_of(list_.head.authority);
    for (auto& [authority, held] : held_) {
      const std::set<std::string>& ended = list_.head.delta ? held.removed : held.serials;
      release_holds(database_, authority, ended, list_.head.this_update);
      report.entries_released += ended.size();
      released_[authority] = ended;
    }
  }

  Database& database_;
  const smime::AcceptedCrl& list_;
  const Time now_;
  std::map<std::string, smime::Authority> authorities_;
  std::map<smime::Authority, Held> held_;
  std::map<smime::Authority, std::vector<LedgerRow>> pages_;
  Changed written_, released_;
};

// Units with a certificate that changed, and those of the authority that lack evidence.
std::vector<smime::UnitId> concerned_units(Database& database, const smime::Authority& authority,
                                           const Changed& changed) {
  std::set<smime::UnitId> out;
  for (const auto& [of, serials] : changed)
    for (const smime::UnitId& unit : units_of_serials(database, of, serials)) out.insert(unit);
  const std::vector<smime::UnitId> lacking = undetermined_units(database);
  if (!lacking.empty()) {
    const std::vector<smime::UnitId> all = units_of_authority(database, authority);
    const std::set<smime::UnitId> of_authority(all.begin(), all.end());
    for (const smime::UnitId& unit : lacking)
      if (of_authority.contains(unit)) out.insert(unit);
  }
  return {out.begin(), out.end()};
}

void add_units(Transaction& transaction, std::vector<smime::UnitId>& out, const smime::Authority& authority,
               const std::vector<std::string>& serials) {
  for (const Row& row : transaction.exec("SELECT DISTINCT unit_id FROM unit_certificates WHERE bucket = $1 AND "
                                         "authority = $2 AND serial = ANY($3::bytea[])",
                                         bucket_of(authority), authority, octets_array(serials)))
    out.push_back(digest(row, 0));
}

int url_bucket(std::string_view url) {
  return bucket_of(sha256(url));
}

}  // namespace

EvidenceWrite store_crl(Database& database, const smime::AcceptedCrl& list, Time now) {
  EvidenceWrite report;
  const smime::ListHead& head = list.head;
  const std::optional<Current> current = current_list(database, head);
  const bool known = current && current->id == head.id;
  if (known && !is_loading(database, head.authority)) return report;
  if (current && !known && is_older(head, *current)) {
    report.outcome = EvidenceWrite::Outcome::kNotNewer;
    return report;
  }
  const bool unfinished = begin_load(database, head.authority, now);
  const Sha256 entries_digest = sha256(list.crl->entries_octets());
  Changed changed;
  if (unfinished || !current || current->entries_digest != entries_digest)
    EntryWriter(database, list, now).run(report, changed);
  if (!write_head(database, head, entries_digest, now)) {
    report.outcome = EvidenceWrite::Outcome::kNotNewer;  // somebody stored a newer one meanwhile
  } else {
    report.outcome = EvidenceWrite::Outcome::kStored;
  }
  const auto units =
      unfinished ? units_of_authority(database, head.authority) : concerned_units(database, head.authority, changed);
  report.units_due = announce(database, units, now);
  end_load(database, head.authority);
  return report;
}

EvidenceWrite store_ocsp(Database& database, const smime::OcspAnswer& answer, Time now) {
  static const Sha256 kScope = sha256("ocsp");
  EvidenceWrite report;
  struct Before {
    Sha256 id;
    Time this_update, ends;
    smime::OcspStatus status;
  };
  const auto before = run_autocommit(database, [&](Transaction& transaction) -> std::optional<Before> {
    const Rows rows = transaction.exec(
        "SELECT answer_id, extract(epoch from this_update)::bigint, extract(epoch from next_update)::bigint, status "
        "FROM ocsp_answers WHERE bucket = $1 AND authority = $2 AND serial = $3 ORDER BY this_update DESC LIMIT 1",
        bucket_of(answer.authority), answer.authority, binary(answer.serial));
    if (rows.empty()) return std::nullopt;
    const Time this_update = time_of(rows[0], 1);
    return Before{digest(rows[0], 0), this_update,
                  optional_time_of(rows[0], 2).value_or(this_update + smime::kOcspWithoutNextUpdate),
                  static_cast<smime::OcspStatus>(integer(rows[0], 3))};
  });
  const bool known = before && before->id == answer.id;
  if (before && !known && answer.this_update < before->this_update) {
    report.outcome = EvidenceWrite::Outcome::kNotNewer;
    return report;
  }
  // A known answer is written again: what a crash left undone is done then.
  std::set<std::string> changed;
  if (answer.entry) changed = write_entries(database, {{answer.authority, answer.serial, *answer.entry}}, kScope, now);
  report.entries_new = changed.size();
  if (answer.status == smime::OcspStatus::kGood &&
      held_serials(database, answer.authority, kScope).contains(answer.serial)) {
    release_holds(database, answer.authority, {answer.serial}, answer.this_update);
    report.entries_released = 1;
  }
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "INSERT INTO ocsp_answers (bucket, authority, serial, this_update, answer_id, status, next_update, "
        "archive_cutoff) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        bucket_of(answer.authority), answer.authority, binary(answer.serial), answer.this_update, answer.id,
        static_cast<int>(answer.status), optional_time(answer.next_update), optional_time(answer.archive_cutoff));
  });
  report.outcome = known ? EvidenceWrite::Outcome::kKnown : EvidenceWrite::Outcome::kStored;
  const bool same = before && !known && before->status == answer.status && before->ends > now;
  const bool difference = report.entries_new + report.entries_released > 0 || !same;
  if (difference && !known)
    report.units_due = announce(database, units_of_serials(database, answer.authority, {answer.serial}), now);
  return report;
}

void note_fetch_fault(Database& database, std::string_view url, smime::Code code, Time now) {
  const bool changed = run_autocommit(database, [&](Transaction& transaction) {
    return transaction
               .exec(
                   "INSERT INTO fetch_faults AS f (bucket, url, code, at) VALUES ($1, $2, $3, $4) "
                   "ON CONFLICT (bucket, url) DO UPDATE SET code = excluded.code, at = excluded.at "
                   "WHERE f.code <> excluded.code",
                   url_bucket(url), url, static_cast<int>(code), now)
               .affected_rows() > 0;
  });
  // "Unavailable" is what a unit without evidence says anyway.
  const bool plain = code == smime::Code::crl_unavailable || code == smime::Code::ocsp_unavailable;
  if (changed && !plain) announce(database, undetermined_units(database), now);
}

void clear_fetch_fault(Database& database, std::string_view url) {
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec("DELETE FROM fetch_faults WHERE bucket = $1 AND url = $2", url_bucket(url), url);
  });
}

void note_dependencies(Database& database, const smime::UnitId& unit,
                       const std::vector<smime::RevocationQuestion>& questions) {
  KnownRows& committed = database.impl().committed;
  std::vector<Sha256> authorities, keys;
  std::vector<std::string> serials;
  for (const smime::RevocationQuestion& question : questions) {
    for (const smime::Authority& authority : question.entry_authorities) {
      Sha256Stream stream;
      stream.add("dependency").add(unit.view()).add(authority.view()).add(question.certificate->serial());
      const Sha256 key = stream.finish();
      if (committed.contains(key) || std::ranges::find(keys, key) != keys.end()) continue;
      keys.push_back(key);
      authorities.push_back(authority);
      serials.emplace_back(question.certificate->serial());
    }
  }
  if (keys.empty()) return;
  run_autocommit(database, [&](Transaction& transaction) {
    transaction.exec(
        "INSERT INTO unit_certificates (bucket, authority, serial, unit_id) SELECT bucket, authority, serial, $4 "
        "FROM unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS n (bucket, authority, serial) "
        "ON CONFLICT DO NOTHING",
        array_of(authorities, bucket_of), digest_array(authorities), octets_array(serials), unit);
  });
  for (const Sha256& key : keys) committed.add(key);
}

std::vector<smime::UnitId> units_of_serials(Database& database, const smime::Authority& authority,
                                            const std::set<std::string>& serials) {
  std::vector<smime::UnitId> out;
  for (auto at = serials.begin(); at != serials.end();) {
    std::vector<std::string> page;
    for (; at != serials.end() && page.size() < kSerialsAtOnce; ++at) page.push_back(*at);
    run_autocommit(database, [&](Transaction& transaction) { add_units(transaction, out, authority, page); });
  }
  return out;
}

std::vector<smime::UnitId> units_of_authority(Database& database, const smime::Authority& authority) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<smime::UnitId> out;
    for (const Row& row :
         transaction.exec("SELECT DISTINCT unit_id FROM unit_certificates WHERE bucket = $1 AND authority = $2",
                          bucket_of(authority), authority))
      out.push_back(digest(row, 0));
    return out;
  });
}

}  // namespace waxseal::store
