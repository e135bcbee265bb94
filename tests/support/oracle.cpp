#include "support/oracle.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>

namespace waxseal::test {

namespace {
struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(CMS_ContentInfo* p) const { CMS_ContentInfo_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reading(std::string_view octets) {
  return Owned<BIO>(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}
}  // namespace

bool openssl_verifies(std::string_view cms, std::string_view content, const Cert& root, Time at) {
  const auto input = reading(cms);
  const Owned<CMS_ContentInfo> parsed(d2i_CMS_bio(input.get(), nullptr));
  const auto root_input = reading(root.der);
  const Owned<X509> anchor(d2i_X509_bio(root_input.get(), nullptr));
  const Owned<X509_STORE> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), anchor.get());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), to_epoch(at));
  const auto detached = reading(content);
  const bool verified = parsed && CMS_verify(parsed.get(), nullptr, store.get(),
                                             content.empty() ? nullptr : detached.get(), nullptr, CMS_BINARY) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace waxseal::test
