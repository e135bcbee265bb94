// "did you mean": the known word nearest to a mistyped one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waxseal::service {

// The nearest candidate, if it is near enough to be what was meant; otherwise empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean \"lmtp.listen\"?", or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace waxseal::service
