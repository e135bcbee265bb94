#include <list>
#include <mutex>
#include <unordered_map>

#include "smime/certificate.h"

namespace waxseal::smime {

struct CertificateCache::State {
  struct Entry {
    CertId id;
    CertificatePtr certificate;  // nullptr: these octets are not a certificate
  };
  using Place = std::list<Entry>::iterator;

  std::mutex mutex;
  std::size_t capacity;
  std::list<Entry> recent;  // most recently used first
  std::unordered_map<CertId, Place> places;

  const Entry* touch(const CertId& id) {
    auto it = places.find(id);
    if (it == places.end()) return nullptr;
    recent.splice(recent.begin(), recent, it->second);
    return &recent.front();
  }

  CertificatePtr remember(const CertId& id, CertificatePtr certificate) {
    if (const Entry* known = touch(id)) return known->certificate;  // another thread was faster
    recent.push_front({id, certificate});
    places[id] = recent.begin();
    if (recent.size() > capacity) {
      places.erase(recent.back().id);
      recent.pop_back();
    }
    return certificate;
  }
};

CertificateCache::CertificateCache(std::size_t capacity) : state_(std::make_unique<State>()) {
  state_->capacity = capacity == 0 ? 1 : capacity;
}

CertificateCache::~CertificateCache() = default;

CertificatePtr CertificateCache::get(Octets der) {
  const CertId id = sha256(der);
  {
    std::lock_guard lock(state_->mutex);
    if (const State::Entry* known = state_->touch(id)) return known->certificate;
  }
  CertificatePtr certificate = Certificate::parse(der);  // outside the lock: 220 us
  std::lock_guard lock(state_->mutex);
  return state_->remember(id, std::move(certificate));
}

CertificatePtr CertificateCache::find(const CertId& id) {
  std::lock_guard lock(state_->mutex);
  const State::Entry* known = state_->touch(id);
  return known == nullptr ? nullptr : known->certificate;
}

}  // namespace waxseal::smime
