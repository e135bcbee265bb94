// Keywords, mailboxes and the end of stored messages.
#include "store/email_write.h"

#include <gtest/gtest.h>

#include "store/blobs.h"
#include "unit/store/small_account.h"

namespace waxseal::store {
namespace {

using enum EmailWriteFailure;
using Keywords = std::vector<std::string>;

SetPatch<std::string> keyword(const std::string& name, bool in = true) {
  return {.replace = {}, .members = {{name, in}}};
}

TEST(EmailWrite, KeywordsAreSetAndRemovedOneByOneOrAltogether) {
  SmallAccount account;
  const EmailId email = account.deliver();
  account.patch({email, keyword("$seen"), {}});
  account.patch({email, keyword("project"), {}});
  EXPECT_EQ(account.email(email)->keywords, (Keywords{"$seen", "project"}));
  account.patch({email, keyword("$seen", false), {}});
  EXPECT_EQ(account.email(email)->keywords, Keywords{"project"});
  account.patch({email, {.replace = {{"$flagged", "other"}}, .members = {}}, {}});
  EXPECT_EQ(account.email(email)->keywords, (Keywords{"$flagged", "other"}));
  EXPECT_EQ(account.broken(), "");
}

TEST(EmailWrite, WhatChangesNothingIsNoChange) {
  SmallAccount account;
  const EmailId email = account.deliver({.keywords = {"$seen"}});
  const std::string before = account.state();
  const EmailWritten written = account.patch({email, keyword("$seen"), {}});
  EXPECT_EQ(written.updated, std::vector{kNone});
  EXPECT_EQ(written.state.after, before);
  EXPECT_EQ(account.state(), before);
  EXPECT_NE(account.patch({email, keyword("$seen", false), {}}).state.after, before);
}

TEST(EmailWrite, MovesBetweenMailboxesWithTheirCounts) {
  SmallAccount account;
  const MailboxId inbox = account.mailbox("inbox"), archive = account.mailbox("archive");
  const EmailId email = account.deliver();
  const std::string mailboxes = account.state(ObjectType::kMailbox);
  account.patch({email, {}, {.replace = {}, .members = {{inbox, false}, {archive, true}}}});
  EXPECT_EQ(account.email(email)->mailboxes, std::vector{archive});
  EXPECT_EQ(account.row(inbox)->total_emails, 0);
  EXPECT_EQ(account.row(archive)->unread_threads, 1);
  EXPECT_EQ(account.changes(mailboxes, ObjectType::kMailbox).updated.size(), 2U);
  EXPECT_TRUE(account.changes(mailboxes, ObjectType::kMailbox).only_counts);
  EXPECT_EQ(account.broken(), "");
}

TEST(EmailWrite, AnEmailIsAlwaysInAMailboxThatExists) {
  SmallAccount account;
  const MailboxId inbox = account.mailbox("inbox");
  const EmailId email = account.deliver();
  EXPECT_EQ(account.patch({email, {}, {.replace = {}, .members = {{inbox, false}}}}).updated.at(0), kNoMailbox);
  EXPECT_EQ(account.patch({email, {}, {.replace = {{{999'999}}}, .members = {}}}).updated.at(0), kUnknownMailbox);
  EXPECT_EQ(account.patch({{999'999}, keyword("$seen"), {}}).updated.at(0), kNotFound);
  SetPatch<std::string> many;
  for (std::size_t i = 0; i <= kMaxKeywordsPerEmail; ++i) many.members["k" + std::to_string(i)] = true;
  EXPECT_EQ(account.patch({email, many, {}}).updated.at(0), kTooManyKeywords);
  many.members.erase(many.members.begin());
  EXPECT_EQ(account.patch({email, many, {}}).updated.at(0), kNone);
  EXPECT_EQ(account.broken(), "");
}

TEST(EmailWrite, DestroyedIsGoneWithOctetsThreadAndCounts) {
  SmallAccount account;
  const EmailId one = account.deliver({.message_id = "<1@x>"});
  const EmailId reply = account.deliver({.references = "<1@x>"});
  const Sha256 blob = account.email(one)->blob;
  const std::string emails = account.state(), threads = account.state(ObjectType::kThread);
  EXPECT_EQ(account.destroy({one, {999'999}}).destroyed, (std::vector{kNone, kNotFound}));
  EXPECT_EQ(account.changes(emails).destroyed, std::vector{one.value});
  EXPECT_EQ(account.changes(threads, ObjectType::kThread).updated.size(), 1U);
  EXPECT_EQ(account.database.value("SELECT count(*) FROM blobs WHERE refs = 0 AND encode(blob_id, 'hex') = '" +
                                   blob.hex() + "' AND expires_at BETWEEN now() AND now() + interval '1 hour'"),
            "1");
  EXPECT_EQ(account.broken(), "");
  account.destroy({reply});
  EXPECT_EQ(account.changes(threads, ObjectType::kThread).destroyed.size(), 1U);
  EXPECT_EQ(account.database.value("SELECT used_bytes FROM account_state"), "0");
  EXPECT_EQ(account.database.value("SELECT count(*) FROM thread_refs"), "0");
  EXPECT_EQ(account.broken(), "");
}

TEST(EmailWrite, OctetsThatAnotherEmailHoldsStay) {
  SmallAccount account;
  const EmailId one = account.deliver();
  const EmailRow row = *account.email(one);
  NewEmail again;
  Snapshot snapshot(*account.database, account.id);
  const std::string octets = read_blob(snapshot, row.blob, 0, row.size);
  again.octets = octets;
  again.blob = row.blob;
  again.delivery_key = sha256("another");
  again.received_at = row.received_at;
  again.summary = row.summary;
  append_email(*account.database, account.id, again, smime::Policy{});
  account.destroy({one});
  EXPECT_EQ(account.database.value("SELECT refs FROM blobs WHERE expires_at IS NULL"), "1");
  EXPECT_EQ(account.broken(), "");
}

TEST(EmailWrite, AStateThatIsRequiredIsChecked) {
  SmallAccount account;
  const EmailId email = account.deliver();
  const std::string old = account.state();
  account.deliver();
  EmailWrite wanted{.update = {{email, keyword("$seen"), {}}}, .destroy = {}, .if_in_state = old};
  EXPECT_TRUE(write_emails(*account.database, account.id, wanted).state.mismatch);
  EXPECT_TRUE(account.email(email)->keywords.empty());
  wanted.if_in_state = account.state();
  const EmailWritten written = write_emails(*account.database, account.id, wanted);
  EXPECT_FALSE(written.state.mismatch);
  EXPECT_EQ(written.state.before, wanted.if_in_state);
  EXPECT_EQ(written.state.after, account.state());
}

// --- unread threads: RFC 8621 section 2

TEST(UnreadThreads, CountWhatAUserSeesWhoOpensTheMailbox) {
  SmallAccount account;
  const MailboxId inbox = account.mailbox("inbox"), archive = account.mailbox("archive");
  account.deliver({.message_id = "<1@x>", .keywords = {"$seen"}});
  EXPECT_EQ(account.row(inbox)->unread_threads, 0);
  const EmailId elsewhere = account.deliver({.references = "<1@x>", .mailboxes = {archive}});
  EXPECT_EQ(account.row(inbox)->unread_threads, 1) << "the unread email need not be in this mailbox";
  account.patch({elsewhere, keyword("$draft"), {}});
  EXPECT_EQ(account.row(inbox)->unread_threads, 0) << "a draft is not unread";
  EXPECT_EQ(account.broken(), "");
}

TEST(UnreadThreads, TheTrashIsApart) {
  SmallAccount account;
  const MailboxId inbox = account.mailbox("inbox"), trash = account.mailbox("trash");
  account.deliver({.message_id = "<1@x>", .keywords = {"$seen"}});
  account.deliver({.references = "<1@x>", .mailboxes = {trash}});
  EXPECT_EQ(account.row(trash)->unread_threads, 1);
  EXPECT_EQ(account.row(inbox)->unread_threads, 0);
  account.deliver({.references = "<1@x>", .mailboxes = {inbox, trash}});
  EXPECT_EQ(account.row(inbox)->unread_threads, 1);
  EXPECT_EQ(account.broken(), "");
}

}  // namespace
}  // namespace waxseal::store
