// An account whose mail names lists, responders and issuers of a server that the test commands, and the rounds that
// waxseal-reverifyd makes.
#pragma once

#include <gtest/gtest.h>

#include "mailbox.h"
#include "reverify/evidence_sink.h"
#include "support/responder.h"

namespace waxseal::reverify {

class Loopback final : public fetch::Resolver {
 public:
  Result<std::vector<fetch::IpAddress>, fetch::Failure> resolve(const std::string&, fetch::Deadline) override {
    return std::vector{fetch::IpAddress::parse("127.0.0.1").value()};
  }
};

class Fetching : public testing::Test, protected Mailbox {
 protected:
  Fetching() {
    trust(test::pki().root);
    fetch::Options options;
    options.urls.ports = {static_cast<std::uint16_t>(server_.port())};
    options.urls.allow_hosts = {"pki.example.test"};
    options.crl_deadline = options.ocsp_deadline = Seconds(1);
    options.crl_octets = 100'000;
    use(options);
  }
  void use(const fetch::Options& options) {
    options_ = options;
    fetcher_ = std::make_unique<fetch::Fetcher>(options, resolver_, clock);
  }
  test::Cert signer(const std::string& crl_path, const std::string& ocsp_path = "") {
    test::CertSpec spec;
    spec.emails = {std::string(test::kAlice)};
    spec.serial = std::string("\x42", 1);
    if (!crl_path.empty()) spec.crl_urls = {server_.url(crl_path)};
    if (!ocsp_path.empty()) spec.ocsp_urls = {server_.url(ocsp_path)};
    return test::pki().leaf(spec);
  }
  static test::CrlSpec fresh(Time now) {
    return {.revoked = {}, .this_update = now - Seconds(3600), .next_update = now + Seconds(7 * 86400)};
  }
  static test::CrlSpec revoking(Time now, Time when) {
    test::CrlSpec spec = fresh(now);
    spec.this_update = now;
    spec.number = 2;
    spec.revoked = {{.serial = std::string("\x42", 1), .date = when}};
    return spec;
  }
  void serve(const std::string& path, const test::CrlSpec& spec) {
    server_.serve(path, {.body = test::make_crl(spec, test::pki().intermediate)});
  }
  // What the daemon does in a few seconds: evaluate, fetch, evaluate.
  FetchReport rounds() {
    round();
    EvidenceSink sink(*database, verifier, clock);
    const FetchReport report = FetchRound(*database, *fetcher_, sink, clock).run_once();
    round();
    return report;
  }

  test::Responder server_;
  Loopback resolver_;
  fetch::Options options_;
  std::unique_ptr<fetch::Fetcher> fetcher_;
};

}  // namespace waxseal::reverify
