// A key made ready to verify with one algorithm, kept with its certificate: fetching and setting up anew costs a tenth
// of an RSA verification.
#pragma once

#include <array>
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

// Keeps at most kMost.  Threads that find them taken make their own.
class PreparedSlot {
 public:
  static constexpr std::size_t kMost = 2;

  ~PreparedSlot() {
    while (take()) {
    }
  }
  std::unique_ptr<PreparedVerification> take() {
    for (auto& kept : kept_)
      if (auto* const one = kept.exchange(nullptr, std::memory_order_acquire))
        return std::unique_ptr<PreparedVerification>(one);
    return nullptr;
  }
  void keep(std::unique_ptr<PreparedVerification> prepared) {
    for (auto& kept : kept_) {
      PreparedVerification* nobody = nullptr;
      if (!kept.compare_exchange_strong(nobody, prepared.get(), std::memory_order_acq_rel)) continue;
      prepared.release();
      return;
    }
  }

 private:
  std::array<std::atomic<PreparedVerification*>, kMost> kept_{};
};

}  // namespace waxseal::smime
