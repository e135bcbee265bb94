#include "fetch/url.h"

#include <gtest/gtest.h>

namespace waxseal::fetch {
namespace {

std::string read(std::string_view text, const UrlRules& rules = {}) {
  const auto url = parse_url(text, rules);
  return url ? url->text() : "";
}

TEST(Url, AnOrdinaryDistributionPointIsRead) {  // NET-01
  const auto url = parse_url("http://crl.Example.org/ca%20one.crl?x=1", {});
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "crl.example.org");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->target, "/ca%20one.crl?x=1");
  EXPECT_EQ(url->text(), "http://crl.example.org/ca%20one.crl?x=1");
}

struct Case {
  const char* text;
  const char* normal;  // "": refused
};
class UrlTable : public testing::TestWithParam<Case> {};
TEST_P(UrlTable, ReadsOrRefuses) {
  EXPECT_EQ(read(GetParam().text), GetParam().normal) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    NET03, UrlTable,
    testing::Values(Case{"HTTP://a.example", "http://a.example/"}, Case{"http://a.example:80/x", "http://a.example/x"},
                    Case{"http://a.example?q", "http://a.example/?q"},
                    Case{"http://a.example/x#part", "http://a.example/x"},
                    Case{"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
                    // NET-01: schemes
                    Case{"https://a.example/", ""}, Case{"ldap://a.example/", ""}, Case{"ftp://a.example/", ""},
                    Case{"file:///etc/passwd", ""}, Case{"//a.example/", ""}, Case{"a.example/x", ""}, Case{"", ""},
                    Case{"gopher://a.example/", ""}, Case{" http://a.example/", ""},
                    // IP literals in every spelling
                    Case{"http://127.0.0.1/", ""}, Case{"http://[::1]/", ""}, Case{"http://2130706433/", ""},
                    Case{"http://0x7f000001/", ""}, Case{"http://0177.0.0.1/", ""}, Case{"http://127.1/", ""},
                    Case{"http://1.2.3.0x4/", ""}, Case{"http://a.example.1/", ""}, Case{"http://0x7f.1/", ""},
                    // authority tricks
                    Case{"http://user@a.example/", ""}, Case{"http://a.example@127.0.0.1/", ""},
                    Case{"http://a.example%2f.evil.example/", ""}, Case{"http://a.example:80@evil.example/", ""},
                    Case{"http://a.example\\@evil.example/", ""}, Case{"http://a_b.example/", ""},
                    Case{"http://a.example./", ""}, Case{"http://.a.example/", ""}, Case{"http://a..example/", ""},
                    Case{"http://-a.example/", ""}, Case{"http://a-.example/", ""}, Case{"http://localhost/", ""},
                    Case{"http://intranet/", ""}, Case{"http:///x", ""}, Case{"http://b\xc3\xbc.example/", ""},
                    // ports
                    Case{"http://a.example:8080/", ""}, Case{"http://a.example:/", ""}, Case{"http://a.example:0/", ""},
                    Case{"http://a.example:65616/", ""}, Case{"http://a.example:80x/", ""},
                    Case{"http://a.example:+80/", ""}, Case{"http://a.example:25/", ""},
                    // request splitting
                    Case{"http://a.example/x y", ""}, Case{"http://a.example/x\r\nHost: b", ""},
                    Case{"http://a.example/\n", ""}, Case{"http://a.example/\t", ""},
                    Case{"http://a.example/\x7f", ""}));

TEST(Url, LengthIsBounded) {  // NET-03
  const std::string base = "http://a.example/";
  EXPECT_NE(read(base + std::string(kMaxUrlOctets - base.size(), 'x')), "");
  EXPECT_EQ(read(base + std::string(kMaxUrlOctets - base.size() + 1, 'x')), "");
  EXPECT_NE(read("http://" + std::string(63, 'a') + ".example/"), "");
  EXPECT_EQ(read("http://" + std::string(64, 'a') + ".example/"), "");
}

TEST(Url, NulIsRefused) {
  EXPECT_EQ(read(std::string_view("http://a.example/\0x", 19)), "");
}

TEST(Url, SettingsOpenExactlyWhatTheyName) {  // NET-01, NET-03
  UrlRules rules;
  rules.ports = {80, 8080};
  rules.allow_hosts = {"pki", ".internal.example"};
  EXPECT_EQ(read("http://a.example:8080/", rules), "http://a.example:8080/");
  EXPECT_EQ(read("http://a.example:8081/", rules), "");
  EXPECT_EQ(read("http://pki/x", rules), "http://pki/x");
  EXPECT_EQ(read("http://other/x", rules), "");
  EXPECT_EQ(read("http://127.0.0.1/", rules), "");
  EXPECT_TRUE(rules.private_host("ca.internal.example"));
  EXPECT_FALSE(rules.private_host("internal.example"));
  EXPECT_FALSE(rules.private_host("evilinternal.example"));
  rules.allow_https = true;
  EXPECT_EQ(read("https://a.example/", rules), "https://a.example/");
  EXPECT_EQ(read("http://a.example:443/", rules), "");
}

TEST(Location, IsReadAgainstItsBase) {  // NET-06
  const Url base = parse_url("http://a.example/dir/file?q", {}).value();
  const auto go = [&](std::string_view location) {
    const auto url = parse_location(location, base, {});
    return url ? url->text() : "";
  };
  EXPECT_EQ(go("http://b.example/x"), "http://b.example/x");
  EXPECT_EQ(go("//b.example/x"), "http://b.example/x");
  EXPECT_EQ(go("/x"), "http://a.example/x");
  EXPECT_EQ(go("x"), "http://a.example/dir/x");
  EXPECT_EQ(go("?y"), "http://a.example/dir/file?y");
  EXPECT_EQ(go("https://a.example/"), "");
  EXPECT_EQ(go("http://169.254.169.254/latest"), "");
  EXPECT_EQ(go("file:///etc/passwd"), "");
  EXPECT_EQ(go(""), "");
}

}  // namespace
}  // namespace waxseal::fetch
