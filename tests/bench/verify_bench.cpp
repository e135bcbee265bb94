// Cost of one verdict: a 10 KiB detached RSA-2048 message, our verifier with a seen and with a new signer, OpenSSL's
// whole CMS_verify with chain and CRL, and the floor: two digests and one RSA signature check.  One run, one table,
// ratios.
//
//   cmake --preset release && cmake --build build/release --target verify_bench && build/release/bench/verify_bench

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

#include "smime/verifier.h"
#include "support/mail.h"

namespace {

using namespace waxseal;

constexpr std::size_t kContentOctets = 10 * 1024;
constexpr int kRounds = 5;
constexpr auto kRound = std::chrono::milliseconds(400);

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "verify_bench: %s\n", what);
  std::exit(1);
}

// Microseconds per call: the best of several rounds, so that neighbours on the machine count least.
double measure(const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    long calls = 0;
    do {
      call();
      ++calls;
    } while (Clock::now() - begin < kRound);
    const std::chrono::duration<double, std::micro> spent = Clock::now() - begin;
    best = std::min(best, spent.count() / static_cast<double>(calls));
  }
  return best;
}

X509* parse_x509(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
}

X509_CRL* parse_crl(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()));
}

struct Subject {
  test::Pki pki{"Bench", test::KeyType::kRsa2048};
  test::Cert signer = [this] {
    test::CertSpec spec;
    spec.emails = {std::string(test::kAlice)};
    spec.key = test::KeyType::kRsa2048;
    return pki.leaf(spec);
  }();
  std::string content = test::text_entity(std::string(kContentOctets, 'x') + "\r\n");
  std::string cms =
      test::make_cms(test::CmsSpec{.signers = {{.cert = signer}}, .certificates = {pki.intermediate.der}}, content);
  std::string message = test::message(test::multipart_signed(content, cms));
  smime::TrustStore trust{
      .anchors = {{smime::Certificate::parse(pki.root.der), {}}}, .intermediates = {}, .version = 1};
};

// OpenSSL's answer to the same question, chain and CRLs included.  The store is made once, as a daemon would.
class OpenSslVerifier {
 public:
  explicit OpenSslVerifier(const Subject& subject) : subject_(subject) {
    X509_STORE_add_cert(store_, parse_x509(subject.pki.root.der));
    X509_STORE_add_crl(store_, parse_crl(test::make_crl({}, subject.pki.root)));
    X509_STORE_add_crl(store_, parse_crl(test::make_crl({}, subject.pki.intermediate)));
    X509_VERIFY_PARAM* param = X509_STORE_get0_param(store_);
    X509_VERIFY_PARAM_set_time(param, to_epoch(test::default_now()));
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  }

  bool verify() const {
    const auto* at = reinterpret_cast<const unsigned char*>(subject_.cms.data());
    CMS_ContentInfo* cms = d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(subject_.cms.size()));
    BIO* content = BIO_new_mem_buf(subject_.content.data(), static_cast<int>(subject_.content.size()));
    const bool good = CMS_verify(cms, nullptr, store_, content, nullptr, CMS_BINARY) == 1;
    BIO_free(content);
    CMS_ContentInfo_free(cms);
    return good;
  }

 private:
  const Subject& subject_;
  X509_STORE* store_ = X509_STORE_new();
};

// What no verifier can do without: content digest, digest of the attributes with the signature over them.
class Floor {
 public:
  explicit Floor(const Subject& subject)
      : subject_(subject), signature_(test::sign_octets(subject.signer.key, "SHA256", attributes_)) {}

  bool verify() const {
    unsigned char digest[EVP_MAX_MD_SIZE];
    const auto octets = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
    EVP_Digest(subject_.content.data(), subject_.content.size(), digest, nullptr, method_, nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool good =
        EVP_DigestVerifyInit(context, nullptr, method_, nullptr, subject_.signer.key) == 1 &&
        EVP_DigestVerify(context, octets(signature_), signature_.size(), octets(attributes_), attributes_.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }

 private:
  const Subject& subject_;
  const EVP_MD* method_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string attributes_ = std::string(105, 'a');
  std::string signature_;
};

void print(const char* what, double micros, double openssl, double floor) {
  std::printf("%-44s %10.1f us %9.2f x CMS_verify %9.2f x floor\n", what, micros, micros / openssl, micros / floor);
}

}  // namespace

int main() {
  const Subject subject;
  const Time now = test::default_now();
  smime::Verifier seen{smime::Policy{}};
  const auto verify = [&](smime::Verifier& verifier) {
    require(verifier.verify(subject.message, subject.trust, now).verdict.status == smime::Status::kVerified,
            "our verdict is not signed/verified");
  };
  const OpenSslVerifier openssl(subject);
  const Floor floor(subject);

  const double floor_us = measure([&] { require(floor.verify(), "the floor's signature does not verify"); });
  const double openssl_us = measure([&] { require(openssl.verify(), "CMS_verify refuses the message"); });
  const double seen_us = measure([&] { verify(seen); });
  const double new_us = measure([&] {
    smime::Verifier fresh{smime::Policy{}};
    verify(fresh);
  });

  std::printf("10 KiB detached, RSA-2048, SHA-256, one intermediate; best of %d rounds\n", kRounds);
  print("floor: two digests, one signature", floor_us, openssl_us, floor_us);
  print("OpenSSL CMS_verify with chain and CRLs", openssl_us, openssl_us, floor_us);
  print("waxseal, signer seen before", seen_us, openssl_us, floor_us);
  print("waxseal, nothing seen before", new_us, openssl_us, floor_us);
}
