#include "smime/certificate.h"
#include "smime/lru.h"

namespace waxseal::smime {

struct CertificateCache::State {
  explicit State(std::size_t capacity) : known(capacity) {}
  Lru<CertId, CertificatePtr> known;  // nullptr: these octets are not a certificate
};

CertificateCache::CertificateCache(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}

CertificateCache::~CertificateCache() = default;

CertificatePtr CertificateCache::get(Octets der) {
  const CertId id = sha256(der);
  if (auto known = state_->known.get(id)) return *known;
  CertificatePtr certificate = Certificate::parse(der);  // outside the lock: 220 us
  state_->known.put(id, certificate);
  return certificate;
}

CertificatePtr CertificateCache::find(const CertId& id) {
  return state_->known.get(id).value_or(nullptr);
}

}  // namespace waxseal::smime
