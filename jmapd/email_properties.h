// Email objects (RFC 8621 section 4.1, RFC 9219 section 4.1): one table of properties, each with what must be read for
// it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jmapd/body_parts.h"
#include "jmapd/body_values.h"
#include "jmapd/header_forms.h"
#include "jmapd/method.h"
#include "mime/message.h"
#include "store/smime_record.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {

// What a property is rendered from.  In this order: each includes the ones before it.
enum class Needs {
  kRow,      // what the store has indexed: no octets are read
  kHeader,   // the message's header section
  kMessage,  // the whole message, parsed
};

struct EmailProperty;
struct SmimeBackground;  // jmapd/smime_details.h

// What one Email/get wants to see of each email.
struct EmailSelection {
  std::vector<const EmailProperty*> properties;
  std::vector<HeaderProperty> headers;
  PartSelection parts;
  BodyValueSelection values;
  std::string language = "en";  // of smimeErrors

  Needs needs() const;
  bool needs_smime_record() const;
  // Shows nothing but what store::list_emails() gives.
  bool listed() const;
  // Shows smimeStatus or what follows from it, which must never be older than 24 hours (RFC 9219 section 4.1).
  bool shows_verdicts() const;
};

// Whether urn:ietf:params:jmap:smimeverify is in `using`, and with it kSmimeDetails: otherwise the properties do not
// exist.
enum class SmimeVerify { kUnused, kUsed, kWithDetails };

// The default of RFC 8621 section 4.2: the S/MIME properties are not among them.
void select_default_properties(EmailSelection& selection);
// "id" is always there.  Throws invalidArguments, naming "properties", for a property that does not exist.
void select_properties(EmailSelection& selection, const std::vector<std::string>& names, SmimeVerify smime);

// One email as far as the selection needs it.
struct EmailView {
  const store::EmailRow& row;
  const mime::Header* header = nullptr;  // Needs::kHeader
  Octets octets;                         // Needs::kMessage, like `message`
  const mime::Message* message = nullptr;
  const store::SmimeRecord* smime = nullptr;    // needs_smime_record(), and only of mail with an S/MIME envelope
  const SmimeBackground* background = nullptr;  // the same
};

void write_email(JsonWriter& out, const EmailView& view, const EmailSelection& selection);
// The same as a value, for those who change it.
Json render_email(const EmailView& view, const EmailSelection& selection);

}  // namespace waxseal::jmapd
