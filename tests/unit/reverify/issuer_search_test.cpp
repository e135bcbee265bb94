// NET-02: issuer certificates that mail does not bring.  What must not be fetched is asserted on the server's side.
#include <gmock/gmock.h>

#include "fetching.h"
#include "store/intermediates.h"
#include "support/der.h"

namespace waxseal::reverify {
namespace {

using smime::Code;
using smime::Status;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// As phones send it: the signer's certificate alone.
std::string leaf_only(const test::Cert& signer, std::string_view from = test::kAlice) {
  const std::string content = test::text_entity();
  return test::message(
      test::multipart_signed(content, test::make_cms(test::CmsSpec{.signers = {{.cert = signer}}}, content)),
      test::default_fields(from));
}

// Authorities of one's own below the trusted root, so that nothing of them is known yet.
class Issuers : public Fetching {
 protected:
  // `count` authorities one below the other; each names where the one above it is.
  std::vector<test::Cert> chain(int count, const std::string& label) {
    std::vector<test::Cert> out;
    test::Cert above = test::pki().root;
    for (int i = 0; i < count; ++i) {
      test::CertSpec spec = test::ca_spec(label + " CA " + std::to_string(i), -100 - i);
      if (i > 0) spec.ca_issuer_urls = {server_.url("/" + label + std::to_string(i - 1))};
      out.push_back(above = test::issue(spec, above));
      server_.serve("/" + label + std::to_string(i), {.body = above.der});
    }
    return out;
  }
  static test::CertSpec signer_of(std::vector<std::string> urls) {
    test::CertSpec spec;
    spec.emails = {std::string(test::kAlice)};
    spec.ca_issuer_urls = std::move(urls);
    return spec;
  }
  // What the daemon does in half a minute.
  void settle() {
    for (int i = 0; i < 2; ++i) {
      clock.advance(store::kPoolDelay + Seconds(1));
      rounds();
    }
  }
  std::vector<std::string> targets() const {
    std::vector<std::string> out;
    for (const test::HeardRequest& each : server_.heard()) out.push_back(each.target);
    return out;
  }
  void expect_beacon_stays_silent(const std::string& octets) {
    const EmailId id = deliver(octets);
    settle();
    EXPECT_EQ(email(id).status, Status::kFailed);
    EXPECT_EQ(server_.connections(), 0u);
    EXPECT_THAT(store::list_fetches(*database), IsEmpty());
  }
};

TEST_F(Issuers, AMissingIssuerIsFetchedAndServesAllMailOfIt) {
  const auto authorities = chain(1, "a");
  const test::Cert signer = test::issue(signer_of({server_.url("/a0")}), authorities[0]);
  const EmailId id = deliver(leaf_only(signer));
  ASSERT_THAT(email(id).visible_codes, ElementsAre(Code::chain_incomplete));
  const std::string before = state();
  settle();
  EXPECT_EQ(email(id).status, Status::kVerified);
  EXPECT_EQ(email(id).status_at_delivery, Status::kFailed);  // TIM-02: no anchor was added
  EXPECT_THAT(changes(before).updated, ElementsAre(id.value));
  EXPECT_THAT(targets(), ElementsAre("/a0"));

  const EmailId next = deliver(leaf_only(test::issue(signer_of({server_.url("/a0")}), authorities[0])));
  EXPECT_EQ(email(next).status, Status::kVerified);
  EXPECT_EQ(email(next).status_at_delivery, Status::kVerified);
  settle();
  EXPECT_THAT(targets(), SizeIs(1));
}

// The twins: each differs in one thing.
TEST_F(Issuers, NobodyIsAskedForMailOfAnotherSender) {
  const auto authorities = chain(1, "a");
  expect_beacon_stays_silent(
      leaf_only(test::issue(signer_of({server_.url("/a0")}), authorities[0]), "mallory@example.org"));
}

TEST_F(Issuers, NobodyIsAskedForAlteredMail) {
  const auto authorities = chain(1, "a");
  std::string octets = leaf_only(test::issue(signer_of({server_.url("/a0")}), authorities[0]));
  octets.replace(octets.find("Hello"), 5, "HELLO");
  expect_beacon_stays_silent(octets);
}

TEST_F(Issuers, NobodyIsAskedForAnExpiredCertificate) {
  const auto authorities = chain(1, "a");
  test::CertSpec spec = signer_of({server_.url("/a0")});
  spec.not_after = clock.now() - hours(1);
  expect_beacon_stays_silent(leaf_only(test::issue(spec, authorities[0])));
}

TEST_F(Issuers, NobodyIsAskedAboveAnUntrustedRoot) {  // its issuer is itself: nothing is missing
  test::CertSpec spec = test::ca_spec("Stranger Root", -120);
  spec.ca_issuer_urls = {server_.url("/a0")};
  const test::Cert root = test::self_signed(spec), signer = test::issue(signer_of({}), root);
  const std::string content = test::text_entity();
  test::CmsSpec cms{.signers = {{.cert = signer}}};
  cms.certificates = {root.der};
  expect_beacon_stays_silent(test::message(test::multipart_signed(content, test::make_cms(cms, content))));
}

TEST_F(Issuers, OffIsOffUntilItIsOn) {
  const auto authorities = chain(1, "a");
  fetch::Options options = options_;
  options.aia = fetch::AiaMode::kOff;
  use(options);
  const EmailId id = deliver(leaf_only(test::issue(signer_of({server_.url("/a0")}), authorities[0])));
  settle();
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_THAT(store::list_fetches(*database).at(0).last_error, testing::HasSubstr("fetch.aia"));
  options.aia = fetch::AiaMode::kGuarded;
  use(options);
  settle();
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(Issuers, AnAllowlistNamesTheHosts) {
  const auto authorities = chain(1, "a");
  fetch::Options options = options_;
  options.aia = fetch::AiaMode::kAllowlist;
  options.aia_hosts = {"ca.example.test"};
  use(options);
  const EmailId id = deliver(leaf_only(test::issue(signer_of({server_.url("/a0")}), authorities[0])));
  settle();
  EXPECT_EQ(server_.connections(), 0u);
  options.aia_hosts = {".example.test"};
  use(options);
  settle();
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(Issuers, ARedirectDoesNotLeaveTheAllowlist) {
  const auto authorities = chain(1, "a");
  fetch::Options options = options_;
  options.aia = fetch::AiaMode::kAllowlist;
  options.aia_hosts = {"pki.example.test"};
  options.urls.allow_hosts.emplace_back("other.example.test");
  use(options);
  server_.serve("/away", {.status = 302, .location = server_.url("/a0", "other.example.test")});
  server_.serve("/here", {.status = 302, .location = server_.url("/a0")});
  const EmailId away = deliver(leaf_only(test::issue(signer_of({server_.url("/away")}), authorities[0])));
  settle();
  EXPECT_THAT(targets(), ElementsAre("/away"));
  EXPECT_EQ(email(away).status, Status::kFailed);
  deliver(leaf_only(test::issue(signer_of({server_.url("/here")}), authorities[0])));
  settle();
  EXPECT_EQ(email(away).status, Status::kVerified);
}

TEST_F(Issuers, APrivateAddressIsNotConnectedTo) {
  const auto authorities = chain(1, "a");
  deliver(leaf_only(test::issue(signer_of({server_.url("/a0", "inside.example.test")}), authorities[0])));
  settle();
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_EQ(fetcher_->connections(), 0u);
}

TEST_F(Issuers, TheSecondUrlIsTriedAndNoThird) {
  const auto authorities = chain(1, "a");
  const EmailId second = deliver(leaf_only(test::issue(
      signer_of({"ldap://pki.example.test/cn=ca", server_.url("/gone"), server_.url("/a0")}), authorities[0])));
  settle();
  EXPECT_THAT(targets(), ElementsAre("/gone", "/a0"));
  EXPECT_EQ(email(second).status, Status::kVerified);
}

TEST_F(Issuers, AThirdUrlIsNeverTried) {
  const auto authorities = chain(1, "a");
  const EmailId third = deliver(leaf_only(
      test::issue(signer_of({server_.url("/gone"), server_.url("/lost"), server_.url("/a0")}), authorities[0])));
  settle();
  EXPECT_THAT(targets(), ElementsAre("/gone", "/lost"));
  EXPECT_EQ(email(third).status, Status::kFailed);
}

TEST_F(Issuers, ThreeLevelsAreClimbed) {
  const auto authorities = chain(3, "a");
  const EmailId id = deliver(leaf_only(test::issue(signer_of({server_.url("/a2")}), authorities[2])));
  settle();
  EXPECT_THAT(targets(), ElementsAre("/a2", "/a1", "/a0"));
  EXPECT_EQ(email(id).status, Status::kVerified);
}

TEST_F(Issuers, AFourthIsNot) {
  const auto authorities = chain(4, "a");
  const EmailId id = deliver(leaf_only(test::issue(signer_of({server_.url("/a3")}), authorities[3])));
  settle();
  EXPECT_THAT(targets(), ElementsAre("/a3", "/a2", "/a1"));
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_EQ(database.value("SELECT count(*) FROM intermediates"), "0");  // nothing half-way counts
}

TEST_F(Issuers, AHostIsNotAskedWithoutEnd) {
  fetch::Options options = options_;
  options.aia_per_hour_and_host = 12;  // two at once
  use(options);
  for (int i = 0; i < 4; ++i) {
    const std::string label = "x" + std::to_string(i) + "-";
    const auto authorities = chain(1, label);
    deliver(leaf_only(test::issue(signer_of({server_.url("/" + label + "0")}), authorities[0])));
  }
  rounds();
  EXPECT_EQ(server_.connections(), 2u);
  clock.advance(Seconds(601));
  rounds();
  EXPECT_EQ(server_.connections(), 4u);
}

// What may be found there (NET-08).
struct Reply {
  const char* name;
  std::function<std::string(const test::Cert& issuer)> body;
  bool helps;
};
class IssuerReply : public Issuers, public testing::WithParamInterface<Reply> {};

TEST_P(IssuerReply, IsTheIssuerOrNothing) {
  const auto authorities = chain(1, "a");
  server_.serve("/reply", {.body = GetParam().body(authorities[0])});
  const EmailId id = deliver(leaf_only(test::issue(signer_of({server_.url("/reply")}), authorities[0])));
  settle();
  EXPECT_EQ(email(id).status, GetParam().helps ? Status::kVerified : Status::kFailed);
  EXPECT_EQ(database.value("SELECT count(*) FROM intermediates"), GetParam().helps ? "1" : "0");
  EXPECT_EQ(server_.connections(), 1u);
}

std::string certs_only(const std::vector<std::string>& certificates) {
  test::CmsSpec cms;
  cms.certificates = certificates;
  return test::make_cms(cms, "");
}
std::vector<std::string> with_strangers(int count, const test::Cert& issuer) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(test::pki().leaf("stranger@example.org").der);
  out.push_back(issuer.der);
  return out;
}
test::Cert same_name(const test::Cert& issuer, int key, bool authority = true) {
  test::CertSpec spec = test::ca_spec("a CA 0", key);
  spec.ca = authority;
  spec.key_identifier = issuer.key_identifier;
  return test::issue(spec, test::pki().root);
}

INSTANTIATE_TEST_SUITE_P(
    NET_08, IssuerReply,
    testing::Values(
        Reply{"der", [](const test::Cert& issuer) { return issuer.der; }, true},
        Reply{"pem", [](const test::Cert& issuer) { return issuer.pem(); }, true},
        Reply{"certs_only_cms",
              [](const test::Cert& issuer) {
                return certs_only({test::alice().der, issuer.der});
              },
              true},
        Reply{"sixteen", [](const test::Cert& issuer) { return certs_only(with_strangers(15, issuer)); }, true},
        Reply{"seventeen", [](const test::Cert& issuer) { return certs_only(with_strangers(16, issuer)); }, false},
        Reply{"empty", [](const test::Cert&) { return std::string(); }, false},
        Reply{"html", [](const test::Cert&) { return std::string("<html>"); }, false},
        Reply{"cut_off", [](const test::Cert& issuer) { return issuer.der.substr(0, issuer.der.size() - 1); }, false},
        Reply{"trailing", [](const test::Cert& issuer) { return issuer.der + "x"; }, false},
        Reply{"cms_trailing", [](const test::Cert& issuer) { return certs_only({issuer.der}) + "x"; }, false},
        Reply{"another_key", [](const test::Cert& issuer) { return same_name(issuer, -130).der; }, false},
        Reply{"not_an_authority", [](const test::Cert& issuer) { return same_name(issuer, -100, false).der; }, false},
        Reply{"of_somebody_else", [](const test::Cert&) { return test::pki().intermediate.der; }, false}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace waxseal::reverify
