// Numbers for changed objects, each given once (schema/README.md, invariant 3).  Private to lib/store.
#pragma once

#include <cstdint>

namespace waxseal::store {

class Numbers {
 public:
  virtual ~Numbers() = default;
  // A number of its own for one changed object.
  virtual std::int64_t take() = 0;
  // The state of every type that is moved, as long as nothing more is taken.
  virtual std::int64_t last() const = 0;
};

// Those behind a modseq that was read; whoever takes them writes last() together with what they number.
class NumbersAfter final : public Numbers {
 public:
  explicit NumbersAfter(std::int64_t modseq) : last_(modseq) {}
  std::int64_t take() override { return ++last_; }
  std::int64_t last() const override { return last_; }

 private:
  std::int64_t last_;
};

}  // namespace waxseal::store
