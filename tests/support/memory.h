// What a call costs in memory.
#pragma once

#include <cstddef>
#include <functional>

namespace waxseal::test {

// How far the resident memory of this process rose above what it was before `call`, in octets.
std::size_t extra_memory(const std::function<void()>& call);

}  // namespace waxseal::test
