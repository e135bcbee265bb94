// A key made ready to verify with one algorithm, kept with its certificate: fetching and setting up anew costs a tenth
// of an RSA verification.
#pragma once

#include <atomic>
#include <memory>

#include "base/octets.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace waxseal::smime {

struct SignatureAlgorithm;

class PreparedVerification {
 public:
  // nullptr: OpenSSL cannot do that with this key.
  static std::unique_ptr<PreparedVerification> make(EVP_PKEY* key, const SignatureAlgorithm& algorithm);
  ~PreparedVerification();
  bool is_for(const SignatureAlgorithm& algorithm) const;
  // May be called again.  One thread at a time.
  bool verify(Octets digest, Octets signature);

 private:
  struct State;
  explicit PreparedVerification(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Keeps at most one.  Threads that find it taken make their own.
class PreparedSlot {
 public:
  ~PreparedSlot() { delete kept_.load(); }
  std::unique_ptr<PreparedVerification> take() {
    return std::unique_ptr<PreparedVerification>(kept_.exchange(nullptr, std::memory_order_acquire));
  }
  void keep(std::unique_ptr<PreparedVerification> prepared) {
    delete kept_.exchange(prepared.release(), std::memory_order_acq_rel);
  }

 private:
  std::atomic<PreparedVerification*> kept_ = nullptr;
};

}  // namespace waxseal::smime
