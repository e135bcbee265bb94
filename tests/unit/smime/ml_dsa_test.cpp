// ML-DSA (9882): verified where OpenSSL has it (3.5), cleanly unsupported where not.  Keys and signatures are OpenSSL's
// own there; elsewhere octets of the right lengths stand for them, as no such OpenSSL could read them anyway.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "smime/der.h"
#include "support/der.h"
#include "tests/unit/smime/judged.h"

namespace waxseal::test {
namespace {

struct ParameterSet {
  const char* name;
  const char* oid;
  std::size_t key_octets, signature_octets;  // FIPS 204, table 2
};
constexpr ParameterSet kSets[] = {{"ML-DSA-44", "2.16.840.1.101.3.4.3.17", 1312, 2420},
                                  {"ML-DSA-65", "2.16.840.1.101.3.4.3.18", 1952, 3309},
                                  {"ML-DSA-87", "2.16.840.1.101.3.4.3.19", 2592, 4627}};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

Key generate(const char* name) {  // nullptr: this OpenSSL has it not
  const std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  EVP_PKEY* key = nullptr;
  if (context && EVP_PKEY_keygen_init(context.get()) == 1) EVP_PKEY_generate(context.get(), &key);
  ERR_clear_error();
  return Key(key);
}

bool openssl_has_ml_dsa() {
  return generate("ML-DSA-65") != nullptr;
}

class Signer {
 public:
  explicit Signer(const ParameterSet& set) : set_(set), key_(generate(set.name)) {}

  std::string public_key_info() const {
    if (!key_) return der::sequence({der::algorithm(set_.oid), der::bit_string(std::string(set_.key_octets, 'k'))});
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &out);
    std::string encoded(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return encoded;
  }
  std::string sign(std::string_view octets) const {
    std::string signature(set_.signature_octets, 's');
    if (!key_) return signature;
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(octets.data()), octets.size()),
              1);
    return signature;
  }
  // Alice's certificate with this key instead of hers.
  Cert certificate() const {
    Cert cert = pki().leaf(std::string(kAlice));
    smime::der::Reader certificate(smime::der::whole_element(cert.der)->content);
    smime::der::Reader fields(certificate.next()->content);
    std::vector<std::string> changed;
    for (std::size_t i = 0; !fields.at_end(); ++i) {
      const auto field = fields.next();
      changed.push_back(i == 6 ? public_key_info() : std::string(field->whole));  // subjectPublicKeyInfo
    }
    const std::string tbs = der::sequence(changed);
    cert.der = der::sequence({tbs, signature_algorithm(pki().intermediate.key_type, "SHA256"),
                              der::bit_string(sign_octets(pki().intermediate.key, "SHA256", tbs))});
    return cert;
  }
  std::string mail(std::string_view algorithm, bool break_signature = false) const {
    SignerSpec signer = signed_by(certificate());
    signer.digest = "SHA512";
    signer.signature_algorithm = der::algorithm(algorithm);
    signer.edit = [&](SignerFields& fields) {
      std::string covered = fields.signed_attributes;
      covered[0] = '\x31';
      std::string signature = sign(covered);
      if (break_signature) signature.back() = static_cast<char>(signature.back() ^ 1);
      fields.signature = der::octet_string(signature);
    };
    return mail_with({.signers = {signer}, .certificates = {pki().intermediate.der}});
  }

 private:
  const ParameterSet& set_;
  Key key_;
};

class MlDsa : public testing::TestWithParam<ParameterSet> {};

TEST_P(MlDsa, IsVerifiedOrUnsupportedAndNothingElse) {  // SIG-20, PTH-32
  const Signer alice(GetParam());
  const std::string good = judged(alice.mail(GetParam().oid)), broken = judged(alice.mail(GetParam().oid, true));
  if (openssl_has_ml_dsa()) {
    EXPECT_EQ(good, kVerified);
    EXPECT_EQ(broken, failed("signature_invalid"));
  } else {
    EXPECT_EQ(good, failed("sig_alg_unsupported key_unsupported"));
    EXPECT_EQ(broken, good);
  }
}

// The other half of the logic, on every OpenSSL: an algorithm that nobody has.
TEST_P(MlDsa, AnAlgorithmThatNobodyHasIsUnsupported) {
  const std::string got = judged(Signer(GetParam()).mail("2.16.840.1.101.3.4.3.127"));
  EXPECT_TRUE(got.starts_with(failed("sig_alg_unsupported"))) << got;
}

// A key of the right kind and another algorithm, or the other way round, is never verified.
TEST_P(MlDsa, KeyAndAlgorithmMustFit) {
  const Signer alice(GetParam());
  const std::string other = GetParam().oid == std::string(kSets[0].oid) ? kSets[1].oid : kSets[0].oid;
  const std::string got = judged(alice.mail(other));
  EXPECT_TRUE(got.starts_with(failed(openssl_has_ml_dsa() ? "sig_alg_mismatch" : "sig_alg_unsupported"))) << got;
}

INSTANTIATE_TEST_SUITE_P(Sets, MlDsa, testing::ValuesIn(kSets),
                         [](const auto& set) { return std::string(set.param.name).substr(7); });

}  // namespace
}  // namespace waxseal::test
