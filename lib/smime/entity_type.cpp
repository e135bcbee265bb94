#include "smime/entity_type.h"

#include <algorithm>

#include "base/text.h"

namespace waxseal::smime {

namespace {

// Any of it: C52.
bool has_smime_markers(Octets raw) {
  return ascii_icontains(raw, "pkcs7-mime") || ascii_icontains(raw, "pkcs7-signature") ||
         (ascii_icontains(raw, "multipart/signed") && ascii_icontains(raw, "pkcs7"));
}

bool is_pkcs7_mime(const mime::ContentType& type) {
  return type.is("application/pkcs7-mime") || type.is("application/x-pkcs7-mime");
}

bool is_smime_protocol(std::string_view protocol) {
  return protocol == "application/pkcs7-signature" || protocol == "application/x-pkcs7-signature";
}

// C50: a file name given twice is a nuisance, one of these given twice is two messages.
bool is_ambiguous(const mime::ContentType& type) {
  if (type.syntax != mime::Syntax::kAmbiguous) return false;
  return std::ranges::any_of(std::to_array<std::string_view>({"protocol", "boundary", "smime-type"}), [&](auto name) {
    return std::ranges::count(type.parameters, name, &mime::Parameter::name) > 1;
  });
}

Code code_of(mime::HeaderFault fault) {
  const bool limit = fault == mime::HeaderFault::kTooLarge || fault == mime::HeaderFault::kTooManyFields;
  return limit ? Code::limit_exceeded : Code::message_malformed;
}

EntityType unreadable(Code problem, bool markers) {
  return {.kind = EntityKind::kUnreadable, .problem = problem, .smime_markers = markers};
}

EntityKind kind_of(const mime::ContentType& type, const mime::Header& header, const Policy& policy) {
  if (type.is("multipart/signed")) {
    const std::string protocol(trim(lower_parameter(type, "protocol")));
    return protocol.empty() || is_smime_protocol(protocol) ? EntityKind::kMultipartSigned
                                                           : EntityKind::kForeignSignature;
  }
  if (is_pkcs7_mime(type)) return EntityKind::kPkcs7Mime;
  if (is_pkcs7_signature(type)) return EntityKind::kLoneSignature;
  if (!type.is("application/octet-stream")) return EntityKind::kOther;
  if (policy.accept_octet_stream_p7m && is_octet_stream_named(type, header, ".p7m")) return EntityKind::kOctetStreamP7m;
  const bool other = is_octet_stream_named(type, header, ".p7c") || is_octet_stream_named(type, header, ".p7z") ||
                     is_octet_stream_named(type, header, ".p7s");
  return other ? EntityKind::kOctetStreamOther : EntityKind::kOther;
}

}  // namespace

bool is_pkcs7_signature(const mime::ContentType& type) {
  return type.is("application/pkcs7-signature") || type.is("application/x-pkcs7-signature");
}

bool is_octet_stream_named(const mime::ContentType& type, const mime::Header& header, std::string_view extension) {
  if (!type.is("application/octet-stream")) return false;
  const auto ends = [&](const mime::Parameter* name) {
    return name != nullptr && ascii_lower(trim(name->value)).ends_with(extension);
  };
  if (ends(type.parameter("name"))) return true;
  const mime::Field* field = header.first("Content-Disposition");
  return field != nullptr && ends(mime::parse_disposition(field->value).parameter("filename"));
}

std::string lower_parameter(const mime::ContentType& type, std::string_view name) {
  const mime::Parameter* parameter = type.parameter(name);
  return parameter == nullptr ? std::string() : ascii_lower(parameter->value);
}

EntityType read_entity_type(Octets entity, const mime::Header& header, const Policy& policy) {
  if (header.fault != mime::HeaderFault::kNone) {
    // Which octets are header is in doubt here: look at all that may be, also beyond the limit (C58, C59).
    return unreadable(code_of(header.fault), has_smime_markers(entity.substr(0, header.octets.end)));
  }
  const auto fields = header.all("Content-Type");
  if (fields.empty()) return {};
  if (fields.size() > 1) {
    const bool markers = std::ranges::any_of(fields, [](const mime::Field* f) { return has_smime_markers(f->value); });
    return unreadable(Code::mime_duplicate_header, markers);
  }
  const Octets raw = fields.front()->value;
  EntityType out{.content_type = mime::parse_content_type(raw)};
  if (out.content_type.syntax == mime::Syntax::kInvalid || is_ambiguous(out.content_type))
    return unreadable(Code::mime_ambiguous_content_type, has_smime_markers(raw));
  out.kind = kind_of(out.content_type, header, policy);
  return out;
}

}  // namespace waxseal::smime
