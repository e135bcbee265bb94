// Every OpenSSL result is compared with 1 (rule R19).
#include "smime/prepared_verification.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "smime/algorithms.h"

namespace waxseal::smime {

namespace {

struct Free {
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
};

const unsigned char* bytes(Octets octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

// A PSS key with parameters of its own enforces them here (4055 section 1.2).
bool set_padding(EVP_PKEY_CTX* context, const SignatureAlgorithm& algorithm) {
  if (algorithm.scheme == Scheme::kRsaPkcs1) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (algorithm.scheme != Scheme::kRsaPss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, method(algorithm.pss.mask_hash)) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(algorithm.pss.salt)) == 1;
}

}  // namespace

struct PreparedVerification::State {
  std::optional<Scheme> scheme;
  Digest digest;
  PssParameters pss;
  std::unique_ptr<EVP_PKEY_CTX, Free> context;
};

PreparedVerification::PreparedVerification(std::unique_ptr<State> state) : state_(std::move(state)) {}

PreparedVerification::~PreparedVerification() = default;

std::unique_ptr<PreparedVerification> PreparedVerification::make(EVP_PKEY* key, const SignatureAlgorithm& algorithm) {
  std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) != 1 || !set_padding(context.get(), algorithm) ||
      EVP_PKEY_CTX_set_signature_md(context.get(), method(algorithm.digest)) != 1)
    return nullptr;
  return std::unique_ptr<PreparedVerification>(new PreparedVerification(
      std::make_unique<State>(State{algorithm.scheme, algorithm.digest, algorithm.pss, std::move(context)})));
}

bool PreparedVerification::is_for(const SignatureAlgorithm& algorithm) const {
  return state_->scheme == algorithm.scheme && state_->digest == algorithm.digest && state_->pss == algorithm.pss;
}

bool PreparedVerification::verify(Octets digest, Octets signature) {
  return EVP_PKEY_verify(state_->context.get(), bytes(signature), signature.size(), bytes(digest), digest.size()) == 1;
}

}  // namespace waxseal::smime
