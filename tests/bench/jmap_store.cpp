#include "jmap_store.h"

#include "jmapd/method.h"

namespace waxseal::bench {

namespace {

constexpr int kPage = 50;
constexpr int kFirstCopy = 1001;     // number of the first copy; above all that the delivery took
constexpr int kWithOctets = 10'000;  // of the newest messages; nobody reads older ones here

std::string message() {
  std::string text =
      "From: Alice Example <alice@example.org>\r\nTo: Bob <bob@example.org>, carol@example.net\r\n"
      "Subject: About the meeting of Thursday and what follows from it\r\n"
      "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <first@example.org>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  for (int i = 0; i < 100; ++i)
    text += "Line " + std::to_string(i) + " of a letter that is as long as letters are.\r\n";
  return text;
}

// Instead of $NAME.
std::string filled_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = text.find("$" + name, at)) != text.npos; at += value.size())
      text.replace(at, name.size() + 1, value);
  }
  return text;
}

constexpr const char* kCopies =
    "INSERT INTO threads (account_id, thread_id, modseq) SELECT $ACCOUNT, g, g FROM generate_series($FIRST, $LAST) g;"
    "INSERT INTO blobs (account_id, blob_id, size, refs) SELECT $ACCOUNT, $BLOB, m.size, 1 "
    "FROM generate_series($FIRST, $LAST) g, (SELECT * FROM email_meta LIMIT 1) m;"
    "INSERT INTO blob_chunks (account_id, blob_id, seq, data) SELECT $ACCOUNT, $BLOB, 0, c.data "
    "FROM generate_series(greatest($FIRST, $LAST - $OCTETS), $LAST) g, (SELECT * FROM blob_chunks LIMIT 1) c;"
    "INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at) SELECT $ACCOUNT, g, g, g, $AT "
    "FROM generate_series($FIRST, $LAST) g;"
    "INSERT INTO email_meta (account_id, email_id, received_at, sent_at, size, blob_id, subject, preview, from_text, "
    "to_text, cc_text, bcc_text, envelope, headers, body) SELECT $ACCOUNT, g, $AT, $AT, m.size, $BLOB, m.subject, "
    "m.preview, m.from_text, m.to_text, m.cc_text, m.bcc_text, m.envelope, m.headers, m.body "
    "FROM generate_series($FIRST, $LAST) g, (SELECT * FROM email_meta LIMIT 1) m;"
    "INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id) SELECT $ACCOUNT, "
    "(SELECT mailbox_id FROM mailboxes WHERE role = 'inbox'), $AT, g, g FROM generate_series($FIRST, $LAST) g;"
    "UPDATE account_state SET modseq = 2000000, email_modseq = 2000000";

constexpr const char* kSelectPage =
    "SELECT email_id, thread_id FROM email_mailbox WHERE account_id = $ACCOUNT AND mailbox_id = $INBOX "
    "ORDER BY received_at DESC, email_id DESC LIMIT 50;\n";

constexpr const char* kSelectRows =
    "SELECT e.email_id, e.thread_id, m.blob_id, e.received_at, m.size, e.flags, e.smime_status, e.smime_codes, "
    "e.dlv_status, m.subject, m.preview, m.sent_at, m.has_attachment, m.envelope, (SELECT array_agg(b.mailbox_id) FROM "
    "email_mailbox b WHERE b.account_id = $ACCOUNT AND b.email_id = e.email_id) FROM emails e JOIN email_meta m ON "
    "m.account_id = e.account_id AND m.email_id = e.email_id WHERE e.account_id = $ACCOUNT AND e.email_id = "
    "ANY('{$NUMBERS}'::bigint[]);\nSELECT email_id, keyword FROM email_keyword WHERE account_id = $ACCOUNT AND "
    "email_id = ANY('{$NUMBERS}'::bigint[]);\n";

constexpr const char* kSelectOctets =
    "SELECT c.data FROM email_meta m JOIN blob_chunks c ON c.account_id = m.account_id AND c.blob_id = m.blob_id "
    "WHERE m.account_id = $ACCOUNT AND m.email_id = ANY('{$NUMBERS}'::bigint[]);\n";

constexpr const char* kSelectChanges =
    "SELECT email_id FROM emails WHERE account_id = $ACCOUNT AND email_id > $SINCE ORDER BY email_id LIMIT 1001;\n"
    "SELECT modseq, email_id FROM emails WHERE account_id = $ACCOUNT AND modseq > $SINCE AND email_id <= $SINCE "
    "ORDER BY modseq LIMIT 1001;\n"
    "SELECT modseq, object_id FROM tombstones WHERE account_id = $ACCOUNT AND kind = 1 AND modseq > $SINCE "
    "ORDER BY modseq LIMIT 1001;\n";

constexpr const char* kQuery = R"(["Email/query",{"accountId":"$WIRE","filter":{"inMailbox":"m$INBOX"},)"
                               R"("sort":[{"property":"receivedAt","isAscending":false}],"limit":50},"0"])";
constexpr const char* kList =
    R"("properties":["threadId","mailboxIds","keywords","from","to","subject","receivedAt","preview",)"
    R"("hasAttachment","size"])";

}  // namespace

JmapStore::JmapStore(test::Cluster& cluster, int messages) : mailbox_(cluster), messages_(messages) {
  fill();
}

std::string JmapStore::token(AccountId account) {
  return store::create_token(database(), account, "bench", store::Scope::kFull, {}, mailbox_.clock.now()).secret;
}

// One real message, and copies of its rows.
void JmapStore::fill() {
  mailbox_.deliver(message());
  mailbox_.database.sql(filled_in(kCopies, {{"ACCOUNT", std::to_string(account().value)},
                                            {"FIRST", std::to_string(kFirstCopy)},
                                            {"LAST", std::to_string(kFirstCopy + messages_ - 2)},
                                            {"OCTETS", std::to_string(kWithOctets)},
                                            {"BLOB", "decode(lpad(to_hex(g), 64, '0'), 'hex')"},
                                            {"AT", "to_timestamp(1780000000 + g)"}}));
  mailbox_.database.sql("VACUUM ANALYZE");
}

std::vector<JmapStore::Operation> JmapStore::operations() {
  const int newest = kFirstCopy + messages_ - 2;
  std::string ids, numbers;
  for (int number = newest; number > newest - kPage; --number) {
    const std::string comma = number == newest ? "" : ",";
    ids += comma + "\"e" + std::to_string(number) + "\"";
    numbers += comma + std::to_string(number);
  }
  const std::vector<std::pair<std::string, std::string>> values = {
      {"ACCOUNT", std::to_string(account().value)},
      {"WIRE", jmapd::to_wire(account())},
      {"INBOX", value("SELECT mailbox_id FROM mailboxes WHERE role = 'inbox'")},
      {"IDS", ids},
      {"NUMBERS", numbers},
      {"EPOCH", value("SELECT epoch FROM account_state")},
      {"SINCE", std::to_string(newest - kPage)}};
  const std::string query = kQuery, list = kList, page = kSelectPage, rows = kSelectRows;
  std::vector<Operation> out = {
      {"Email/query page of 50", query, page},
      {"Email/get 50 list rows", R"(["Email/get",{"accountId":"$WIRE","ids":[$IDS],)" + list + R"(},"0"])", rows},
      {"query and get by reference",
       query + R"(,["Email/get",{"accountId":"$WIRE",)" +
           R"("#ids":{"resultOf":"0","name":"Email/query","path":"/ids"},)" + list + R"(},"1"])",
       page + rows},
      {"Email/changes, 50 of them", R"(["Email/changes",{"accountId":"$WIRE","sinceState":"$EPOCH.$SINCE"},"0"])",
       kSelectChanges},
      {"Email/get 50 with text bodies",
       R"(["Email/get",{"accountId":"$WIRE","ids":[$IDS],"properties":["subject","from","textBody","bodyValues"],)"
       R"("fetchTextBodyValues":true},"0"])",
       rows + kSelectOctets, false}};
  for (Operation& one : out) {
    one.calls = filled_in(one.calls, values);
    one.sql = filled_in(one.sql, values);
  }
  return out;
}

std::string api_request(const std::string& token, const std::string& calls) {
  const std::string body =
      R"({"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"],"methodCalls":[)" + calls + "]}";
  return "POST /jmap/api HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace waxseal::bench
