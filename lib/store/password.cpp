#include "store/password.h"

#include <crypt.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "store/random.h"

namespace waxseal::store {

namespace {

constexpr const char* kPrefix = "$y$";
constexpr unsigned long kCost = 5;  // yescrypt's default: about 10 ms and 16 MiB

// 32 KiB of state, wiped when done: on the heap, as threads have small stacks.
struct WipedCryptData {
  crypt_data data{};
  ~WipedCryptData() { explicit_bzero(&data, sizeof data); }
};

// Empty: the setting is not one that crypt knows.
std::string crypt_with(std::string_view password, const std::string& setting) {
  const auto state = std::make_unique<WipedCryptData>();
  std::string phrase(password);
  const char* const hashed = crypt_r(phrase.c_str(), setting.c_str(), &state->data);
  explicit_bzero(phrase.data(), phrase.size());
  if (hashed == nullptr || hashed[0] == '*') return {};
  return hashed;
}

std::string fresh_setting() {
  const std::string seed = random_octets(16);
  std::string out(CRYPT_GENSALT_OUTPUT_SIZE, '\0');
  if (crypt_gensalt_rn(kPrefix, kCost, seed.data(), static_cast<int>(seed.size()), out.data(),
                       static_cast<int>(out.size())) == nullptr) {
    throw std::runtime_error("this system's libcrypt has no yescrypt");
  }
  out.resize(std::strlen(out.c_str()));
  return out;
}

// A hash that no password has, for users that do not exist: the same work is done (R36).
const std::string& nobody() {
  static const std::string kHash = hash_password(random_octets(16));
  return kHash;
}

}  // namespace

std::string hash_password(std::string_view password) {
  std::string hash = crypt_with(password, fresh_setting());
  if (hash.empty()) throw std::runtime_error("crypt_r failed");
  return hash;
}

bool password_matches(std::string_view password, const std::string& hash) {
  const bool usable = hash.starts_with('$') && password.find('\0') == std::string_view::npos;
  const std::string computed = crypt_with(password, usable ? hash : nobody());
  return usable && !computed.empty() && equal_in_constant_time(computed, hash);
}

}  // namespace waxseal::store
