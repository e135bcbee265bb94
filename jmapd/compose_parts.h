// Body parts that a client describes (RFC 8621 sections 4.1.4 and 4.6), as mime::compose_message() wants them.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "jmapd/method.h"
#include "mime/compose.h"

namespace waxseal::jmapd {

// All that is wrong with an Email to be created.
struct ComposeFaults {
  std::set<std::string> properties;     // "bodyStructure/subParts/0/charset"
  std::set<std::string> missing_blobs;  // as they were given
};

struct ComposeSource {
  const Json& email;                                                        // the object to be created
  std::function<std::optional<std::string>(const std::string& wire)> blob;  // octets; nullopt: there is none
  ComposeFaults& faults;
  std::set<std::string> header_fields = {};  // of the Email itself, lower case
};

// From bodyStructure, or from textBody, htmlBody and attachments, with bodyValues.  What it gives is of use only if
// nothing was wrong.
mime::NewPart compose_body(const ComposeSource& source);

}  // namespace waxseal::jmapd
