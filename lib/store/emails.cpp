// Email/get's rows.
#include <unordered_map>

#include "store/envelope.h"
#include "store/keywords.h"
#include "store/snapshot_impl.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

constexpr const char* kSelect =
    "SELECT e.email_id, e.thread_id, m.blob_id, extract(epoch from e.received_at)::bigint, m.size, e.flags, "
    "e.smime_status, e.smime_codes, e.dlv_status, m.subject, m.preview, extract(epoch from m.sent_at)::bigint, "
    "m.has_attachment, m.envelope, "
    "(SELECT array_agg(b.mailbox_id ORDER BY b.mailbox_id) FROM email_mailbox b "
    "WHERE b.account_id = $1 AND b.email_id = e.email_id) "
    "FROM emails e JOIN email_meta m ON m.account_id = e.account_id AND m.email_id = e.email_id "
    "WHERE e.account_id = $1 AND m.account_id = $1 AND e.email_id = ANY($2::bigint[])";

using ById = std::unordered_map<std::int64_t, EmailRow>;

EmailRow read_row(const Row& row) {
  EmailRow out;
  out.id = {integer(row, 0)};
  out.thread = {integer(row, 1)};
  out.blob = digest(row, 2);
  out.received_at = time_of(row, 3);
  out.size = static_cast<std::size_t>(integer(row, 4));
  out.keywords = keywords_of(static_cast<int>(integer(row, 5)));
  out.status = static_cast<smime::Status>(integer(row, 6));
  out.visible_codes = parse_codes(text(row, 7));
  out.status_at_delivery = static_cast<smime::Status>(integer(row, 8));
  out.summary.subject = text(row, 9);
  out.summary.preview = text(row, 10);
  out.summary.sent_at = optional_time_of(row, 11);
  out.summary.has_attachment = boolean(row, 12);
  out.summary.size = out.size;
  envelope_from_json(text(row, 13), out.summary);
  for (const std::int64_t mailbox : parse_array(text(row, 14))) out.mailboxes.push_back({mailbox});
  return out;
}

void add_keywords(Snapshot::Impl& snapshot, const std::string& ids, ById& emails) {
  for (const Row& row :
       snapshot.exec("SELECT email_id, keyword FROM email_keyword "
                     "WHERE account_id = $1 AND email_id = ANY($2::bigint[]) ORDER BY email_id, keyword",
                     snapshot.account, ids)) {
    emails[integer(row, 0)].keywords.push_back(text(row, 1));
  }
}

// When the facts were found, and the units that they name (RVF-06).
struct Evidence {
  Time facts_at;
  std::vector<smime::UnitId> units;
};

std::unordered_map<std::int64_t, Evidence> read_evidence(Snapshot::Impl& snapshot, const std::string& ids) {
  std::unordered_map<std::int64_t, Evidence> out;
  for (const Row& row : snapshot.exec(
           "SELECT f.email_id, extract(epoch from f.facts_at)::bigint, s.unit_id FROM email_facts f "
           "LEFT JOIN email_signers s ON s.account_id = f.account_id AND s.email_id = f.email_id AND s.account_id = $1 "
           "WHERE f.account_id = $1 AND f.email_id = ANY($2::bigint[])",
           snapshot.account, ids)) {
    Evidence& evidence = out[integer(row, 0)];
    evidence.facts_at = time_of(row, 1);
    if (!octets(row, 2).empty()) evidence.units.push_back(digest(row, 2));
  }
  return out;
}

// nullopt: a unit was never evaluated.
std::optional<Time> verified_at(const Evidence& evidence, const std::map<smime::UnitId, StoredUnit>& units) {
  Time out = evidence.facts_at;
  for (const smime::UnitId& id : evidence.units) {
    const auto unit = units.find(id);
    if (unit == units.end() || !unit->second.evaluated_at) return std::nullopt;
    out = std::max(out, *unit->second.evaluated_at);
  }
  return out;
}

void add_verified_at(Snapshot::Impl& snapshot, const std::string& ids, ById& emails) {
  const auto evidence = read_evidence(snapshot, ids);
  std::set<smime::UnitId> wanted;
  for (const auto& [id, each] : evidence) wanted.insert(each.units.begin(), each.units.end());
  const auto units = snapshot.read_units(wanted);
  for (const auto& [id, each] : evidence) {
    EmailRow& email = emails[id];
    if (email.status > smime::Status::kUnknown) email.verified_at = verified_at(each, units);
  }
}

}  // namespace

std::vector<EmailRow> get_emails(Snapshot& snapshot, const std::vector<EmailId>& ids) {
  if (ids.empty()) return {};
  Snapshot::Impl& impl = snapshot.impl();
  const std::string wanted = array_of(ids, [](EmailId id) { return id.value; });
  ById found;
  bool any_smime = false;
  for (const Row& row : impl.exec(kSelect, impl.account, wanted)) {
    EmailRow email = read_row(row);
    any_smime = any_smime || email.status != smime::Status::kNone;
    found.emplace(email.id.value, std::move(email));
  }
  add_keywords(impl, wanted, found);
  if (any_smime) add_verified_at(impl, wanted, found);

  std::vector<EmailRow> out;
  for (const EmailId id : ids) {
    const auto row = found.find(id.value);
    if (row != found.end()) out.push_back(row->second);  // a copy: an id may be asked for twice
  }
  return out;
}

}  // namespace waxseal::store
