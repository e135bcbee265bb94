// Encryption of push messages: RFC 8291 with the coding of RFC 8188.
#pragma once

#include <optional>
#include <string>

#include "base/octets.h"
#include "store/push_subscriptions.h"

namespace waxseal::jmapd {

// Keys as a client sends them, in URL-safe base64 with or without padding; nullopt: not a point of P-256 and 16 octets.
std::optional<store::PushKeys> read_push_keys(std::string_view p256dh, std::string_view auth);

// The body for "Content-Encoding: aes128gcm"; one record, so that `message` has at most 4000 octets.  nullopt: the key
// is no point of the curve, or the system has no random numbers.
std::optional<std::string> encrypt_push(const store::PushKeys& keys, Octets message);

// The same with what is otherwise random: 32 octets of a private key and 16 of salt.
std::optional<std::string> encrypt_push(const store::PushKeys& keys, Octets message, Octets private_key, Octets salt);

}  // namespace waxseal::jmapd
