// EmailBodyPart objects (RFC 8621 section 4.1.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "jmapd/header_forms.h"
#include "jmapd/method.h"
#include "mime/message.h"

namespace waxseal::jmapd {

struct PartProperty;

// What a client wants to see of each part ("bodyProperties").
struct PartSelection {
  std::vector<const PartProperty*> properties;
  std::vector<HeaderProperty> headers;
  bool needs_header = false;  // the part's own header section must be read
};

// RFC 8621 section 4.2: what is shown if "bodyProperties" is omitted.
const PartSelection& default_part_selection();
// Throws invalidArguments, naming "bodyProperties", for a property that does not exist.
PartSelection select_part_properties(const std::vector<std::string>& names);

// The message that parts belong to.
struct PartSource {
  Octets octets;
  const mime::Message& message;
  const Sha256& blob;
};

// The tree below `part`: subParts are always there for multipart/*, asked for or not, because the default of
// bodyProperties does not name them and bodyStructure is "the full MIME structure".
Json render_part_tree(const PartSource&, std::size_t part, const PartSelection&);
// textBody, htmlBody, attachments: "None of these parts include subParts".
Json render_part_list(const PartSource&, const std::vector<std::size_t>& parts, const PartSelection&);

}  // namespace waxseal::jmapd
