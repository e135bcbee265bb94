#include "subjects.h"

namespace waxseal::bench {

namespace {

const unsigned char* bytes(const std::string& octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

X509* parse_x509(const std::string& der) {
  const unsigned char* at = bytes(der);
  return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
}

X509_CRL* parse_crl(const std::string& der) {
  const unsigned char* at = bytes(der);
  return d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()));
}

}  // namespace

OpenSslVerifier::OpenSslVerifier() {
  X509_STORE_add_cert(store_, parse_x509(pki().root.der));
  X509_STORE_add_crl(store_, parse_crl(test::make_crl({}, pki().root)));
  X509_STORE_add_crl(store_, parse_crl(test::make_crl({}, pki().intermediate)));
  X509_VERIFY_PARAM* param = X509_STORE_get0_param(store_);
  X509_VERIFY_PARAM_set_time(param, to_epoch(test::default_now()));
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

bool OpenSslVerifier::verify(const Subject& subject) const {
  const unsigned char* at = bytes(subject.cms);
  CMS_ContentInfo* cms = d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(subject.cms.size()));
  BIO* content = BIO_new_mem_buf(subject.content.data(), static_cast<int>(subject.content.size()));
  const bool good = CMS_verify(cms, nullptr, store_, content, nullptr, CMS_BINARY) == 1;
  BIO_free(content);
  CMS_ContentInfo_free(cms);
  return good;
}

void Floor::digest_content() const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_Digest(subject_.content.data(), subject_.content.size(), digest, nullptr, method_, nullptr);
}

bool Floor::verify() const {
  digest_content();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, method_, nullptr, subject_.signer.key) == 1 &&
      EVP_DigestVerify(context, bytes(signature_), signature_.size(), bytes(attributes_), attributes_.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

}  // namespace waxseal::bench
