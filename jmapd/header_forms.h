// Header fields as Email/get shows them: RFC 8621 section 4.1.2 (forms) and 4.1.3 ("header:Name:asForm:all").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jmapd/method.h"
#include "jmapd/object_writer.h"
#include "mime/address.h"
#include "mime/header.h"

namespace waxseal::jmapd {

enum class HeaderForm { kRaw, kText, kAddresses, kGroupedAddresses, kMessageIds, kDate, kUrls };

struct HeaderProperty {
  std::string property;  // as requested; its capitalisation is that of the response (RFC 8621 section 4.2)
  std::string field;     // field name
  HeaderForm form = HeaderForm::kRaw;
  bool all = false;  // every instance, not only the last
};

inline bool names_header(std::string_view property) {
  return property.starts_with("header:");
}

// Precondition: names_header(property).  Error: what is wrong with it, e.g. a form that the field does not have
// (RFC 8621 section 4.1.2: "may only be fetched or set for the following header fields").
Result<HeaderProperty> parse_header_property(std::string_view property);

Json render_header_property(const mime::Header& header, const HeaderProperty& property);

// EmailHeader[] (RFC 8621 section 4.1.3).
Json render_all_headers(const mime::Header& header);

// EmailAddress[]: groups are dissolved.
Json render_addresses(const std::vector<mime::AddressGroup>& groups);
void write_addresses(ObjectWriter& out, const std::vector<mime::AddressGroup>& groups);

// RFC 2369 section 2: <url>, (comment) <url>; null where that grammar fails.
Json render_urls(Octets raw_value);

// Raw form: NUL dropped, ill-formed UTF-8 replaced by U+FFFD (RFC 8621 section 4.1.2.1).
Json render_raw(Octets raw_value);

// A JSON string that is valid UTF-8 whatever the octets are.
Json json_text(Octets octets);

}  // namespace waxseal::jmapd
