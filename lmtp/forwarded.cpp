#include "lmtp/forwarded.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "delivery/envelope.h"
#include "fetch/address.h"

namespace waxseal::lmtp {

namespace {

constexpr std::string_view kIpv6 = "IPv6:";

bool printable(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// RFC 3461 section 4: "+" and two hexadecimal digits are one octet.
std::optional<std::string> decode_xtext(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '+') {
      out += text[at];
      continue;
    }
    const auto octet = unhex(ascii_lower(text.substr(at + 1, 2)));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += *octet;
    at += 2;
  }
  return out;
}

bool valid_name(std::string_view value) {
  return delivery::valid_domain(value);
}

bool valid_address(std::string_view value) {
  const bool v6 = ascii_iequals(value.substr(0, kIpv6.size()), kIpv6);
  const auto address = fetch::IpAddress::parse(v6 ? value.substr(kIpv6.size()) : value);
  return address && address->v6 == v6;
}

struct Attribute {
  std::string_view name;
  std::string Forwarded::*member;
  bool (*valid)(std::string_view);
};
constexpr Attribute kAttributes[] = {
    {"NAME", &Forwarded::name, valid_name},
    {"ADDR", &Forwarded::address, valid_address},
    {"HELO", &Forwarded::helo, printable},  // whatever the client called itself
};

std::optional<std::string> value_of(const Attribute& attribute, std::string_view text) {
  if (ascii_iequals(text, "[UNAVAILABLE]") || ascii_iequals(text, "[TEMPUNAVAIL]")) return std::string();
  auto value = decode_xtext(text);
  const bool good = value && !value->empty() && value->size() <= kMaxForwardedOctets && attribute.valid(*value);
  return good ? value : std::nullopt;
}

Result<Done> apply_one(Forwarded& forwarded, std::string_view word) {
  const auto equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const auto* const found = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                         [&](const Attribute& one) { return ascii_iequals(one.name, name); });
  if (found == std::end(kAttributes) || equals == std::string_view::npos)
    return unexpected(std::string(kForwardedAttributes) + " expected, each with =VALUE");
  auto value = value_of(*found, word.substr(equals + 1));
  if (!value) return unexpected("value of " + std::string(found->name) + " not valid");
  forwarded.*found->member = *std::move(value);
  return Done{};
}

}  // namespace

std::string Forwarded::client() const {
  if (name.empty() && address.empty()) return {};
  return (name.empty() ? "unknown" : name) + '[' + (address.empty() ? "unknown" : address) + ']';
}

Result<Done> apply_attributes(Forwarded& forwarded, std::string_view text) {
  Forwarded next = forwarded;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (const auto applied = apply_one(next, word); !applied) return applied;
  }
  forwarded = std::move(next);
  return Done{};
}

}  // namespace waxseal::lmtp
