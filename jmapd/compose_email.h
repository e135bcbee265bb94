// A message from the properties of an Email (RFC 8621 section 4.6, "create").
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jmapd/method.h"

namespace waxseal::jmapd {

// What the server adds if the client does not say.
struct ComposeDefaults {
  Time date;
  std::string message_id_domain;  // if From has none
};
using BlobReader = std::function<std::optional<std::string>(const std::string& wire)>;

// RFC 5322 octets.  Throws SetError: invalidProperties with all that is wrong, blobNotFound with all that is missing.
// Members mailboxIds, keywords and receivedAt are somebody else's to read; `wrong` are those that were not valid.
std::string compose_email(const Json& email, const ComposeDefaults& defaults, const BlobReader& blob,
                          std::set<std::string> wrong);

}  // namespace waxseal::jmapd
