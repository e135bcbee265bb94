#include "store/random.h"

#include <sys/random.h>

#include <cstring>
#include <stdexcept>

namespace waxseal::store {

std::string random_octets(std::size_t count) {
  std::string out(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = getrandom(out.data() + have, count - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("getrandom failed");
    have += static_cast<std::size_t>(got);
  }
  return out;
}

std::int64_t random_id() {
  std::uint64_t value = 0;
  const std::string raw = random_octets(sizeof value);
  std::memcpy(&value, raw.data(), sizeof value);
  return static_cast<std::int64_t>((value >> 2) | 1);
}

bool equal_in_constant_time(Octets a, Octets b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  volatile unsigned result = difference;  // the compiler must not leave the loop early
  return result == 0;
}

Sha256 hmac_sha256(Octets key, Octets message) {
  constexpr std::size_t kBlock = 64;
  std::string padded(key.size() > kBlock ? sha256(key).view() : key);
  padded.resize(kBlock, '\0');
  std::string inner = padded;
  std::string outer = padded;
  for (std::size_t i = 0; i < kBlock; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
    outer[i] = static_cast<char>(outer[i] ^ 0x5c);
  }
  Sha256Stream in;
  const Sha256 digest = in.add(inner).add(message).finish();
  Sha256Stream out;
  return out.add(outer).add(digest.view()).finish();
}

}  // namespace waxseal::store
