// Email/get's rows.
#include <map>
#include <unordered_map>

#include "store/account_lock.h"
#include "store/envelope.h"
#include "store/keywords.h"
#include "store/snapshot_impl.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

// Three kinds of row in one statement, so that the account's state and the emails belong together without a
// transaction: the numbers of the state, emails, and keywords that have no bit.
enum Kind { kState, kEmail, kKeyword };

constexpr const char* kSelect =
    "SELECT 0, s.epoch, s.email_modseq, NULL::bytea, NULL::bigint, NULL::bigint, NULL::integer, NULL::smallint, "
    "NULL::smallint[], NULL::smallint, NULL::text, NULL::text, NULL::bigint, NULL::boolean, NULL::text, "
    "NULL::bigint[] FROM account_state s WHERE s.account_id = $1 "
    "UNION ALL "
    "SELECT 1, e.email_id, e.thread_id, m.blob_id, date_part('epoch', e.received_at)::bigint, m.size, e.flags, "
    "e.smime_status, e.smime_codes, e.dlv_status, m.subject, m.preview, date_part('epoch', m.sent_at)::bigint, "
    "m.has_attachment, m.envelope, "
    "(SELECT array_agg(b.mailbox_id ORDER BY b.mailbox_id) FROM email_mailbox b "
    "WHERE b.account_id = $1 AND b.email_id = e.email_id) "
    "FROM emails e JOIN email_meta m ON m.account_id = e.account_id AND m.email_id = e.email_id "
    "WHERE e.account_id = $1 AND m.account_id = $1 AND e.email_id = ANY($2::bigint[]) "
    "UNION ALL "
    "SELECT 2, k.email_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.keyword, NULL, NULL, NULL, NULL, NULL "
    "FROM email_keyword k WHERE k.account_id = $1 AND k.email_id = ANY($2::bigint[])";

struct Found {
  std::string state;
  std::unordered_map<std::int64_t, EmailRow> emails;
  bool any_smime = false;
};

EmailRow read_email(const Row& row) {
  EmailRow out;
  out.id = {integer(row, 1)};
  out.thread = {integer(row, 2)};
  out.blob = digest(row, 3);
  out.received_at = time_of(row, 4);
  out.size = static_cast<std::size_t>(integer(row, 5));
  out.keywords = keywords_of(static_cast<int>(integer(row, 6)));
  out.status = static_cast<smime::Status>(integer(row, 7));
  out.visible_codes = parse_codes(text(row, 8));
  out.status_at_delivery = static_cast<smime::Status>(integer(row, 9));
  out.summary.subject = text(row, 10);
  out.summary.preview = text(row, 11);
  out.summary.sent_at = optional_time_of(row, 12);
  out.summary.has_attachment = boolean(row, 13);
  out.summary.size = out.size;
  envelope_from_json(text(row, 14), out.summary);
  for (const std::int64_t mailbox : parse_array(text(row, 15))) out.mailboxes.push_back({mailbox});
  return out;
}

// Throws Unavailable: there is no such account.
Found read_found(const Rows& rows) {
  Found out;
  std::multimap<std::int64_t, std::string> keywords;  // in their order
  for (const Row& row : rows) {
    switch (integer(row, 0)) {
      case kState:
        out.state = state_string(integer(row, 1), integer(row, 2));
        break;
      case kEmail: {
        EmailRow email = read_email(row);
        out.any_smime = out.any_smime || email.status != smime::Status::kNone;
        out.emails.emplace(email.id.value, std::move(email));
        break;
      }
      default:
        keywords.emplace(integer(row, 1), text(row, 10));
    }
  }
  if (out.state.empty()) throw Unavailable("there is no such account");
  for (auto& [id, keyword] : keywords) out.emails[id].keywords.push_back(std::move(keyword));
  return out;
}

// When the facts were found, and the units that they name (RVF-06).
struct Evidence {
  Time facts_at;
  std::vector<smime::UnitId> units;
};

std::unordered_map<std::int64_t, Evidence> read_evidence(Snapshot::Impl& snapshot, const std::string& ids) {
  std::unordered_map<std::int64_t, Evidence> out;
  for (const Row& row : snapshot.exec(
           "SELECT f.email_id, extract(epoch from f.facts_at)::bigint, s.unit_id FROM email_smime f "
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

void add_verified_at(Snapshot::Impl& snapshot, const std::string& ids, Found& found) {
  const auto evidence = read_evidence(snapshot, ids);
  std::set<smime::UnitId> wanted;
  for (const auto& [id, each] : evidence) wanted.insert(each.units.begin(), each.units.end());
  const auto units = snapshot.read_units(wanted);
  for (const auto& [id, each] : evidence) {
    EmailRow& email = found.emails[id];
    if (email.status > smime::Status::kUnknown) email.verified_at = verified_at(each, units);
  }
}

std::vector<EmailRow> in_order(Found& found, const std::vector<EmailId>& ids) {
  std::vector<EmailRow> out;
  out.reserve(ids.size());
  for (const EmailId id : ids) {
    if (auto row = found.emails.extract(id.value)) out.push_back(std::move(row.mapped()));
  }
  return out;
}

std::string wanted(const std::vector<EmailId>& ids) {
  return array_of(ids, [](EmailId id) { return id.value; });
}

}  // namespace

std::vector<EmailRow> get_emails(Snapshot& snapshot, const std::vector<EmailId>& ids) {
  if (ids.empty()) return {};
  Snapshot::Impl& impl = snapshot.impl();
  const std::string list = wanted(ids);
  Found found = read_found(impl.exec(kSelect, impl.account, list));
  if (found.any_smime) add_verified_at(impl, list, found);
  return in_order(found, ids);
}

ListedEmails list_emails(Database& database, AccountId account, const std::vector<EmailId>& ids) {
  const Rows rows = run_autocommit(
      database, [&](Transaction& transaction) { return transaction.exec(kSelect, account, wanted(ids)); });
  Found found = read_found(rows);
  return {std::move(found.state), in_order(found, ids)};
}

}  // namespace waxseal::store
