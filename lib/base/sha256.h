// SHA-256, the name of certificates, blobs and validation units.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "base/octets.h"
#include "base/result.h"

namespace waxseal {

struct Sha256 {
  std::array<std::uint8_t, 32> octets{};

  std::string hex() const;
  Octets view() const { return {reinterpret_cast<const char*>(octets.data()), octets.size()}; }
  // Precondition: raw.size() == 32; anything else gives all zeros.
  static Sha256 from_raw(Octets raw);
  static Result<Sha256> from_hex(std::string_view hex);
  friend auto operator<=>(const Sha256&, const Sha256&) = default;
};

Sha256 sha256(Octets octets);

// The same over several pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  Sha256Stream& add(Octets octets);
  Sha256 finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waxseal

template <>
struct std::hash<waxseal::Sha256> {
  std::size_t operator()(const waxseal::Sha256& digest) const noexcept {
    std::size_t out;
    std::memcpy(&out, digest.octets.data(), sizeof out);
    return out;
  }
};
