// POST to the uploadUrl and what becomes of it (RFC 8620 section 6.1).
#include <gtest/gtest.h>

#include <memory>

#include "jmapd/blob_id.h"
#include "seeded_account.h"
#include "store/uploads.h"

namespace waxseal::jmapd {
namespace {

class Upload : public testing::Test {
 protected:
  static void SetUpTestSuite() { account_ = std::make_unique<SeededAccount>(); }
  static void TearDownTestSuite() { account_.reset(); }
  static std::string target(const std::string& account) { return "/jmap/upload/" + account + "/"; }
  static std::unique_ptr<SeededAccount> account_;
};
std::unique_ptr<SeededAccount> Upload::account_;

TEST_F(Upload, ComesBackAsItWentIn) {
  const std::string octets = std::string("\0\xFFnot text", 10);
  const auto response = account_->get(target(account_->account()), "bob", "POST", octets);
  ASSERT_EQ(response.status, 201);
  const Json answer = Json::parse(response.body);
  EXPECT_EQ(answer["accountId"], account_->account());
  EXPECT_EQ(answer["type"], "application/json");  // as the request said
  EXPECT_EQ(answer["size"], octets.size());
  EXPECT_EQ(answer["blobId"], to_wire(BlobId{sha256(octets), ""}));
  const std::string url = "/jmap/download/" + account_->account() + "/" + answer["blobId"].get<std::string>() + "/";
  const auto download = account_->get(url + "?accept=text/plain");
  ASSERT_EQ(download.status, 200);  // with an empty name
  std::string got;
  ASSERT_TRUE(download.stream->write([&](Octets piece) { return got += piece, true; }));
  EXPECT_EQ(got, octets);
  EXPECT_EQ(account_->get(url, "eve").status, 404);
}

TEST_F(Upload, AnEmptyFileIsAFile) {
  const auto response = account_->get("/jmap/upload/" + account_->account(), "bob", "POST");
  ASSERT_EQ(response.status, 201);
  EXPECT_EQ(Json::parse(response.body)["size"], 0);
}

TEST_F(Upload, IntoAForeignAccountIsThatOfAnUnknownOne) {
  const auto foreign = account_->get(target(account_->foreign_account()), "bob", "POST", "x");
  const auto unknown = account_->get(target("a1"), "bob", "POST", "x");
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(foreign.body, unknown.body);
  EXPECT_EQ(account_->get(target(account_->account()), "", "POST", "x").status, 401);
  EXPECT_EQ(account_->get(target(account_->account()), "bob", "GET").status, 405);
}

TEST(UploadRoom, TheOldestMakeRoomAndTheNewestStays) {
  test::TestDatabase db;
  const AccountId account = *store::create_account(*db, "bob", {}, test::default_now());
  const auto put = [&](const std::string& octets, std::size_t room) {
    store::store_upload(*db, account, sha256(octets), octets, room);
  };
  put(std::string(40, 'a'), 100);
  db.sql("UPDATE blobs SET expires_at = expires_at - interval '2 hours'");
  put(std::string(40, 'b'), 100);
  db.sql("UPDATE blobs SET expires_at = expires_at - interval '1 hour'");
  put(std::string(40, 'c'), 100);
  EXPECT_EQ(db.value("SELECT string_agg(convert_from(substr(data, 1, 1), 'UTF8'), '' ORDER BY data) FROM blob_chunks"),
            "bc");
  put(std::string(40, 'b'), 100);  // again: now it is the newer one
  put(std::string(40, 'd'), 100);
  EXPECT_EQ(db.value("SELECT string_agg(convert_from(substr(data, 1, 1), 'UTF8'), '' ORDER BY data) FROM blob_chunks"),
            "bd");
  put(std::string(200, 'e'), 100);
  EXPECT_EQ(db.value("SELECT count(*) FROM blobs"), "1");
}

TEST(UploadRoom, WhatAMessageHoldsIsNoUpload) {
  SeededAccount seeded;
  auto snapshot = seeded.snapshot();
  const auto blob = seeded.email("plain").blob;
  EXPECT_TRUE(store::renew_upload(seeded.database(), snapshot.account(), blob));
  const std::string octets = "x";
  store::store_upload(seeded.database(), snapshot.account(), sha256(octets), octets, 1);
  store::Snapshot later(seeded.database(), snapshot.account());
  EXPECT_TRUE(store::blob_size(later, blob));
  EXPECT_FALSE(store::renew_upload(seeded.database(), snapshot.account(), sha256("nothing")));
}

TEST(UploadRoom, ExpiredOnesAreCollectedAndNoOthers) {
  test::TestDatabase db;
  const AccountId account = *store::create_account(*db, "bob", {}, test::default_now());
  store::store_upload(*db, account, sha256("old"), "old", 100);
  db.sql("UPDATE blobs SET expires_at = now() - interval '1 second'");
  store::store_upload(*db, account, sha256("new"), "new", 100);
  EXPECT_EQ(store::collect_expired_blobs(*db, 10), 1u);
  EXPECT_EQ(db.value("SELECT convert_from(data, 'UTF8') FROM blob_chunks"), "new");
}

}  // namespace
}  // namespace waxseal::jmapd
