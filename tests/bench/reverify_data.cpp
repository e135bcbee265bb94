#include "reverify_data.h"

#include "base/text.h"
#include "measure.h"
#include "smime/verifier.h"
#include "store/accounts.h"
#include "store/revocation.h"
#include "store/trust_anchors.h"
#include "support/mail.h"

namespace waxseal::bench {

namespace {

constexpr std::size_t kRowsAtOnce = 1000;

test::CertSpec signer_spec() {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.crl_urls = {"http://crl.example.org/ca.crl"};
  return spec;
}

std::string bytea(Octets octets) {
  return "'\\x" + hex(octets) + "'::bytea";
}

int bucket(const Sha256& id) {
  return (id.octets[0] << 4) | (id.octets[1] >> 4);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) text.replace(at, what.size(), by);
  return text;
}

// VALUES in pages, so that no statement is larger than a server likes.
class Pages {
 public:
  Pages(const test::TestDatabase& database, std::string insert) : database_(database), insert_(std::move(insert)) {}
  ~Pages() { flush(); }
  void add(const std::string& row) {
    rows_ += (rows_.empty() ? "" : ",") + row;
    if (++count_ % kRowsAtOnce == 0) flush();
  }

 private:
  void flush() {
    if (!rows_.empty()) database_.sql(insert_ + " VALUES " + rows_);
    rows_.clear();
  }
  const test::TestDatabase& database_;
  const std::string insert_;
  std::string rows_;
  std::size_t count_ = 0;
};

}  // namespace

ReverifyData::ReverifyData(int units, int accounts) : signer_(test::pki().leaf(signer_spec())) {
  store::add_anchor(database(), smime::Certificate::parse(test::pki().root.der), "bench", clock_.now());
  make_accounts(accounts);
  store::store_crl(database(), list({.next_update = clock_.now() + Seconds(30 * 86400)}, clock_.now()), clock_.now());
  make_units(units);
}

void ReverifyData::make_accounts(int count) {
  for (int i = 0; i < count; ++i) {
    const std::string name = "a" + std::to_string(i);
    accounts_.push_back(*store::create_account(database(), name, {name + "@example.org"}, clock_.now()));
  }
  database_.sql(
      "CREATE TABLE bench_accounts (n bigint PRIMARY KEY, account_id bigint, mailbox_id bigint);"
      "INSERT INTO bench_accounts SELECT substr(l.name, 2)::bigint, l.account_id, m.mailbox_id FROM logins l JOIN "
      "mailboxes m ON m.account_id = l.account_id AND m.role = 'inbox';"
      "INSERT INTO blobs (account_id, blob_id, size, refs) SELECT account_id, '\\x00', 10240, 1 FROM bench_accounts");
}

smime::AcceptedCrl ReverifyData::list(const test::CrlSpec& spec, Time now) const {
  const smime::Policy policy;
  smime::TrustStore trust;
  trust.anchors.push_back({smime::Certificate::parse(test::pki().root.der), std::nullopt});
  const auto question = smime::make_question(smime::Certificate::parse(signer_.der),
                                             smime::Certificate::parse(test::pki().intermediate.der),
                                             trust.anchors[0].certificate, 0, policy);
  const auto crl = smime::Crl::parse(test::make_crl(spec, test::pki().intermediate));
  return smime::accept_crl(crl.value(), question, {trust, {}}, policy, now).value();
}

smime::AcceptedCrl ReverifyData::revoking_list(Time now) const {
  test::CrlSpec spec{.this_update = now, .next_update = now + Seconds(30 * 86400), .number = 2};
  spec.revoked = {{.serial = signer_.serial, .date = now}};
  return list(spec, now);
}

// Not yet evaluated: the first round does it.
void ReverifyData::make_units(int count) {
  const std::string mail = test::clear_signed_mail({.cert = signer_});
  const smime::Extracted extracted = smime::Verifier(smime::Policy{}).extract(mail);
  const smime::Unit pattern = extracted.facts.units().at(0);
  const std::string facts = smime::facts_to_json(extracted.facts);
  database_.sql("CREATE TABLE bench_units (n bigint PRIMARY KEY, bucket smallint, unit_id bytea, facts text)");
  const auto certificate_row = [](const test::Cert& cert) {
    const Sha256 id = sha256(cert.der);
    return "(" + std::to_string(bucket(id)) + "," + bytea(id.view()) + "," + bytea(cert.der) +
           ",'2026-01-01','2027-01-01')";
  };
  Pages certificates(database_, "INSERT INTO certificates (bucket, cert_id, der, not_before, not_after)");
  Pages units(
      database_,
      "INSERT INTO units (bucket, unit_id, trust_domain, leaf, bundle, ess_path_set, codes, path, next_check_at, "
      "trust_version, policy_version)");
  Pages names(database_, "INSERT INTO bench_units");
  certificates.add(certificate_row(test::pki().intermediate));
  for (int n = 0; n <= count; ++n) {
    const test::Cert cert = n == count ? signer_ : test::pki().leaf(signer_spec());
    smime::Unit unit = pattern;
    unit.leaf = sha256(cert.der);
    const smime::UnitId id = unit.id();
    std::string bundle;
    for (const Sha256& each : unit.bundle) bundle += each.view();
    const std::string key = std::to_string(bucket(id)) + "," + bytea(id.view());
    certificates.add(certificate_row(cert));
    units.add("(" + key + ",''," + bytea(unit.leaf.view()) + "," + bytea(bundle) + ",'','{}','','2026-06-30',1,'')");
    names.add("(" + std::to_string(n) + "," + key + ",'" +
              replaced(replaced(facts, pattern.leaf.hex(), unit.leaf.hex()), "'", "''") + "')");
  }
}

// `rows`: SELECT of account number a, place p within the account, unit number n.
void ReverifyData::insert_mail(const std::string& rows) {
  database_.sql(
      "CREATE UNLOGGED TABLE bench_mail AS SELECT b.account_id, b.mailbox_id, 100 + 2 * r.p AS id, u.unit_id, "
      "u.bucket, "
      "u.facts, c.gen, timestamptz '2026-07-01 12:00Z' - interval '1 second' * (r.p % 1000000) AS at FROM (" +
      rows +
      ") r JOIN bench_accounts b ON b.n = r.a JOIN bench_units u ON u.n = r.n JOIN units c ON c.bucket = u.bucket AND "
      "c.unit_id = u.unit_id;"
      "INSERT INTO threads SELECT account_id, id, id FROM bench_mail;"
      "INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, smime_status, dlv_status) "
      "SELECT account_id, id, id, id, at, 3, 3 FROM bench_mail;"
      "INSERT INTO email_meta (account_id, email_id, received_at, size, blob_id, subject, preview, from_text, to_text, "
      "cc_text, bcc_text, envelope) SELECT account_id, id, at, 10240, '\\x00', 'Subject ' || id, 'Hello Bob', "
      "'alice@example.org', 'bob@example.org', '', '', '{}' FROM bench_mail;"
      "INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, smime_status, dlv_status) "
      "SELECT account_id, mailbox_id, at, id, id, 3, 3 FROM bench_mail;"
      "INSERT INTO email_smime (account_id, email_id, facts_at, dlv_at, finalised_at, trust_version, facts_version, "
      "dlv_status, recheck, dlv_codes, policy_version, evidence, facts) SELECT account_id, id, at, at, at, 2, 1, 3, "
      "false, '{}', '', '', facts FROM bench_mail;"
      "INSERT INTO email_signers SELECT account_id, id, 0, unit_id, gen FROM bench_mail;"
      "INSERT INTO unit_holders SELECT DISTINCT bucket, unit_id, account_id, gen FROM bench_mail;"
      "UPDATE account_state s SET modseq = greatest(modseq, m.last), email_modseq = greatest(email_modseq, m.last), "
      "thread_modseq = greatest(thread_modseq, m.last) FROM (SELECT account_id, max(id) AS last FROM bench_mail GROUP "
      "BY account_id) m WHERE m.account_id = s.account_id;"
      "UPDATE mailboxes b SET total_emails = total_emails + m.n, unread_emails = unread_emails + m.n, total_threads = "
      "total_threads + m.n, unread_threads = unread_threads + m.n FROM (SELECT account_id, mailbox_id, count(*) AS n "
      "FROM bench_mail GROUP BY account_id, mailbox_id) m WHERE m.account_id = b.account_id AND m.mailbox_id = "
      "b.mailbox_id;"
      "DROP TABLE bench_mail");
  database_.sql("ANALYZE");
  database_.sql("CHECKPOINT");
}

// The j-th message of a unit goes to another account than the one before.
void ReverifyData::fill(long total) {
  const std::string units = std::to_string(number("SELECT count(*) FROM bench_units") - 1);
  const std::string accounts = std::to_string(accounts_.size());
  insert_mail("SELECT (k % " + units + " + (k / " + units + ") * 20) % " + accounts + " AS a, (k / " + units + ") * (" +
              units + " / " + accounts + ") + k % " + units + " / " + accounts + " AS p, k % " + units +
              " AS n FROM generate_series(" + std::to_string(filled_) + "::bigint, " + std::to_string(total - 1) +
              ") AS k");
  filled_ = total;
}

void ReverifyData::add_revoked_signer_mail(int messages, int accounts) {
  const std::string apart = std::to_string(number("SELECT max(n) FROM bench_units"));
  insert_mail("SELECT k % " + std::to_string(accounts) + " AS a, 1000000 + k / " + std::to_string(accounts) +
              " AS p, " + apart + "::bigint AS n FROM generate_series(0::bigint, " + std::to_string(messages - 1) +
              ") AS k");
}

}  // namespace waxseal::bench
