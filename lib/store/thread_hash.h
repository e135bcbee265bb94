// The names of messages and subjects in thread_refs.  Private to lib/store.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/sha256.h"

namespace waxseal::store {

// First 128 bits of SHA-256 over account and text, as uuid.  kind: 'r' a Message-ID, 's' a base subject.
inline std::string thread_hash(AccountId account, char kind, std::string_view text) {
  Sha256Stream digest;
  digest.add(std::to_string(account.value)).add(std::string_view(&kind, 1)).add(text);
  return digest.finish().hex().substr(0, 32);
}

}  // namespace waxseal::store
