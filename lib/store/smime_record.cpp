#include "store/smime_record.h"

#include <algorithm>
#include <set>

#include "store/snapshot_impl.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

SmimeRecord read_record(const Row& row) {
  SmimeRecord record;
  if (auto facts = smime::facts_from_json(text(row, 1))) record.facts = *std::move(facts);
  record.codes_at_delivery = parse_codes(text(row, 2));
  record.finalised_at = optional_time_of(row, 3);
  record.evidence_at_delivery = smime::evidence_of(text(row, 4));
  return record;
}

void add_units(SmimeRecord& record, const std::map<smime::UnitId, StoredUnit>& units) {
  for (const smime::UnitId& id : unit_ids(record.facts)) {
    const auto unit = units.find(id);
    if (unit == units.end() || !unit->second.evaluated_at) continue;
    record.units[id] = unit->second.state;
    record.evaluated_at[id] = *unit->second.evaluated_at;
    record.next_check_at =
        std::min(record.next_check_at.value_or(unit->second.next_check_at), unit->second.next_check_at);
  }
}

std::map<smime::UnitId, std::vector<UnitPast>> read_history(Snapshot::Impl& impl, const std::set<smime::UnitId>& ids) {
  std::map<smime::UnitId, std::vector<UnitPast>> out;
  if (ids.empty()) return out;
  for (const Row& row : impl.exec("SELECT unit_id, extract(epoch from at)::bigint, codes, evidence FROM unit_history "
                                  "WHERE bucket = ANY($1::smallint[]) AND unit_id = ANY($2::bytea[]) ORDER BY gen",
                                  array_of(ids, bucket_of), digest_array({ids.begin(), ids.end()}))) {
    out[digest(row, 0)].push_back({time_of(row, 1), parse_codes(text(row, 2)), smime::evidence_of(text(row, 3))});
  }
  return out;
}

std::set<smime::CertId> certificate_ids(const SmimeRecord& record) {
  std::set<smime::CertId> ids;
  for (const smime::LayerFacts& layer : record.facts.layers)
    for (const smime::SignerFacts& signer : layer.signers)
      for (const smime::Candidate& candidate : signer.candidates) ids.insert(candidate.certificate);
  for (const auto& [id, state] : record.units) ids.insert(state.path.begin(), state.path.end());
  return ids;
}

void add_rows(CertificateOctets& out, const Rows& rows) {
  for (const Row& row : rows) out.emplace(digest(row, 0), octets(row, 1));
}

}  // namespace

std::map<std::int64_t, SmimeRecord> get_smime_records(Snapshot& snapshot, const std::vector<EmailId>& ids) {
  Snapshot::Impl& impl = snapshot.impl();
  std::map<std::int64_t, SmimeRecord> records;
  if (ids.empty()) return records;
  for (const Row& row : impl.exec("SELECT email_id, facts, dlv_codes, extract(epoch from finalised_at)::bigint, "
                                  "evidence FROM email_smime WHERE account_id = $1 AND email_id = ANY($2::bigint[])",
                                  impl.account, array_of(ids, [](EmailId id) { return id.value; }))) {
    records.emplace(integer(row, 0), read_record(row));
  }
  std::set<smime::UnitId> wanted;
  for (const auto& [id, record] : records) wanted.merge(unit_ids(record.facts));
  const auto units = impl.read_units(wanted);
  const auto history = read_history(impl, wanted);
  for (auto& [id, record] : records) {
    add_units(record, units);
    for (const smime::UnitId& unit : unit_ids(record.facts)) {
      if (const auto past = history.find(unit); past != history.end()) record.history.insert(*past);
    }
  }
  return records;
}

CertificateOctets get_certificates(Snapshot& snapshot, const SmimeRecord& record) {
  Snapshot::Impl& impl = snapshot.impl();
  CertificateOctets out;
  std::set<smime::CertId> wanted = certificate_ids(record);
  if (wanted.empty()) return out;
  add_rows(out, impl.exec("SELECT cert_id, der FROM certificates WHERE bucket = ANY($1::smallint[]) "
                          "AND cert_id = ANY($2::bytea[])",
                          array_of(wanted, bucket_of), digest_array({wanted.begin(), wanted.end()})));
  std::erase_if(wanted, [&](const smime::CertId& id) { return out.contains(id); });
  if (wanted.empty()) return out;
  // Not in any message: an anchor, or an intermediate of the pool.
  const std::string rest = digest_array({wanted.begin(), wanted.end()});
  add_rows(
      out,
      impl.exec("SELECT DISTINCT ON (cert_id) cert_id, der FROM trust_anchors WHERE cert_id = ANY($1::bytea[])", rest));
  add_rows(out, impl.exec("SELECT cert_id, der FROM intermediates WHERE cert_id = ANY($1::bytea[])", rest));
  return out;
}

}  // namespace waxseal::store
