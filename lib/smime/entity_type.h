// What an entity claims to be, by its header alone (C01..C12, C42..C53, C58).
#pragma once

#include <string>

#include "mime/content_type.h"
#include "mime/header.h"
#include "smime/policy.h"

namespace waxseal::smime {

enum class EntityKind {
  kOther,             // no layer: the payload begins here
  kMultipartSigned,   // protocol S/MIME, or missing: the second part decides (C09)
  kForeignSignature,  // multipart/signed of another protocol: C11, C12
  kPkcs7Mime,
  kOctetStreamP7m,    // C42: extension and content type must agree
  kLoneSignature,     // application/pkcs7-signature without content: C46
  kOctetStreamOther,  // *.p7c, *.p7z, *.p7s: C43, C44
  kUnreadable,        // header or Content-Type that two readers could understand differently
};

struct EntityType {
  EntityKind kind = EntityKind::kOther;
  Code problem = Code::message_malformed;  // of kUnreadable
  bool smime_markers = false;              // of kUnreadable: it would be S/MIME to somebody
  mime::ContentType content_type;
};

EntityType read_entity_type(Octets entity, const mime::Header& header, const Policy& policy);

bool is_pkcs7_signature(const mime::ContentType& type);
// C06: application/octet-stream whose name ends in ".p7s".
bool is_octet_stream_named(const mime::ContentType& type, const mime::Header& header, std::string_view extension);
// Value of a parameter in lower case; empty: absent.
std::string lower_parameter(const mime::ContentType& type, std::string_view name);

}  // namespace waxseal::smime
