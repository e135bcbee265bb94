#include "base/sha256.h"

#include <openssl/evp.h>

#include <new>

#include "base/passes.h"
#include "base/text.h"

namespace waxseal {

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

// Fetched once: a lookup by name for each digest costs more than a short digest.
const EVP_MD* sha256_method() {
  static EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

}  // namespace

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex2(state_->context, sha256_method(), nullptr) != 1) throw std::bad_alloc();
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

Sha256Stream& Sha256Stream::add(Octets octets) {
  each_window(octets, [&](Octets window) {
    if (EVP_DigestUpdate(state_->context, window.data(), window.size()) != 1) throw std::bad_alloc();
  });
  return *this;
}

Sha256 Sha256Stream::finish() {
  Sha256 out;
  if (EVP_DigestFinal_ex(state_->context, out.octets.data(), nullptr) != 1) throw std::bad_alloc();
  return out;
}

Sha256 sha256(Octets octets) {
  return Sha256Stream().add(octets).finish();
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
