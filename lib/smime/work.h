// What a message may cost (verification.md 1.6).  A limit on the number of signature checks alone bounds nothing: one
// under a Brainpool key costs sixty times one under RSA.  So everything that costs time is charged before it is done,
// in work units; a unit is about a microsecond of a core of the 2020s, and the figures are constants: whether a message
// is within its limit never depends on the machine, its load, or what was seen before.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "smime/key.h"

namespace waxseal::smime {

class Certificate;

class Work {
 public:
  explicit Work(std::size_t limit) : limit_(limit) {}

  // False: the limit is reached; nothing more may be done.  Once false, always false.
  bool spend(std::size_t cost) {
    exhausted_ = exhausted_ || cost > limit_ - spent_;
    if (!exhausted_) spent_ += cost;
    return !exhausted_;
  }
  bool exhausted() const { return exhausted_; }
  std::size_t spent() const { return spent_; }
  std::size_t left() const { return exhausted_ ? 0 : limit_ - spent_; }

 private:
  std::size_t limit_;
  std::size_t spent_ = 0;
  bool exhausted_ = false;
};

// A message's allowance: Limits::work for each MiB begun, so that a long one may be digested.
std::size_t work_allowed(std::size_t per_mebibyte, std::size_t message_octets);

std::size_t certificate_cost(std::size_t octets);  // to read one

// One digest of so many octets, by the slowest algorithm that is accepted.
std::size_t digest_cost(std::size_t octets);

// Checking the candidate paths of a leaf within `supplied` (its closure): each certificate against each that has its
// issuer's name, once to build and once to validate, and against what is configured outside of the message.
std::size_t path_cost(const std::shared_ptr<const Certificate>& leaf,
                      const std::vector<std::shared_ptr<const Certificate>>& supplied);

}  // namespace waxseal::smime
