#include "base/sha256.h"

#include <openssl/evp.h>

#include <new>

#include "base/passes.h"
#include "base/text.h"

namespace waxseal {

namespace {

// Fetched once: a lookup by name for each digest costs more than a short digest.
const EVP_MD* sha256_method() {
  static EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Running {
 public:
  void begin() {
    if (!context_) context_.reset(EVP_MD_CTX_new());
    if (!context_ || EVP_DigestInit_ex2(context_.get(), sha256_method(), nullptr) != 1) throw std::bad_alloc();
  }
  void add(Octets octets) {
    each_window(octets, [&](Octets window) {
      if (EVP_DigestUpdate(context_.get(), window.data(), window.size()) != 1) throw std::bad_alloc();
    });
  }
  Sha256 finish() {
    Sha256 out;
    if (EVP_DigestFinal_ex(context_.get(), out.octets.data(), nullptr) != 1) throw std::bad_alloc();
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

struct Sha256Stream::State : Running {};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  state_->begin();
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

Sha256Stream& Sha256Stream::add(Octets octets) {
  state_->add(octets);
  return *this;
}

Sha256 Sha256Stream::finish() {
  return state_->finish();
}

// Most are of a few hundred octets, which take less time than a new context: each thread keeps one.
Sha256 sha256(Octets octets) {
  thread_local Running kept;
  kept.begin();
  kept.add(octets);
  return kept.finish();
}

std::string Sha256::hex() const {
  return waxseal::hex(view());
}

Sha256 Sha256::from_raw(Octets raw) {
  Sha256 out;
  if (raw.size() == out.octets.size()) std::memcpy(out.octets.data(), raw.data(), raw.size());
  return out;
}

Result<Sha256> Sha256::from_hex(std::string_view text) {
  const auto raw = unhex(text);
  if (!raw || raw->size() != 32) return unexpected("not a SHA-256 in hexadecimal (64 digits)");
  return from_raw(*raw);
}

}  // namespace waxseal
