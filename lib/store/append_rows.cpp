#include "store/append_rows.h"

#include <algorithm>

#include "base/text.h"
#include "store/anchor_codes.h"
#include "store/envelope.h"
#include "store/keywords.h"
#include "store/sort_keys.h"

namespace waxseal::store {

namespace {

constexpr Seconds kFirstRetry{60};  // of a pending verdict at delivery, if nothing happens before (TIM-05)

smime::Status visible_at_delivery(const Prepared& prepared) {
  if (!prepared.signed_or_unknown()) return smime::Status::kNone;
  return prepared.email.at_delivery_final ? prepared.email.at_delivery.status : smime::Status::kSigned;  // TIM-05
}

Time facts_time(const NewEmail& email) {
  Time out = email.received_at;
  for (const auto& [id, evaluation] : email.evaluations) out = std::max(out, evaluation.evaluated_at);
  return out;
}

void add_all(ArrayText& column, const std::vector<std::int64_t>& values) {
  for (const std::int64_t value : values) column.number(value);
}

}  // namespace

int MailRows::add(const Arrival& arrival, const Placement& placement,
                  const std::map<smime::UnitId, StoredUnit>& units) {
  const Prepared& prepared = arrival.prepared;
  const NewEmail& email = prepared.email;
  const SplitKeywords keywords = split_keywords(email.keywords);
  const smime::Verdict verdict = smime::judge(email.facts, states_of(units), prepared.policy, email.received_at);
  ++messages_;
  columns_[append_column("accounts")].number(prepared.account.value);
  columns_[append_column("ids")].number(placement.id.value);
  columns_[append_column("threads")].number(placement.thread.value);
  columns_[append_column("received")].time(email.received_at);
  columns_[append_column("statuses")].number(static_cast<int>(verdict.status));
  columns_[append_column("dlv_statuses")].number(static_cast<int>(visible_at_delivery(prepared)));
  columns_[append_column("codes")].text(codes_array(verdict.visible_codes()));
  columns_[append_column("flags")].number(keywords.flags);
  columns_[append_column("delivery_keys")].digest(email.delivery_key);
  for (const MailboxId mailbox : placement.mailboxes) {
    columns_[append_column("places")].number(messages_);
    columns_[append_column("mailboxes")].number(mailbox.value);
  }
  for (const std::string& keyword : keywords.others) {
    columns_[append_column("keyword_places")].number(messages_);
    columns_[append_column("keywords")].text(keyword);
  }
  add_meta(email, prepared.envelope);
  add_text(email, prepared.signers);
  add_blob(arrival);
  days_[prepared.account].add(prepared.judged_at(), verdict, DailyCount::kArrived, DailyCount::kArrivedWith);
  if (prepared.signed_or_unknown()) {
    smime_ = true;
    add_verdict(prepared);
    add_signers(units);
  }
  return messages_;
}

void MailRows::add_meta(const NewEmail& email, const std::string& envelope) {
  const mime::Summary& summary = email.summary;
  columns_[append_column("sent")].time(summary.sent_at);
  columns_[append_column("sizes")].number(static_cast<std::int64_t>(email.octets.size()));
  columns_[append_column("attachments")].boolean(summary.has_attachment);
  columns_[append_column("blobs")].digest(email.blob);
  columns_[append_column("subjects")].text(to_valid_utf8(summary.subject));
  columns_[append_column("previews")].text(to_valid_utf8(summary.preview));
  columns_[append_column("from_texts")].text(flat_addresses(summary.from));
  columns_[append_column("to_texts")].text(flat_addresses(summary.to));
  columns_[append_column("cc_texts")].text(flat_addresses(summary.cc));
  columns_[append_column("bcc_texts")].text(flat_addresses(summary.bcc));
  columns_[append_column("envelopes")].text(envelope);
  columns_[append_column("trusted")].boolean(email.received_at_trusted);
  columns_[append_column("from_keys")].text(address_key(summary.from));
  columns_[append_column("to_keys")].text(address_key(summary.to));
  columns_[append_column("subject_keys")].text(subject_key(summary.subject));
}

void MailRows::add_text(const NewEmail& email, const std::string& signers) {
  const mime::Summary& summary = email.summary;
  columns_[append_column("headers")].text(to_valid_utf8(email.text.headers));
  columns_[append_column("bodies")].text(to_valid_utf8(email.text.body));
  columns_[append_column("signers")].text(signers);
  columns_[append_column("from_names")].text(address_text(summary.from));
  columns_[append_column("to_names")].text(address_text(summary.to));
  columns_[append_column("subject_bases")].text(subject_text(summary.subject));
}

void MailRows::add_blob(const Arrival& arrival) {
  const NewEmail& email = arrival.prepared.email;
  Blob& blob = blobs_[{arrival.prepared.account, email.blob}];
  blob.place = messages_;
  ++blob.refs;
  if (!arrival.bring_octets || blob.brought) return;
  blob.brought = true;
  columns_[append_column("chunk_places")].number(messages_);
  columns_[append_column("chunk_begins")].number(static_cast<std::int64_t>(brought_.size()) + 1);
  brought_ += email.octets;
}

void MailRows::add_verdict(const Prepared& prepared) {
  const NewEmail& email = prepared.email;
  const Seconds first_retry = std::min(kFirstRetry, prepared.policy.revocation.at_delivery_grace);
  const Time judged = prepared.judged_at();
  const bool final = email.at_delivery_final;
  columns_[append_column("smime_places")].number(messages_);
  columns_[append_column("facts_at")].time(facts_time(email));
  columns_[append_column("facts")].text(prepared.facts_json);
  columns_[append_column("verdicts")].number(static_cast<int>(email.at_delivery.status));
  columns_[append_column("verdict_codes")].text(codes_array(email.at_delivery.codes));
  columns_[append_column("judged")].time(judged);
  columns_[append_column("finalised")].time(final ? std::optional(judged) : std::nullopt);
  columns_[append_column("policies")].text(prepared.policy_version);
  columns_[append_column("trust_versions")].number(email.trust_version);
  columns_[append_column("rechecks")].boolean(!final || an_anchor_may_help(email.at_delivery));
  columns_[append_column("evidence")].text(smime::evidence_text(email.at_delivery_evidence));
  columns_[append_column("retries")].time(final ? std::nullopt : std::optional(judged + first_retry));
}

void MailRows::add_signers(const std::map<smime::UnitId, StoredUnit>& units) {
  int ordinal = 0;
  for (const auto& [unit, stored] : units) {
    columns_[append_column("signer_places")].number(messages_);
    columns_[append_column("ordinals")].number(ordinal++);
    columns_[append_column("units")].digest(unit);
    columns_[append_column("gens")].number(stored.gen);
  }
}

void MailRows::add_thread(const ThreadRow& row) {
  columns_[append_column("thread_places")].number(row.place);
  columns_[append_column("thread_modseqs")].number(row.number);
}

void MailRows::add_ref(const std::string& ref, const std::string& subject, int place) {
  columns_[append_column("refs")].text(ref);
  columns_[append_column("ref_subjects")].text(subject);
  columns_[append_column("ref_places")].number(place);
}

void MailRows::add_counts(AccountId account, const CountChanges& changes) {
  for (std::size_t i = 0; i < changes.mailboxes.size(); ++i)
    columns_[append_column("count_accounts")].number(account.value);
  add_all(columns_[append_column("counted")], changes.mailboxes);
  add_all(columns_[append_column("count_modseqs")], changes.modseqs);
  add_all(columns_[append_column("count_emails")], changes.emails);
  add_all(columns_[append_column("count_unread_emails")], changes.unread_emails);
  add_all(columns_[append_column("count_threads")], changes.threads);
  add_all(columns_[append_column("count_unread_threads")], changes.unread_threads);
}

void MailRows::add_account(AccountId account, std::int64_t expected, std::int64_t modseq, std::int64_t octets) {
  columns_[append_column("seen_accounts")].number(account.value);
  columns_[append_column("seen_modseqs")].number(expected);
  columns_[append_column("new_modseqs")].number(modseq);
  columns_[append_column("octets")].number(octets);
}

void MailRows::assume_new(const Prepared& prepared) {
  columns_[append_column("new_key_accounts")].number(prepared.account.value);
  columns_[append_column("new_keys")].digest(prepared.email.delivery_key);
  for (const std::string& ref : prepared.refs) {
    columns_[append_column("new_ref_accounts")].number(prepared.account.value);
    columns_[append_column("new_refs")].text(ref);
    columns_[append_column("new_ref_subjects")].text(prepared.subject_hash);
  }
}

void MailRows::assume_same(AccountId account, const smime::UnitId& unit, const StoredUnit& stored) {
  columns_[append_column("same_unit_accounts")].number(account.value);
  columns_[append_column("same_unit_buckets")].number(bucket_of(unit));
  columns_[append_column("same_units")].digest(unit);
  columns_[append_column("same_unit_versions")].number(stored.version);
}

// What is summed up over messages.
void MailRows::add_sums() {
  for (const auto& [key, blob] : blobs_) {
    columns_[append_column("blob_places")].number(blob.place);
    columns_[append_column("blob_refs")].number(blob.refs);
  }
  for (const auto& [account, counts] : days_) {
    for (const auto& [key, messages] : counts.sums()) {
      columns_[append_column("day_accounts")].number(account.value);
      columns_[append_column("days")].number(std::get<0>(key));
      columns_[append_column("day_kinds")].number(std::get<1>(key));
      columns_[append_column("day_values")].number(std::get<2>(key));
      columns_[append_column("day_messages")].number(messages);
    }
  }
}

std::set<AccountId> MailRows::write(Transaction& transaction) {
  static const std::string kPlain = append_statement(false);
  static const std::string kSmime = append_statement(true);
  add_sums();
  const auto execute = [&]<std::size_t... I>(const std::string& sql, std::index_sequence<I...>) {
    const Rows rows = transaction.exec(sql, binary(brought_), columns_[I].str()...);
    return parse_array(text(rows[0], 0));
  };
  std::set<AccountId> out;
  for (const std::int64_t account : smime_ ? execute(kSmime, std::make_index_sequence<std::size(kAppendColumns)>())
                                           : execute(kPlain, std::make_index_sequence<kPlainColumns>()))
    out.insert(AccountId{account});
  return out;
}

}  // namespace waxseal::store
