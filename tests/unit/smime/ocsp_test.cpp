// REV-21..25: each accepted response has twins that differ in one thing.  OpenSSL's OCSP_basic_verify() is asked too:
// what we accept it must accept; it accepts more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ocsp.h>

#include "smime/ocsp.h"
#include "smime/revocation_sources.h"
#include "support/der.h"
#include "support/ocsp_reply.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

const Time kNow = default_now();
constexpr const char* kGood = "good";
constexpr const char* kInvalid = "ocsp_invalid";
constexpr const char* kUnavailable = "ocsp_unavailable";

const Cert& subject() {
  static const Cert cert = pki().leaf("alice@example.org");
  return cert;
}

OcspAnswerSpec answer() {
  return {.certificate = subject(), .issuer = pki().intermediate};
}
OcspReply direct() {
  return {.answers = {answer()}, .signer = pki().intermediate};
}
OcspReply by(const Cert& delegate) {
  return {.answers = {answer()}, .signer = delegate, .certificates = {delegate.der}};
}
OcspReply delegated(const std::function<void(CertSpec&)>& edit = [](CertSpec&) {}) {
  CertSpec spec = responder_spec();
  edit(spec);
  return by(pki().leaf(spec));
}

RevocationQuestion question() {
  return make_question(parsed(subject()), parsed(pki().intermediate), parsed(pki().root), 0, Policy{});
}

std::string said(const std::string& response, RevocationSource* source = nullptr) {
  const auto result = accept_ocsp(response, question(), Policy{}, kNow, source);
  if (!result) return std::string(row(result.error()).name);
  return result->status == OcspStatus::kGood ? kGood : result->status == OcspStatus::kRevoked ? "revoked" : "unknown";
}

// Signature and delegation as OpenSSL sees them, dates and CertID left to us.
bool openssl_accepts(const std::string& response) {
  const auto load = [](const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    return d2i_X509(nullptr, &data, static_cast<long>(der.size()));
  };
  const std::unique_ptr<X509, decltype(&X509_free)> root(load(pki().root.der), X509_free),
      issuer(load(pki().intermediate.der), X509_free);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), static_cast<time_t>(to_epoch(kNow)));
  STACK_OF(X509)* const certificates = sk_X509_new_null();
  sk_X509_push(certificates, issuer.get());
  const auto* data = reinterpret_cast<const unsigned char*>(response.data());
  const std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)> read(
      d2i_OCSP_RESPONSE(nullptr, &data, static_cast<long>(response.size())), OCSP_RESPONSE_free);
  const std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)> basic(
      read ? OCSP_response_get1_basic(read.get()) : nullptr, OCSP_BASICRESP_free);
  const bool accepted = basic && OCSP_basic_verify(basic.get(), certificates, store.get(), 0) == 1;
  sk_X509_free(certificates);
  return accepted;
}

struct Case {
  const char* name;
  std::function<std::string()> response;
  const char* expected;
};
class Ocsp : public testing::TestWithParam<Case> {};

TEST_P(Ocsp, SaysWhatItSays) {  // REV-21..25
  const std::string response = GetParam().response();
  EXPECT_EQ(said(response), GetParam().expected);
  const bool accepted =
      GetParam().expected != std::string(kInvalid) && GetParam().expected != std::string(kUnavailable);
  if (accepted) {
    EXPECT_TRUE(openssl_accepts(response));
  }
}

template <class Edit>
std::function<std::string()> with(OcspReply (*make)(), Edit edit) {
  return [=] {
    OcspReply spec = make();
    edit(spec);
    return ocsp_reply(spec);
  };
}
template <class Edit>
std::function<std::string()> direct_with(Edit edit) {
  return with(direct, edit);
}
std::function<std::string()> delegate_with(std::function<void(CertSpec&)> edit) {
  return [=] { return ocsp_reply(delegated(edit)); };
}
std::function<std::string()> error(int status) {
  return [=] { return ocsp_error(status); };
}
std::string critical_unknown() {
  return extension("1.2.3.4", true, test::der::null());
}

INSTANTIATE_TEST_SUITE_P(
    Signer, Ocsp,  // REV-23
    testing::Values(
        Case{"direct", [] { return ocsp_reply(direct()); }, kGood},
        Case{"broken_signature", direct_with([](OcspReply& s) { s.break_signature = true; }), kInvalid},
        Case{"weak_digest", direct_with([](OcspReply& s) { s.signature_digest = "SHA1"; }), kInvalid},
        Case{"direct_by_key", direct_with([](OcspReply& s) { s.by_key = true; }), kGood},
        Case{"named_otherwise",
             direct_with([](OcspReply& s) { s.responder = test::der::explicit_tag(1, pki().root.subject); }), kInvalid},
        Case{"by_the_root", direct_with([](OcspReply& s) { s.signer = pki().root; }), kInvalid},
        Case{"delegated", [] { return ocsp_reply(delegated()); }, kGood},
        Case{"delegated_by_key",
             [] {
               OcspReply spec = delegated();
               spec.by_key = true;
               return ocsp_reply(spec);
             },
             kGood},
        Case{"delegate_not_included",
             [] {
               OcspReply spec = delegated();
               spec.certificates.clear();
               return ocsp_reply(spec);
             },
             kInvalid},
        Case{"delegate_without_purpose", delegate_with([](CertSpec& s) { s.ext_key_usage.clear(); }), kInvalid},
        Case{"delegate_for_mail", delegate_with([](CertSpec& s) { s.ext_key_usage = {std::string(kEmailProtection)}; }),
             kInvalid},
        Case{"delegate_for_anything",
             delegate_with([](CertSpec& s) { s.ext_key_usage = {std::string(kAnyExtendedKeyUsage)}; }), kInvalid},
        Case{"delegate_that_encrypts", delegate_with([](CertSpec& s) { s.key_usage = {{kKeyEncipherment}}; }),
             kInvalid},
        Case{"delegate_of_the_root", [] { return ocsp_reply(by(issue(responder_spec(), pki().root))); }, kInvalid},
        Case{"delegate_of_a_stranger", [] { return ocsp_reply(by(Pki("Stranger").leaf(responder_spec()))); }, kInvalid},
        Case{"delegate_with_broken_signature", delegate_with([](CertSpec& s) { s.break_signature = true; }), kInvalid},
        Case{"delegate_that_had_ended", delegate_with([](CertSpec& s) { s.not_after = kNow - Seconds(3601); }),
             kInvalid},
        Case{"delegate_not_yet_begun", delegate_with([](CertSpec& s) { s.not_before = kNow - Seconds(3599); }),
             kInvalid},
        Case{"delegate_without_no_check", delegate_with([](CertSpec& s) { s.extensions.clear(); }), kGood},
        Case{"delegate_whose_list_is_missing", delegate_with([](CertSpec& s) {
               s.extensions.clear();
               s.crl_urls = {"http://crl.example.org/ca.crl"};
             }),
             kInvalid}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Question, Ocsp,  // REV-22
    testing::Values(Case{"sha256", direct_with([](OcspReply& s) { s.answers[0].digest = "SHA256"; }), kGood},
                    Case{"other_issuer_name",
                         direct_with([](OcspReply& s) { s.answers[0].name_hash = std::string(20, 'x'); }), kInvalid},
                    Case{"other_issuer_key",
                         direct_with([](OcspReply& s) { s.answers[0].key_hash = std::string(20, 'x'); }), kInvalid},
                    Case{"other_serial", direct_with([](OcspReply& s) { s.answers[0].serial = "\x01"; }), kInvalid},
                    Case{"leading_zero", direct_with([](OcspReply& s) {
                           s.answers[0].serial = std::string(1, '\0') + subject().serial;
                         }),
                         kInvalid},
                    Case{"second_of_two", direct_with([](OcspReply& s) {
                           s.answers.insert(s.answers.begin(), answer());
                           s.answers[0].serial = "\x01";
                           s.answers[0].says = OcspSays::kRevoked;
                         }),
                         kGood},
                    Case{"none", direct_with([](OcspReply& s) { s.answers.clear(); }), kInvalid}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Dates, Ocsp,  // REV-24
    testing::Values(
        Case{"last_second", direct_with([](OcspReply& s) { s.answers[0].next_update = kNow + Seconds(1); }), kGood},
        Case{"stale", direct_with([](OcspReply& s) { s.answers[0].next_update = kNow; }), kInvalid},
        Case{"within_the_skew", direct_with([](OcspReply& s) { s.answers[0].this_update = kNow + Seconds(300); }),
             kGood},
        Case{"future", direct_with([](OcspReply& s) { s.answers[0].this_update = kNow + Seconds(301); }), kInvalid},
        Case{"produced_in_the_future", direct_with([](OcspReply& s) { s.produced_at = kNow + Seconds(301); }),
             kInvalid},
        Case{"an_hour_without_end", direct_with([](OcspReply& s) {
               s.answers[0].this_update = kNow - Seconds(3599);
               s.answers[0].next_update.reset();
             }),
             kGood},
        Case{"longer_without_end", direct_with([](OcspReply& s) {
               s.answers[0].this_update = kNow - Seconds(3600);
               s.answers[0].next_update.reset();
             }),
             kInvalid},
        Case{"ten_days_old", direct_with([](OcspReply& s) { s.answers[0].this_update = kNow - Seconds(864'000); }),
             kGood},
        Case{"older", direct_with([](OcspReply& s) { s.answers[0].this_update = kNow - Seconds(864'001); }), kInvalid}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Answer, Ocsp,
    testing::Values(
        Case{"revoked", direct_with([](OcspReply& s) { s.answers[0].says = OcspSays::kRevoked; }), "revoked"},
        Case{"revoked_with_reason", direct_with([](OcspReply& s) {
               s.answers[0].says = OcspSays::kRevoked;
               s.answers[0].reason = kKeyCompromise;
             }),
             "revoked"},
        Case{"revoked_for_no_reason_there_is", direct_with([](OcspReply& s) {
               s.answers[0].says = OcspSays::kRevoked;
               s.answers[0].reason = 11;
             }),
             kInvalid},
        Case{"unknown", direct_with([](OcspReply& s) { s.answers[0].says = OcspSays::kUnknown; }),
             "unknown"},  // REV-25
        Case{"nonce", direct_with([](OcspReply& s) { s.extensions = {ocsp_nonce()}; }), kGood},
        Case{"critical_extension", direct_with([](OcspReply& s) { s.extensions = {critical_unknown()}; }), kInvalid},
        Case{"critical_extension_of_the_answer",
             direct_with([](OcspReply& s) { s.answers[0].extensions = {critical_unknown()}; }), kInvalid}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Errors, Ocsp,  // REV-21
    testing::Values(Case{"malformed_request", error(1), kUnavailable}, Case{"internal_error", error(2), kUnavailable},
                    Case{"try_later", error(3), kUnavailable}, Case{"signature_required", error(5), kUnavailable},
                    Case{"unauthorized", error(6), kUnavailable}, Case{"success_without_answer", error(0), kInvalid},
                    Case{"empty", [] { return std::string(); }, kInvalid},
                    Case{"html", [] { return std::string("<html>"); }, kInvalid},
                    Case{"cut_off",
                         [] {
                           const std::string whole = ocsp_reply(direct());
                           return whole.substr(0, whole.size() - 1);
                         },
                         kInvalid},
                    Case{"trailing", [] { return ocsp_reply(direct()) + "x"; }, kInvalid}),
    [](const auto& each) { return std::string(each.param.name); });

// REV-23: a delegate without id-pkix-ocsp-nocheck is looked up like any other certificate.
TEST(OcspDelegate, IsItselfCheckedForRevocation) {
  CertSpec spec = responder_spec();
  spec.extensions.clear();
  spec.crl_urls = {"http://crl.example.org/ca.crl"};
  const Cert delegate = pki().leaf(spec);
  const std::string response = ocsp_reply(by(delegate));
  const TrustStore trust = trusting({pki().root}, {pki().intermediate});
  const Policy policy;
  CrlsAtHand clean(policy, trust, kNow), revoking(policy, trust, kNow);
  ASSERT_TRUE(clean.add(make_crl({}, pki().intermediate)));
  ASSERT_TRUE(revoking.add(make_crl({.revoked = {{delegate.serial, kNow - Seconds(60), {}, {}}}}, pki().intermediate)));
  EXPECT_EQ(said(response, &clean), kGood);
  EXPECT_EQ(said(response, &revoking), kInvalid);
}

TEST(OcspAnswer, KeepsWhatTheLedgerNeeds) {
  OcspReply spec = direct();
  spec.answers[0].says = OcspSays::kRevoked;
  spec.answers[0].reason = kCertificateHold;
  spec.answers[0].extensions = {
      extension("1.3.6.1.5.5.7.48.1.6", false, test::der::tlv(0x18, "20200101000000Z"))};  // archiveCutoff
  const auto answer = accept_ocsp(ocsp_reply(spec), question(), Policy{}, kNow);
  ASSERT_TRUE(answer);
  ASSERT_TRUE(answer->entry);
  EXPECT_EQ(answer->entry->reason, kCertificateHold);
  EXPECT_EQ(answer->entry->revoked_at, spec.answers[0].revoked_at);
  EXPECT_EQ(answer->archive_cutoff, at("2020-01-01T00:00:00Z"));
  EXPECT_EQ(answer->serial, subject().serial);
}

// REV-25 and 6960 appendix A: the question carries no nonce, and OpenSSL reads it.
TEST(OcspRequest, NamesTheCertificateAndNothingElse) {
  const std::string der = ocsp_request(*parsed(subject()), *parsed(pki().intermediate));
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<OCSP_REQUEST, decltype(&OCSP_REQUEST_free)> read(
      d2i_OCSP_REQUEST(nullptr, &data, static_cast<long>(der.size())), OCSP_REQUEST_free);
  ASSERT_TRUE(read);
  EXPECT_EQ(OCSP_request_onereq_count(read.get()), 1);
  EXPECT_EQ(OCSP_REQUEST_get_ext_count(read.get()), 0);
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, OCSP_onereq_get0_id(OCSP_request_onereq_get0(read.get(), 0)));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                        static_cast<std::size_t>(ASN1_STRING_length(serial))),
            subject().serial);
}

}  // namespace
}  // namespace waxseal::smime
