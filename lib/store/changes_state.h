// The number within a state string.  Private to lib/store.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace waxseal::store {

// Precondition: changes() took it, so that it is "<epoch>.<modseq>".
inline std::int64_t state_number(std::string_view state) {
  std::int64_t number = 0;
  std::from_chars(state.data() + state.find('.') + 1, state.data() + state.size(), number);
  return number;
}

}  // namespace waxseal::store
