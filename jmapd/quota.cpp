#include "jmapd/quota.h"

#include <charconv>

namespace waxseal::jmapd {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string quota_state(const store::QuotaRow& row) {
  return std::to_string(row.used) + "-" + (row.limit ? std::to_string(*row.limit) : "none");
}

std::optional<store::QuotaRow> quota_from_state(std::string_view state) {
  const std::size_t dash = std::min(state.find('-'), state.size());
  const auto used = number(state.substr(0, dash));
  const std::string_view rest = state.substr(std::min(dash + 1, state.size()));
  const auto limit = number(rest);
  if (!used || (!limit && rest != "none")) return std::nullopt;
  return store::QuotaRow{*used, limit};
}

}  // namespace waxseal::jmapd
