#include "jmapd/web_page.h"

#include <gtest/gtest.h>

namespace waxseal::jmapd {
namespace {

http::Response get(const std::string& path, const std::string& known_tag = "") {
  http::Request request;
  request.method = "GET";
  request.path = path;
  if (!known_tag.empty()) request.fields.push_back({"if-none-match", known_tag});
  return web_page(request);
}

std::string header(const http::Response& response, std::string_view name) {
  for (const http::Field& field : response.fields)
    if (field.name == name) return field.value;
  return {};
}

TEST(WebPage, EveryFileHasItsTypeAndLoadsNothingFromElsewhere) {
  ASSERT_FALSE(web_files().empty());
  for (const WebFile& file : web_files()) {
    const auto response = get("/web/" + std::string(file.name));
    EXPECT_EQ(response.status, 200) << file.name;
    EXPECT_EQ(response.body, file.octets);
    EXPECT_NE(response.content_type, "application/octet-stream") << file.name;
    EXPECT_TRUE(header(response, "Content-Security-Policy").starts_with("default-src 'none';"));
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    for (const char* elsewhere : {"https://", "style=", "innerHTML"}) {
      const std::size_t at = file.octets.find(elsewhere);
      const bool ours = at != file.octets.npos && file.octets.substr(at).starts_with("https://waxseal.email/jmap/");
      EXPECT_TRUE(at == file.octets.npos || ours) << file.name << ' ' << elsewhere;
    }
  }
}

TEST(WebPage, TheRootIsThePage) {
  EXPECT_EQ(get("/").body, get("/web/index.html").body);
  EXPECT_EQ(get("/").content_type, "text/html; charset=utf-8");
}

TEST(WebPage, WhoHasItAlreadyIsToldSo) {
  const std::string tag = header(get("/web/main.js"), "ETag");
  EXPECT_EQ(get("/web/main.js", tag).status, 304);
  EXPECT_EQ(get("/web/main.js", tag).body, "");
  EXPECT_EQ(get("/web/app.css", tag).status, 200) << "the tag of another file";
}

TEST(WebPage, NothingElseIsThere) {
  for (const char* path : {"/web/", "/web/none.js", "/web/../main.cpp", "/web/%2e%2e/main.cpp", "/web"})
    EXPECT_EQ(get(path).status, 404) << path;
}

}  // namespace
}  // namespace waxseal::jmapd
