#include "store/append.h"

#include <gmock/gmock.h>

#include <thread>

#include "invariants.h"
#include "mail_store.h"
#include "store/blobs.h"
#include "store/uploads.h"

namespace waxseal::store {
namespace {

class Append : public testing::Test {
 protected:
  std::string read(AccountId account, const Sha256& blob) {
    Snapshot snapshot(*store_.database, account);
    const auto size = blob_size(snapshot, blob);
    if (!size) return "nothing";
    std::string out;
    while (out.size() < *size) {
      const std::string piece = read_blob(snapshot, blob, out.size(), 1u << 20);
      if (piece.empty()) return "cut off";
      out += piece;
    }
    return out;
  }
  std::string number(const std::string& query) { return store_.database.value(query); }

  MailStore store_;
};

std::string octets_of(std::size_t size) {
  std::string out;
  while (out.size() < size) out += std::to_string(out.size()) + "\r\n";
  out.resize(size);
  if (size > 3) out[size / 2] = '\0';
  return out;
}

TEST_F(Append, OctetsComeBackAsTheyWereWhateverTheirLength) {
  for (const std::size_t size : {std::size_t{1}, kChunkOctets - 1, kChunkOctets, kChunkOctets + 1, 5 * kChunkOctets,
                                 (std::size_t{1} << 21) + 7}) {
    const std::string octets = octets_of(size);
    const EmailId id = store_.deliver(store_.bob, store_.plain(octets));
    const EmailRow row = store_.email(store_.bob, id);
    EXPECT_EQ(row.size, size);
    EXPECT_TRUE(read(store_.bob, row.blob) == octets) << size;
    EXPECT_EQ(read(store_.carol, row.blob), "nothing") << "an account sees its own octets only";
  }
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(Append, ARetryStoresNothingAgain) {
  const NewEmail email = store_.plain();
  const Appended first = store_.append(store_.bob, email);
  const std::string state = store_.state(store_.bob);
  const Appended again = store_.append(store_.bob, email);
  EXPECT_FALSE(first.already_stored);
  EXPECT_TRUE(again.already_stored);
  EXPECT_EQ(again.email, first.email);
  EXPECT_EQ(store_.state(store_.bob), state);
  EXPECT_EQ(store_.mailbox(store_.bob, "inbox").total_emails, 1);

  NewEmail other_delivery = email;
  other_delivery.delivery_key = sha256("sent twice by its author");
  EXPECT_FALSE(store_.append(store_.bob, other_delivery).already_stored);
  EXPECT_EQ(store_.mailbox(store_.bob, "inbox").total_emails, 2);
  EXPECT_EQ(number("SELECT refs FROM blobs"), "2") << "the same octets are held once";
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(Append, ADestroyedMessageIsNotBroughtBackByALateRetry) {
  const NewEmail email = store_.plain();
  const EmailId id = store_.deliver(store_.bob, email);
  store_.database.sql("DELETE FROM emails WHERE email_id = " + std::to_string(id.value));
  EXPECT_TRUE(store_.append(store_.bob, email).already_stored);
  EXPECT_EQ(number("SELECT count(*) FROM emails"), "0");
}

TEST_F(Append, DeliveryKeysTellSenderRecipientAndOctetsApart) {
  const Sha256 key = delivery_key("a@b", "c@d", "text");
  EXPECT_EQ(delivery_key("a@b", "c@d", "text"), key);
  EXPECT_NE(delivery_key("a@", "bc@d", "text"), key);
  EXPECT_NE(delivery_key("a@b", "c@dt", "ext"), key);
  EXPECT_NE(delivery_key("a@b", "c@d", "texT"), key);
}

TEST_F(Append, AnAnswerBelongsToTheThreadOfWhatItAnswers) {
  NewEmail question = store_.plain();
  question.summary.subject = "Lunch?";
  NewEmail answer = store_.plain();
  answer.summary.subject = "Re: Lunch?";
  answer.summary.in_reply_to = question.summary.message_id;
  NewEmail other = answer;
  other.delivery_key = sha256("other");
  other.summary.subject = "Re: Dinner?";
  other.summary.message_id = {"other@example.org"};

  const EmailRow first = store_.email(store_.bob, store_.deliver(store_.bob, question));
  EXPECT_EQ(store_.email(store_.bob, store_.deliver(store_.bob, answer)).thread, first.thread);
  EXPECT_NE(store_.email(store_.bob, store_.deliver(store_.bob, other)).thread, first.thread);
  EXPECT_EQ(store_.mailbox(store_.bob, "inbox").total_emails, 3);
  EXPECT_EQ(store_.mailbox(store_.bob, "inbox").total_threads, 2);

  answer.delivery_key = sha256("carol");
  store_.deliver(store_.carol, answer);
  EXPECT_EQ(store_.mailbox(store_.carol, "inbox").total_threads, 1) << "threads of others are nobody's business";
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(Append, MailForARoleThatNobodyHasGoesToTheInbox) {
  NewEmail email = store_.plain();
  email.mailbox_role = "junk";
  EXPECT_EQ(store_.email(store_.bob, store_.deliver(store_.bob, email)).mailboxes,
            std::vector{store_.mailbox(store_.bob, "junk").id});
  email = store_.plain();
  email.mailbox_role = "no such role";
  EXPECT_EQ(store_.email(store_.bob, store_.deliver(store_.bob, email)).mailboxes,
            std::vector{store_.mailbox(store_.bob, "inbox").id});
}

TEST_F(Append, NothingIsStoredForAnAccountThatIsNotThere) {
  EXPECT_THROW(store_.append(AccountId{12345}, store_.plain()), Unavailable);
  EXPECT_EQ(number("SELECT count(*) FROM emails"), "0");
}

TEST_F(Append, APendingVerdictAtDeliveryShowsAsSigned) {
  const smime::Unit unit = unit_named("alice");
  NewEmail email = store_.under(unit);
  EmailRow row = store_.email(store_.bob, store_.deliver(store_.bob, email));
  EXPECT_EQ(row.status, smime::Status::kVerified);
  EXPECT_EQ(row.status_at_delivery, smime::Status::kVerified);

  email = store_.under(unit);
  email.at_delivery_final = false;  // TIM-05
  row = store_.email(store_.bob, store_.deliver(store_.bob, email));
  EXPECT_EQ(row.status_at_delivery, smime::Status::kSigned);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// R6: the state that is stored with a message is the unit's of the moment, not what the delivery thought it was.
TEST_F(Append, TheStoredStateOfAUnitWins) {
  const smime::Unit unit = unit_named("alice");
  store_.deliver(store_.bob, store_.under(unit));
  store_.evaluate(unit, kExpired, kNow + Seconds(60));
  const NewEmail email = store_.under(unit);  // evaluated before
  const EmailRow row = store_.email(store_.bob, store_.deliver(store_.bob, email));
  EXPECT_EQ(row.status, smime::Status::kFailed);
  EXPECT_EQ(row.visible_codes, std::vector{smime::Code::cert_expired});
  EXPECT_EQ(row.status_at_delivery, smime::Status::kVerified) << "the verdict at delivery is the delivery's own";
}

TEST_F(Append, ANewerEvaluationOfAnOverdueUnitIsForAllOfItsMessages) {
  const smime::Unit unit = unit_named("alice");
  const EmailId old = store_.deliver(store_.bob, store_.under(unit));
  store_.database.sql("UPDATE units SET next_check_at = to_timestamp(0)");
  NewEmail email = store_.under(unit, kExpired);
  email.evaluations[unit.id()].evaluated_at = kNow + Seconds(60);
  EXPECT_EQ(store_.email(store_.bob, store_.deliver(store_.bob, email)).status, smime::Status::kFailed);
  EXPECT_EQ(unswept_units(*store_.database, 10), std::vector{unit.id()});
  EXPECT_EQ(store_.sweep(unit).emails_changed, 1u);
  EXPECT_EQ(store_.email(store_.bob, old).status, smime::Status::kFailed);
  EXPECT_EQ(broken_invariants(store_.database), "");
}

TEST_F(Append, OctetsThatNoMessageTookExpire) {
  const std::string octets = octets_of(kChunkOctets + 1);
  store_octets(*store_.database, store_.bob, sha256(octets), octets);
  EXPECT_EQ(collect_expired_blobs(*store_.database, 10), 0u) << "a delivery may be on its way";
  store_.database.sql("UPDATE blobs SET expires_at = now() - interval '1 second'");
  store_.deliver(store_.bob, store_.plain(octets));
  EXPECT_EQ(collect_expired_blobs(*store_.database, 10), 0u) << "a message holds them";
  store_octets(*store_.database, store_.carol, sha256(octets), octets);
  store_.database.sql("UPDATE blobs SET expires_at = now() - interval '1 second' WHERE refs = 0");
  EXPECT_EQ(collect_expired_blobs(*store_.database, 10), 1u);
  EXPECT_EQ(number("SELECT count(*) FROM blobs"), "1");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// Plans are kept.  Those that were made for a few rows, and with statistics that say so, do not read all rows later.
TEST_F(Append, WhatADeliveryReadsDoesNotGrow) {
  const smime::Unit unit = unit_named("alice");
  const auto deliver = [&](int messages) {
    const auto own = store_.database.connect(1);  // what it read is known when it is gone
    for (int i = 0; i < messages; ++i) append_email(*own, store_.bob, store_.under(unit), store_.policy);
  };
  const auto read = [&](const std::string& messages) {
    while (number("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'emails'") != messages)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return number(
        "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ('emails', 'email_meta', 'email_smime', "
        "'email_mailbox', 'email_signers', 'threads', 'thread_refs', 'deliveries', 'blobs', 'blob_chunks')");
  };
  deliver(20);
  store_.database.sql("ANALYZE");
  const std::string before = read("20");
  deliver(60);
  EXPECT_EQ(read("80"), before);
}

// No row of the account is left in any table; who else holds a unit is a matter of the unit.
TEST_F(Append, ARemovedAccountLeavesNothing) {
  NewEmail email = store_.under(unit_named("alice"));
  email.keywords = {"own"};
  store_.deliver(store_.bob, email);
  store_.deliver(store_.carol, store_.plain());
  std::string rows;
  for (const auto& table : store_.database.sql("SELECT table_name FROM information_schema.columns WHERE table_schema = "
                                               "'public' AND column_name = 'account_id' AND table_name <> "
                                               "'unit_holders'"))
    rows +=
        (rows.empty() ? "" : " UNION ALL ") + ("SELECT account_id, '" + table.at(0) + "' AS name FROM " + table.at(0));
  const auto of = [&](AccountId account) {
    return number("SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM (" + rows +
                  ") AS r WHERE account_id = " + std::to_string(account.value));
  };
  EXPECT_THAT(of(store_.bob), testing::HasSubstr("email_keyword email_mailbox email_meta email_signers email_smime"));
  ASSERT_TRUE(remove_account(*store_.database, "bob"));
  EXPECT_EQ(of(store_.bob), "");
  EXPECT_EQ(number("SELECT count(*) FROM emails"), "1");
  EXPECT_EQ(broken_invariants(store_.database), "");
}

// A message that is stored while its account is removed: then the account stays, to be removed again.
TEST_F(Append, AnAccountWithMailIsNotRemovedByHalf) {
  store_.deliver(store_.bob, store_.plain());
  EXPECT_ANY_THROW(store_.database.sql("DELETE FROM accounts WHERE account_id = " + std::to_string(store_.bob.value)));
}

// Each invariant's statement finds what it is there for.
TEST_F(Append, TheInvariantsCanBeBroken) {
  const smime::Unit unit = unit_named("alice");
  store_.deliver(store_.bob, store_.under(unit));
  store_.deliver(store_.bob, store_.under(unit));
  ASSERT_EQ(broken_invariants(store_.database), "");
  const std::pair<const char*, const char*> breakages[] = {
      {"UPDATE emails SET modseq = 7", "3"},
      {"UPDATE account_state SET email_modseq = 1 WHERE used_bytes > 0", "3"},
      {"UPDATE email_mailbox SET flags = 2", "5"},
      {"UPDATE mailboxes SET unread_threads = unread_threads + 1 WHERE role = 'inbox'", "6"},
      {"DELETE FROM blob_chunks", "7"},
      {"DELETE FROM threads", "20"},
      {"DELETE FROM emails", "20"},
      {"DELETE FROM email_meta", "7"},
      {"UPDATE blobs SET refs = 2", "7"},
      {"DELETE FROM unit_holders", "8"},
      {"DELETE FROM unit_holders; DELETE FROM units", "8"},
      {"UPDATE email_signers SET applied_gen = applied_gen - 1", "9"},
      {"UPDATE email_smime SET finalised_at = NULL", "10"},
      {"UPDATE account_state SET used_bytes = used_bytes + 1", "11"},
  };
  for (const auto& [statement, numbers] : breakages) {
    for (const Invariant& invariant : kInvariants) {
      if (std::to_string(invariant.number) != numbers) continue;
      // The transaction ends, undone, with the connection.
      const std::string in_a_transaction =
          std::string("BEGIN; ") + statement + "; SELECT count(*) > 0 FROM (" + invariant.offenders + ") found";
      EXPECT_EQ(store_.database.sql(in_a_transaction).at(0).at(0), "t") << statement;
    }
    EXPECT_EQ(broken_invariants(store_.database), "") << "left behind by: " << statement;
  }
}

}  // namespace
}  // namespace waxseal::store
