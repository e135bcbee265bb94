// Strong identifiers: an EmailId is never mistaken for a MailboxId, and none is a bare number.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace waxseal {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;
};

using AccountId = Id<struct AccountTag>;
using EmailId = Id<struct EmailTag>;      // within one account
using MailboxId = Id<struct MailboxTag>;  // within one account
using ThreadId = Id<struct ThreadTag>;    // within one account
using TokenId = Id<struct TokenTag>;      // within one account
using Modseq = Id<struct ModseqTag>;      // value of an account's change counter

}  // namespace waxseal

template <class Tag>
struct std::hash<waxseal::Id<Tag>> {
  std::size_t operator()(const waxseal::Id<Tag>& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
