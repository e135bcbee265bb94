// Mailboxes: created, renamed, moved, destroyed.
#include "store/mailbox_write.h"

#include <gtest/gtest.h>

#include "store/mailbox_plan.h"
#include "unit/store/small_account.h"

namespace waxseal::store {
namespace {

using enum MailboxWriteFailure;
using Failures = std::vector<MailboxWriteFailure>;

struct Boxes : SmallAccount {
  MailboxWritten write(const MailboxWrite& wanted) { return write_mailboxes(*database, id, wanted); }
  MailboxId create(const std::string& name, std::optional<MailboxId> parent = std::nullopt) {
    return write({.create = {{.name = name, .parent = MailboxParent{parent, {}}}}}).created.at(0).mailbox;
  }
  MailboxWriteFailure update(MailboxId mailbox, MailboxFields fields) {
    return write({.update = {{mailbox, std::move(fields)}}}).updated.at(0);
  }
  MailboxWriteFailure destroy(MailboxId mailbox, bool emails = false) {
    return write({.destroy = {mailbox}, .remove_emails = emails}).destroyed.at(0);
  }
};

MailboxFields named(const std::string& name) {
  return {.name = name};
}
MailboxFields below(MailboxId parent) {
  return {.parent = MailboxParent{parent, {}}};
}

TEST(MailboxWrite, CreatesATreeInOneCallWhateverTheOrder) {
  Boxes account;
  const std::string before = account.state(ObjectType::kMailbox);
  const MailboxWritten written =
      account.write({.create = {{.name = "child", .parent = MailboxParent{{}, 1}}, {.name = "parent"}}});
  EXPECT_EQ(written.created.at(0).failure, kNone);
  EXPECT_EQ(account.row(written.created.at(0).mailbox)->parent, written.created.at(1).mailbox);
  EXPECT_EQ(written.old_state, before);
  EXPECT_EQ(written.new_state, account.state(ObjectType::kMailbox));
  EXPECT_EQ(account.changes(before, ObjectType::kMailbox).created.size(), 2U);
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, ChangesWhatIsNamedAndNothingElse) {
  Boxes account;
  const MailboxId box = account.create("one");
  const std::string before = account.state(ObjectType::kMailbox);
  EXPECT_EQ(
      account.update(
          box, {.name = "two", .role = std::optional<std::string>("memos"), .sort_order = 7, .subscribed = false}),
      kNone);
  EXPECT_EQ(account.row(box)->name, "two");
  EXPECT_EQ(account.row(box)->role, "memos");
  EXPECT_EQ(account.row(box)->sort_order, 7);
  EXPECT_FALSE(account.row(box)->subscribed);
  EXPECT_EQ(account.changes(before, ObjectType::kMailbox).updated, std::vector{box.value});
  EXPECT_FALSE(account.changes(before, ObjectType::kMailbox).only_counts);
  const std::string after = account.state(ObjectType::kMailbox);
  EXPECT_EQ(account.update(box, named("two")), kNone);
  EXPECT_EQ(account.state(ObjectType::kMailbox), after) << "nothing changed";
}

TEST(MailboxWrite, RefusesWhatWouldBreakTheForest) {
  Boxes account;
  const MailboxId one = account.create("one");
  const MailboxId two = account.create("two", one);
  EXPECT_EQ(account.update(one, below(two)), kLoop);
  EXPECT_EQ(account.update(one, below(one)), kLoop);
  EXPECT_EQ(account.update(two, below({999'999})), kUnknownParent);
  EXPECT_EQ(account.update({999'999}, named("x")), kNotFound);
  EXPECT_EQ(account.write({.create = {{.name = "one"}}}).created.at(0).failure, kNameTaken);
  EXPECT_EQ(account.write({.create = {{.name = "one", .parent = MailboxParent{one, {}}}}}).created.at(0).failure,
            kNone);
  EXPECT_EQ(account.update(one, {.role = std::optional<std::string>("trash")}), kRoleTaken);
  EXPECT_EQ(account.destroy(one), kHasChild);
  MailboxId deep = one;
  for (std::size_t depth = 1; depth < kMaxMailboxDepth; ++depth) deep = account.create("deep", deep);
  EXPECT_EQ(account.write({.create = {{.name = "x", .parent = MailboxParent{deep, {}}}}}).created.at(0).failure,
            kTooDeep);
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, TheInboxStays) {
  Boxes account;
  const MailboxId inbox = account.mailbox("inbox");
  EXPECT_EQ(account.destroy(inbox, true), kInbox);
  EXPECT_EQ(account.update(inbox, {.role = std::optional<std::optional<std::string>>(std::in_place, std::nullopt)}),
            kInbox);
  EXPECT_EQ(account.update(inbox, named("Eingang")), kNone);
}

TEST(MailboxWrite, TwoNamesAndTwoRolesAreExchanged) {
  Boxes account;
  const MailboxId sent = account.mailbox("sent"), junk = account.mailbox("junk");
  const MailboxWritten written =
      account.write({.update = {{sent, {.name = "Junk", .role = std::optional<std::string>("junk")}},
                                {junk, {.name = "Sent", .role = std::optional<std::string>("sent")}}}});
  EXPECT_EQ(written.updated, (Failures{kNone, kNone}));
  EXPECT_EQ(account.mailbox("junk"), sent);
  EXPECT_EQ(account.row(junk)->name, "Sent");
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, AParentGoesWithItsChild) {
  Boxes account;
  const MailboxId one = account.create("one");
  const MailboxId two = account.create("two", one);
  const std::string before = account.state(ObjectType::kMailbox);
  EXPECT_EQ(account.write({.create = {{.name = "one"}}, .destroy = {one, two}}).destroyed, (Failures{kNone, kNone}));
  EXPECT_EQ(account.changes(before, ObjectType::kMailbox).destroyed.size(), 2U);
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, EmailsGoWithItOnlyIfThatIsWanted) {
  Boxes account;
  const MailboxId inbox = account.mailbox("inbox");
  const MailboxId box = account.create("box");
  const EmailId only_here = account.deliver({.mailboxes = {box}});
  const EmailId both = account.deliver({.mailboxes = {box, inbox}});
  EXPECT_EQ(account.destroy(box), kHasEmail);
  EXPECT_TRUE(account.row(box));
  EXPECT_EQ(account.destroy(box, true), kNone);
  EXPECT_FALSE(account.row(box));
  EXPECT_FALSE(account.email(only_here));
  EXPECT_EQ(account.email(both)->mailboxes, std::vector{inbox});
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, ManyEmailsGoInSeveralTransactions) {
  Boxes account;
  const MailboxId box = account.create("box");
  for (std::size_t i = 0; i < 2 * kRemovedAtOnce + 3; ++i) account.deliver({.mailboxes = {box}});
  const std::string before = account.state(ObjectType::kMailbox);
  const MailboxWritten written = account.write({.destroy = {box}, .remove_emails = true, .if_in_state = before});
  EXPECT_EQ(written.destroyed, Failures{kNone});
  EXPECT_EQ(written.old_state, before);
  EXPECT_EQ(written.new_state, account.state(ObjectType::kMailbox));
  EXPECT_EQ(account.database.value("SELECT count(*) FROM emails"), "0");
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, AnotherTrashIsCountedAnew) {
  Boxes account;
  const MailboxId trash = account.mailbox("trash"), box = account.create("box");
  account.deliver({.message_id = "<1@x>", .keywords = {"$seen"}});
  account.deliver({.references = "<1@x>", .mailboxes = {trash}});
  account.deliver({.references = "<1@x>", .mailboxes = {box}, .keywords = {"$seen"}});
  EXPECT_EQ(account.update(trash, {.role = std::optional<std::optional<std::string>>(std::in_place, std::nullopt)}),
            kNone);
  EXPECT_EQ(account.broken(), "");
  EXPECT_EQ(account.update(box, {.role = std::optional<std::string>("trash")}), kNone);
  EXPECT_EQ(account.broken(), "");
}

TEST(MailboxWrite, AStateThatIsRequiredIsChecked) {
  Boxes account;
  const std::string old = account.state(ObjectType::kMailbox);
  account.create("one");
  EXPECT_TRUE(account.write({.create = {named("two")}, .if_in_state = old}).mismatch);
  EXPECT_FALSE(account.write({.create = {named("two")}, .if_in_state = account.state(ObjectType::kMailbox)}).mismatch);
}

}  // namespace
}  // namespace waxseal::store
