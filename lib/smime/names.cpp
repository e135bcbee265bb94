#include "smime/names.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>

namespace waxseal::smime {

namespace {

struct Free {
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};

std::unique_ptr<X509_NAME, Free> parse(Octets der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<X509_NAME, Free> name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  const bool all = at == reinterpret_cast<const unsigned char*>(der.data()) + der.size();
  return all ? std::move(name) : nullptr;
}

}  // namespace

bool same_name(Octets a, Octets b) {
  if (a == b) return true;
  const auto left = parse(a);
  const auto right = parse(b);
  return left && right && X509_NAME_cmp(left.get(), right.get()) == 0;
}

}  // namespace waxseal::smime
