#include <gmock/gmock.h>

#include "cli/import_progress.h"
#include "cli/mail_folder.h"
#include "cli_run.h"
#include "store/accounts.h"
#include "support/database.h"
#include "support/mail.h"

namespace waxseal::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string plain(const std::string& subject, const std::string& extra = "") {
  return extra + "From: a@example.org\nSubject: " + subject + "\n\nbody of " + subject + "\n";
}

class ImportCommand : public testing::Test {
 protected:
  ImportCommand() {
    config_ = directory_.write("waxseal.toml", "[database]\nurl = \"" + database_.url() + "\"\n");
    const auto account = store::create_account(*database_, "bob", {"bob@example.org"}, test::default_now());
    account_ = std::to_string(account.value().value);
  }
  Ran import(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--config", config_, "import"});
    return run(arguments, input);
  }
  // "Lists/Postfix:two,:one": mailboxes with their mail, by subject.
  std::string places() {
    return database_.value(
        "SELECT string_agg(coalesce(p.name || '/', '') || m.name || ':' || e.subject, ',' ORDER BY e.subject, m.name) "
        "FROM email_meta e JOIN email_mailbox b USING (account_id, email_id) JOIN mailboxes m USING (account_id, "
        "mailbox_id) LEFT JOIN mailboxes p ON p.account_id = m.account_id AND p.mailbox_id = m.parent_id");
  }
  std::string value(const std::string& what, const std::string& rest = "") {
    return database_.value("SELECT " + what + " FROM email_meta WHERE account_id = " + account_ + rest);
  }
  Directory directory_;
  test::TestDatabase database_;
  std::string config_, account_;
};

TEST_F(ImportCommand, AMaildirIsImportedOnceWithFoldersFlagsAndLineEnds) {
  directory_.write("mail/cur/1:2,FS", plain("one", "Received: by x; Wed, 1 Jan 2020 10:00:00 +0000\n"));
  directory_.write("mail/new/2", plain("two"));
  directory_.write("mail/tmp/3", plain("unfinished"));
  directory_.write("mail/.Sent Items/cur/4:2,S", plain("sent"));
  directory_.write("mail/.Sent Items/new/.keep", "");
  const auto first = import({"bob", directory_.path("mail")});
  EXPECT_EQ(first.status, 1) << first.err;  // the empty file
  EXPECT_THAT(first.out, StartsWith("3 imported, 0 there already, 1 not imported\n"));
  EXPECT_THAT(first.err, HasSubstr(".keep: not imported: is no message"));
  EXPECT_EQ(value("received_at AT TIME ZONE 'UTC'", " AND subject = 'one'"), "2020-01-01 10:00:00");
  EXPECT_EQ(value("received_at_trusted", " AND subject = 'one'"), "f");
  EXPECT_EQ(value("size", " AND subject = 'two'"), std::to_string(plain("two").size() + 4));  // CRLF
  const std::string role =
      "SELECT string_agg(m.role, ',' ORDER BY e.subject) FROM email_meta e JOIN email_mailbox b USING (account_id, "
      "email_id) "
      "JOIN mailboxes m USING (account_id, mailbox_id)";
  EXPECT_EQ(database_.value(role), "inbox,sent,inbox");
  const auto second = import({"bob", directory_.path("mail")});
  EXPECT_THAT(second.out, StartsWith("0 imported, 3 there already, 1 not imported\n"));
  EXPECT_EQ(value("count(*)"), "3");
}

TEST_F(ImportCommand, FoldersBecomeMailboxesOnce) {
  directory_.write("mail/cur/1:2,", plain("a"));
  directory_.write("mail/new/.keep", "");
  for (const char* file : {".Lists.Postfix/cur/2:2,", ".Lists.Postfix/new/3", ".Entw&APw-rfe/new/4"})
    directory_.write(std::string("mail/") + file, plain(file));
  for (const char* folder : {".Lists.Postfix", ".Entw&APw-rfe"})
    for (const char* half : {"cur", "new"})
      std::filesystem::create_directories(directory_.path("mail/") + folder + "/" + half);
  std::filesystem::remove(directory_.path("mail/new/.keep"));
  const auto first = import({"bob", directory_.path("mail"), "--json"});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.json().at(0).at("mailboxesCreated"), nlohmann::json({"Entwürfe", "Lists", "Lists/Postfix"}));
  EXPECT_EQ(places(),
            "Entwürfe:.Entw&APw-rfe/new/4,Lists/Postfix:.Lists.Postfix/cur/2:2,,Lists/Postfix:.Lists.Postfix/new/3,"
            "Inbox:a");
  directory_.write("mail/.Lists.Postfix/cur/5:2,", plain("b"));
  const auto second = import({"bob", directory_.path("mail"), "--json"});
  EXPECT_EQ(second.json().at(0).at("imported"), 1);
  EXPECT_TRUE(second.json().at(0).at("mailboxesCreated").empty());
}

TEST_F(ImportCommand, AnMboxBelowADirectoryIsAMailboxAndANamedOneIsNot) {
  const std::string mbox = "From a@b.c Wed Jul  1 12:00:00 2020\n";
  directory_.write("Mail/lists.sbd/postfix", mbox + plain("below"));
  directory_.write("named", mbox + plain("named"));
  EXPECT_EQ(import({"bob", directory_.path("Mail"), directory_.path("named")}).status, 0);
  EXPECT_EQ(places(), "lists/postfix:below,Inbox:named");
}

TEST_F(ImportCommand, CopiesAreOneMessageInTheMailboxOfEach) {
  for (const char* folder : {"mail/", "mail/.Lists/", "mail/.Work/"})
    for (const char* half : {"cur/", "new/"}) std::filesystem::create_directories(directory_.path("") + folder + half);
  for (const char* folder : {"mail/", "mail/.Lists/"}) directory_.write(std::string(folder) + "cur/1", plain("same"));
  directory_.write("mail/.Work/cur/1", plain("other"));
  const auto imported = [&](const nlohmann::json& ran) {
    return std::vector<int>{ran.at("imported"), ran.at("copies"), ran.at("thereAlready")};
  };
  for (int round = 0; round < 2; ++round)
    EXPECT_THAT(imported(import({"bob", directory_.path("mail"), "--json"}).json().at(0)),
                round == 0 ? testing::ElementsAreArray({2, 1, 0}) : testing::ElementsAreArray({0, 1, 2}));
  EXPECT_EQ(value("count(*)"), "2");
  EXPECT_EQ(places(), "Work:other,Inbox:same,Lists:same");
}

TEST_F(ImportCommand, WithoutNewMailboxesTheRestGoesToTheInbox) {
  for (const char* half : {"cur/", "new/"}) {
    directory_.write(std::string("mail/") + half + "1", plain(half));
    directory_.write(std::string("mail/.Lists.Postfix/") + half + "2", plain(std::string("l") + half));
    directory_.write(std::string("mail/.Sent/") + half + "3", plain(std::string("s") + half));
  }
  EXPECT_EQ(import({"bob", directory_.path("mail"), "--no-new-mailboxes"}).status, 0);
  EXPECT_EQ(places(), "Inbox:cur/,Inbox:lcur/,Inbox:lnew/,Inbox:new/,Sent:scur/,Sent:snew/");
}

TEST_F(ImportCommand, ADryRunNamesMailboxesAndMakesNone) {
  const std::string before = database_.value("SELECT count(*) FROM mailboxes");
  directory_.write("mail/new/1", plain("a"));
  directory_.write("mail/cur/2", plain("b"));
  directory_.write("mail/.Lists/cur/3", plain("c"));
  directory_.write("mail/.Lists/new/4", plain("d"));
  const auto ran = import({"bob", directory_.path("mail"), "--dry-run"});
  EXPECT_EQ(ran.out, "4 would be imported, 0 there already, 0 not imported\nmailbox that would be made: Lists\n");
  EXPECT_EQ(database_.value("SELECT count(*) FROM mailboxes"), before);
}

// Standard output says nothing before the end, so that a bar disturbs nobody.
TEST_F(ImportCommand, ATerminalOnStandardErrorShowsABar) {
  const auto import_at = [&](bool err_terminal, bool out_terminal) {
    return run({"--config", config_, "import", "bob", "-"}, plain("x"), false, test::default_now(), err_terminal,
               out_terminal)
        .err;
  };
  EXPECT_THAT(import_at(true, true), HasSubstr("\r\x1b[K"));
  EXPECT_THAT(import_at(true, false), HasSubstr("\r\x1b[K"));
  EXPECT_EQ(import_at(false, true), "");
}

TEST_F(ImportCommand, AnMboxGivesDatesAndTheReadingThatWasSigned) {
  const std::string text = "From the beginning\r\n";
  const std::string mail = test::clear_signed_mail({.cert = test::alice()}, test::kAlice, test::text_entity(text));
  std::string stored = mail;
  stored.insert(stored.find("\nFrom the") + 1, ">");
  const std::string mbox = "From a@b.c Wed Jul  1 12:00:00 2020\r\n" + stored +
                           "\r\nFrom a@b.c Thu Jul  2 13:14:15 2020 +0200\r\n" + "Subject: second\r\n\r\ntext\r\n";
  ASSERT_EQ(import({"bob", "-", "--json"}, mbox).json().at(0).at("imported"), 2);
  EXPECT_EQ(value("size", " ORDER BY received_at LIMIT 1"), std::to_string(mail.size()));
  EXPECT_EQ(value("received_at AT TIME ZONE 'UTC'", " AND subject = 'second'"), "2020-07-02 11:14:15");
  EXPECT_EQ(import({"bob", "-", "--json"}, mbox).json().at(0).at("thereAlready"), 2);
}

TEST_F(ImportCommand, ADryRunWritesNothing) {
  directory_.write("a.eml", plain("a"));
  const auto ran = import({"bob", directory_.path("a.eml"), "--dry-run"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, StartsWith("1 would be imported, 0 there already, 0 not imported\n"));
  EXPECT_EQ(value("count(*)"), "0");
}

TEST_F(ImportCommand, ATimeToComeIsNow) {
  import({"bob", "-"}, plain("future", "Received: by x; Wed, 1 Jan 2070 10:00:00 +0000\n"));
  EXPECT_EQ(value("extract(epoch from received_at)::bigint"), std::to_string(to_epoch(test::default_now())));
}

TEST_F(ImportCommand, AMailboxIsChosenByNameOrRole) {
  EXPECT_EQ(import({"bob", "-", "--mailbox", "archive"}, plain("x")).status, 0);
  EXPECT_EQ(database_.value("SELECT role FROM email_mailbox JOIN mailboxes USING (account_id, mailbox_id)"), "archive");
  const auto wrong = import({"bob", "-", "--mailbox", "Archivee"}, plain("y"));
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"Archive\"?"));
}

TEST_F(ImportCommand, WhatDoesNotFitIsNamedAndIsImportedWhenThereIsRoom) {
  store::set_quota(*database_, AccountId{std::stoll(account_)}, 100);
  directory_.write("a.eml", plain(std::string(200, 'a')));
  const auto full = import({"bob", directory_.path("a.eml")});
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, HasSubstr("a.eml: not imported: the account is full"));
  store::set_quota(*database_, AccountId{std::stoll(account_)}, std::nullopt);
  EXPECT_EQ(import({"bob", directory_.path("a.eml")}).status, 0);
  EXPECT_EQ(value("count(*)"), "1");
}

TEST_F(ImportCommand, ManyMessagesAtOnceAreAllThere) {
  std::string mbox;
  for (int i = 0; i < 300; ++i) mbox += "From a@b.c Wed Jul  1 12:00:00 2020\n" + plain(std::to_string(i)) + "\n";
  EXPECT_THAT(import({"bob", "-", "--jobs", "8"}, mbox).out, StartsWith("300 imported"));
  EXPECT_EQ(value("count(DISTINCT subject)"), "300");
}

TEST_F(ImportCommand, AnUnknownAccountOrFileIsNamed) {
  EXPECT_EQ(import({"bobb", "-"}).status, 1);
  EXPECT_EQ(import({"bob", directory_.path("missing")}).status, 2);
}

TEST(Import, MaildirFlagsAreKeywords) {
  EXPECT_THAT(keywords_of_file("/m/cur/1.x:2,RS"), ElementsAre("$answered", "$seen"));
  EXPECT_THAT(keywords_of_file("/m/new/1.x"), IsEmpty());
  EXPECT_THAT(keywords_of_file("/m:2,S/new/1"), IsEmpty());
}

TEST(Import, TheFolderIsWhereTheFileIs) {
  const auto folder = [](const std::string& source, const std::string& file, bool mbox = false) {
    Input input{.file = file, .source = source};
    if (mbox) input.number = 1;
    return folder_of(input);
  };
  EXPECT_THAT(folder("/m", "/m/.Lists.Postfix/cur/1:2,S"), ElementsAre("Lists", "Postfix"));
  EXPECT_THAT(folder("/m/", "/m/Lists/Postfix/new/1"), ElementsAre("Lists", "Postfix"));
  EXPECT_THAT(folder("/m", "/m/cur/1"), IsEmpty());
  EXPECT_THAT(folder("/m", "/m/.INBOX.Work/cur/1"), ElementsAre("Work"));
  EXPECT_THAT(folder("/m/.Work", "/m/.Work/cur/1"), ElementsAre("Work"));
  EXPECT_THAT(folder("/m", "/m/Lists.sbd/a.mbox", true), ElementsAre("Lists", "a"));
  EXPECT_THAT(folder("/m/a.mbox", "/m/a.mbox", true), IsEmpty());
  EXPECT_THAT(folder("/m", "/m/a/b.eml"), IsEmpty());
}

TEST(Import, FolderNamesAreDecoded) {
  EXPECT_EQ(decode_folder_name("Entw&APw-rfe"), "Entwürfe");
  EXPECT_EQ(decode_folder_name("A &- B"), "A & B");
  EXPECT_EQ(decode_folder_name("&2D3eAA-"), "😀");
  EXPECT_EQ(decode_folder_name("Q&A"), "Q&A");      // not encoded by anybody
  EXPECT_EQ(decode_folder_name("&2D0-"), "&2D0-");  // half a character
}

TEST(Import, LineEndsThatAreThereStay) {
  EXPECT_EQ(with_network_line_ends("a\nb\n"), "a\r\nb\r\n");
  EXPECT_EQ(with_network_line_ends("a\r\nb\n"), "a\r\nb\n");
}

TEST(Import, TheBarTellsHowLongItTakesStill) {
  ImportCounts counts;
  counts.stored = 50;
  counts.octets = 500;
  EXPECT_EQ(progress_bar(counts, 1000, std::chrono::seconds(10)),
            "[===============>              ]  50 %  50 messages, 5/s, 0:10 left");
  EXPECT_EQ(progress_bar(counts, 0, std::chrono::seconds(10)), "50 messages, 5/s");
  EXPECT_THAT(progress_bar(counts, 400, std::chrono::seconds(10)), HasSubstr("] 100 %  "));
}

TEST(SeparatorDate, IsReadWithAndWithoutAZone) {
  const Time noon = from_epoch(1593604800);
  EXPECT_EQ(separator_date("From a@b Wed Jul  1 12:00:00 2020"), noon);
  EXPECT_EQ(separator_date("From a@b Wed Jul  1 14:00:00 2020 +0200"), noon);
  EXPECT_EQ(separator_date("From a@b Wed Jul  1 14:00:00 +0200 2020"), noon);
  EXPECT_EQ(separator_date("From a@b"), std::nullopt);
}

}  // namespace
}  // namespace waxseal::cli
