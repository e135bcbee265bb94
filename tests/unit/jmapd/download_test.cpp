#include "jmapd/download.h"

#include <gtest/gtest.h>

#include <memory>

#include "jmapd/blob_id.h"
#include "jmapd/content_disposition.h"
#include "seeded_account.h"

namespace waxseal::jmapd {
namespace {

class Download : public testing::Test {
 protected:
  static void SetUpTestSuite() { account_ = std::make_unique<SeededAccount>(); }
  static void TearDownTestSuite() { account_.reset(); }

  static std::string target(const std::string& account, const std::string& blob,
                            const std::string& rest = "/x.eml?accept=message%2Frfc822") {
    return "/jmap/download/" + account + "/" + blob + rest;
  }
  static std::string blob(const std::string& email, const std::string& part = "") {
    return to_wire(BlobId{account_->email(email).blob, part});
  }
  static std::string octets(const http::Response& response) {
    if (!response.stream) return response.body;
    std::string out;
    EXPECT_TRUE(response.stream->write([&](Octets piece) {
      out += piece;
      return true;
    }));
    EXPECT_EQ(out.size(), response.stream->length);
    return out;
  }

  static std::unique_ptr<SeededAccount> account_;
};
std::unique_ptr<SeededAccount> Download::account_;

TEST_F(Download, AMessageComesAsItWasDelivered) {
  const auto response = account_->get(target(account_->account(), blob("plain")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(octets(response), SeededAccount::plain());
  EXPECT_EQ(response.content_type, "message/rfc822");
}

TEST_F(Download, APartComesDecoded) {
  const auto response = account_->get(target(account_->account(), blob("attachment", "2"), "/x.bin"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(octets(response), "caf\xE9 \r\n");
  EXPECT_EQ(response.content_type, "application/octet-stream");
}

TEST_F(Download, CannotDoAnythingInABrowserAndIsImmutable) {
  const auto response = account_->get(target(account_->account(), blob("plain"), "/a%22b.html?accept=text/html"));
  EXPECT_EQ(response.content_type, "text/html");
  EXPECT_EQ(SeededAccount::header(response, "Content-Disposition"),
            "attachment; filename=\"a_b.html\"; filename*=UTF-8''a%22b.html");
  EXPECT_EQ(SeededAccount::header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(SeededAccount::header(response, "Content-Security-Policy"), "sandbox; default-src 'none'");
  EXPECT_EQ(SeededAccount::header(response, "Cache-Control"), "private, immutable, max-age=31536000");
}

TEST_F(Download, WhatIsForeignUnknownOrMalformedIsTheSame404) {
  const std::string mine = account_->account(), foreign = account_->foreign_account();
  const auto unknown = account_->get(target(mine, "b" + std::string(64, '0')));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.content_type, "application/problem+json");
  for (const std::string& other : {
           target(foreign, blob("plain")),
           target("a0", blob("plain")),
           target(mine, blob("attachment", "3")),
           target(mine, blob("plain", "1") + "x"),
           target(mine, blob("plain").substr(1)),
           target(mine, blob("plain"), ""),
           target(mine, blob("plain"), "/a/b"),
           target(mine, blob("plain"), "/%zz"),
           target(mine, "..%2f..%2fetc%2fpasswd"),
       }) {
    const auto response = account_->get(other);
    EXPECT_EQ(response.status, 404) << other;
    EXPECT_EQ(response.body, unknown.body) << other;
  }
}

TEST_F(Download, SomebodyElsesMailIsNotInMyAccount) {
  EXPECT_EQ(account_->get(target(account_->account(), blob("plain")), "bob").status, 200);
  EXPECT_EQ(account_->get(target(account_->account(), blob("plain")), "eve").status, 404);
  EXPECT_EQ(account_->get(target(account_->foreign_account(), blob("plain")), "eve").status, 404);
  EXPECT_EQ(account_->get(target(account_->account(), blob("plain")), "").status, 401);
}

TEST_F(Download, RoutesAnswerOnlyTheirMethods) {
  const auto options = account_->get("/jmap/api", "", "OPTIONS");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(SeededAccount::header(options, "Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_EQ(SeededAccount::header(options, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(account_->get("/jmap/api").status, 405);
  EXPECT_EQ(SeededAccount::header(account_->get("/jmap/session", "bob", "POST"), "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(account_->get("/jmap/session", "bob", "HEAD").status, 200);
  EXPECT_EQ(account_->get("/jmap/sessions").status, 404);
  EXPECT_EQ(account_->get("/jmap/session/").status, 404);
  EXPECT_EQ(account_->get("/", "").status, 200) << "the page";
  EXPECT_EQ(account_->get("/x").status, 404);
}

TEST_F(Download, HealthNeedsNoCredentialsAndEverythingElseDoes) {
  EXPECT_EQ(account_->get("/healthz", "").status, 200);
  EXPECT_EQ(account_->get("/readyz", "").status, 200);
  for (const char* path : {"/.well-known/jmap", "/jmap/session", "/jmap/download/a1/b/c"}) {
    EXPECT_EQ(account_->get(path, "").status, 401) << path;
  }
  EXPECT_EQ(account_->get("/jmap/api", "", "POST", "{}").status, 401);
}

TEST_F(Download, TheSessionStateOfAnAnswerIsThatOfTheSession) {
  const Json session = Json::parse(account_->get("/.well-known/jmap").body);
  EXPECT_EQ(session["apiUrl"], "https://mail.example.net/jmap/api");
  const auto answer = account_->get("/jmap/api", "bob", "POST", R"({"using":[],"methodCalls":[]})");
  EXPECT_EQ(Json::parse(answer.body)["sessionState"], session["state"]);
  EXPECT_EQ(SeededAccount::header(answer, "Content-Language"), "en");
}

TEST_F(Download, AnApiRequestIsJsonOrNotJson) {
  const auto problem = account_->get("/jmap/api", "bob", "POST");  // no body, no type
  EXPECT_EQ(problem.status, 400);
  EXPECT_EQ(Json::parse(problem.body)["type"], kNotJson);
  EXPECT_EQ(problem.content_type, "application/problem+json");
}

struct Name {
  const char* name;
  const char* expected;
};
class Disposition : public testing::TestWithParam<Name> {};

TEST_P(Disposition, NeverLeavesItsQuotes) {
  EXPECT_EQ(content_disposition(GetParam().name), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Names, Disposition,
    testing::Values(
        Name{"a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"},
        Name{"\xC3\xA4.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%A4.pdf"},
        Name{"a\"; x=\"y", "attachment; filename=\"a__ x=_y\"; filename*=UTF-8''a%22%3B%20x%3D%22y"},
        Name{"a\r\nSet-Cookie: b", "attachment; filename=\"a__Set-Cookie_ b\"; filename*=UTF-8''a__Set-Cookie%3A%20b"},
        Name{"../../etc/passwd", "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"},
        Name{"a\\b", "attachment; filename=\"a_b\"; filename*=UTF-8''a_b"},
        Name{"..", "attachment; filename=\"download\"; filename*=UTF-8''download"},
        Name{"", "attachment; filename=\"download\"; filename*=UTF-8''download"},
        Name{"100%41.txt", "attachment; filename=\"100_41.txt\"; filename*=UTF-8''100%2541.txt"}));

TEST(Disposition, LongNamesAreCutBetweenCharacters) {
  std::string name = "a";
  for (int i = 0; i < 200; ++i) name += "\xC3\xA4";
  const std::string out = content_disposition(name);
  EXPECT_TRUE(out.ends_with("%C3%A4")) << out;
  EXPECT_LT(out.size(), 1000u);
}

struct Type {
  const char* asked;
  const char* given;
};
class DownloadType : public testing::TestWithParam<Type> {};

TEST_P(DownloadType, IsATypeOrOctets) {
  EXPECT_EQ(download_type(GetParam().asked), GetParam().given);
}

INSTANTIATE_TEST_SUITE_P(Asked, DownloadType,
                         testing::Values(Type{"text/plain", "text/plain"},  //
                                         Type{"Image/SVG+xml", "image/svg+xml"},
                                         Type{"text/plain; charset=utf-8", "text/plain; charset=utf-8"},
                                         Type{"text/plain; charset=utf-8\r\nX: y", "application/octet-stream"},
                                         Type{"text/plain; charset=\"a;b\"", "application/octet-stream"},
                                         Type{"text/plain; x=y", "application/octet-stream"},
                                         Type{"text", "application/octet-stream"},   //
                                         Type{"text/", "application/octet-stream"},  //
                                         Type{"a/b/c", "application/octet-stream"},  //
                                         Type{"text/pl ain", "application/octet-stream"},
                                         Type{"", "application/octet-stream"}));

}  // namespace
}  // namespace waxseal::jmapd
