#include "smime/envelope.h"

#include <algorithm>
#include <functional>

#include "base/passes.h"
#include "base/text.h"
#include "mime/message.h"
#include "smime/compressed.h"
#include "smime/der.h"
#include "smime/detached.h"
#include "smime/entity_type.h"
#include "smime/prescan.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kInflatedAlways = std::size_t{8} << 20, kInflatedTimes = 8;

// What the scan met, and whether it goes on inside.
enum class Step {
  kPayload,    // no layer
  kUnknown,    // S/MIME or a signature, but neither signed nor encrypted in our sense (9219 "unknown")
  kEncrypted,  // CLS-2: nobody looks inside
  kInner,      // a layer: `inner_` is what it protects
  kDeadEnd,    // a layer whose content cannot be reached
};

bool is_encrypted(Octets content_type) {
  return content_type == cms::kEnvelopedData || content_type == cms::kAuthEnvelopedData;
}

// C23: what a client that trusts the hint would not take for a signature.
bool declares_something_else(std::string_view smime_type) {
  return smime_type == "enveloped-data" || smime_type == "authenveloped-data" || smime_type == "compressed-data" ||
         smime_type == "certs-only";
}

// "pkcs7-" in any case.
bool mentions_pkcs7(Octets octets) {
  constexpr Octets kBegin = "pkcs", kEnd = "7-";
  for (std::size_t at = find_octets(octets, kEnd, 0); at != Octets::npos; at = find_octets(octets, kEnd, at + 1))
    if (at >= kBegin.size() && ascii_iequals(octets.substr(at - kBegin.size(), kBegin.size()), kBegin)) return true;
  return false;
}

Code code_of(ScanFault fault) {
  return fault == ScanFault::kLimit ? Code::limit_exceeded : Code::cms_malformed;
}

class EnvelopeScan {
 public:
  EnvelopeScan(Octets message, const Policy& policy) : message_(message), policy_(policy) {}

  Envelope run() {
    out_.header = mime::read_header(message_, policy_.limits.header);
    out_.payload = message_;
    Step step = classify(message_, out_.header);
    for (std::size_t layers = 1; step == Step::kInner; ++layers) {
      out_.payload = inner_;
      step = layers > policy_.limits.envelope_layers
                 ? too_deep()
                 : classify(inner_, mime::read_header(inner_, policy_.limits.header));
    }
    if (step == Step::kDeadEnd) out_.payload = {};
    conclude(step);
    return std::move(out_);
  }

 private:
  Step classify(Octets entity, const mime::Header& header) {
    const EntityType type = read_entity_type(entity, header, policy_);
    if (at_root() && entity.size() > policy_.limits.message_octets) return oversized(type, header, entity);
    switch (type.kind) {
      case EntityKind::kOther:
        if (at_root()) look_for_errant_parts(type.content_type);
        return Step::kPayload;
      case EntityKind::kUnreadable:
        return unreadable(type);
      case EntityKind::kForeignSignature:
      case EntityKind::kLoneSignature:
        return Step::kUnknown;
      case EntityKind::kOctetStreamOther:
        return octet_stream_other(entity, header);
      case EntityKind::kOctetStreamP7m:
      case EntityKind::kPkcs7Mime:
        return pkcs7_mime(entity, header, type);
      case EntityKind::kMultipartSigned:
        return multipart_signed(entity, header, type.content_type);
    }
    return Step::kPayload;
  }

  bool at_root() const { return out_.layers.empty() && !compressed_; }

  // C48, C50, C52, C58, C59.  Below a signed layer it is payload that its signer answers for.
  Step unreadable(const EntityType& type) {
    if (type.smime_markers && out_.layers.empty()) out_.codes.push_back(type.problem);
    return Step::kPayload;
  }

  // 1.6: not examined; never "not signed" if it says that it is.
  Step oversized(const EntityType& type, const mime::Header& header, Octets entity) {
    EntityType as_unreadable{.problem = Code::limit_exceeded, .smime_markers = type.smime_markers};
    as_unreadable.smime_markers |= type.kind == EntityKind::kMultipartSigned || type.kind == EntityKind::kPkcs7Mime;
    if (type.kind == EntityKind::kOctetStreamP7m)
      as_unreadable.smime_markers = peek_content_type(entity.substr(header.body)) == cms::kSignedData;
    return unreadable(as_unreadable);
  }

  Step too_deep() {
    // Only compressed layers so far: nothing claims a signature (C34).  Else what is shown was not looked at.
    if (!out_.layers.empty()) out_.codes.push_back(Code::limit_exceeded);
    return Step::kDeadEnd;
  }

  // --- multipart/signed ---

  Step multipart_signed(Octets entity, const mime::Header& header, const mime::ContentType& type) {
    DetachedParts parts = read_multipart_signed(entity, header, type, policy_, out_.decoded);
    if (parts.foreign) return Step::kUnknown;
    SignedLayer& layer = out_.layers.emplace_back(std::move(parts.layer));
    layer.section = prefix_ + "2";
    prefix_ += "1.";
    if (!parts.signature.empty() || layer.codes.empty()) read_detached_cms(parts.signature, layer);
    return into(layer);
  }

  // CLS-2: a layer with a problem is the last one that is looked at.
  Step into(const SignedLayer& layer) {
    if (layer.content.empty()) return Step::kDeadEnd;
    inner_ = out_.payload = layer.content;
    return layer.codes.empty() ? Step::kInner : Step::kPayload;
  }

  // C18..C21.
  void read_detached_cms(Octets blob, SignedLayer& layer) {
    const Scan scan = prescan(blob, policy_.limits);
    if (scan.fault != ScanFault::kNone) return layer.codes.push_back(code_of(scan.fault));
    if (scan.size != blob.size()) layer.codes.push_back(Code::cms_trailing_data);
    blob = blob.substr(0, scan.size);
    const auto content = cms::content_of(blob);
    if (!content) return layer.codes.push_back(Code::cms_malformed);
    if (peek_content_type(blob) != cms::kSignedData) return layer.codes.push_back(Code::cms_not_signed_data);
    auto signed_data = cms::read_signed_data(*content, policy_.limits);
    if (!signed_data) return layer.codes.push_back(signed_data.error());
    if (signed_data->has_content) layer.codes.push_back(Code::cms_unexpected_econtent);
    if (signed_data->signers.empty()) layer.codes.push_back(Code::cms_no_signers);
    take(*std::move(signed_data), layer);
  }

  // SIG-02: signers of another content type are not for us to judge, nor are those of a content that is not there.
  void take(cms::SignedData signed_data, SignedLayer& layer) {
    if (!is_accepted(signed_data.content_type))
      layer.codes.push_back(Code::cms_content_type_unsupported);
    else if (layer.form == LayerForm::kDetached || signed_data.has_content)
      layer.cms = std::move(signed_data);
  }

  bool is_accepted(Octets content_type) const {
    return std::ranges::count(policy_.accepted_econtent_types, der::oid_text(content_type)) > 0;
  }

  // --- application/pkcs7-mime ---

  Step pkcs7_mime(Octets entity, const mime::Header& header, const EntityType& type) {
    const bool by_name = type.kind == EntityKind::kOctetStreamP7m;
    const std::string smime_type(trim(lower_parameter(type.content_type, "smime-type")));
    const bool claims_signed = smime_type.starts_with("signed-");
    const auto blob = decode_cms_body(header, entity.substr(header.body), out_.decoded);
    if (!blob) {
      if (by_name) return Step::kPayload;
      // C55; C40 if it is declared to be something else.
      return claims_signed || smime_type.empty() ? failed(Code::mime_bad_cte) : Step::kUnknown;
    }
    const Octets content_type = peek_content_type(*blob);
    if (is_encrypted(content_type)) return Step::kEncrypted;
    if (content_type == cms::kSignedData) return signed_data(*blob, smime_type, by_name);
    if (content_type == cms::kCompressedData) return compressed_data(*blob);
    if (claims_signed) return failed(blob_is_cms(*blob) ? Code::cms_not_signed_data : Code::cms_malformed);  // C39
    return by_name ? Step::kPayload : Step::kUnknown;  // ATK-50, C40
  }

  bool blob_is_cms(Octets blob) const {
    const Scan scan = prescan(blob, policy_.limits);
    return scan.fault == ScanFault::kNone && cms::content_of(blob.substr(0, scan.size)).has_value();
  }

  // A layer that claims to be signed and cannot be evaluated.
  Step failed(Code code) {
    SignedLayer& layer = out_.layers.emplace_back();
    layer.form = LayerForm::kOpaque;
    layer.section = opaque_section();
    layer.codes = {code};
    return Step::kDeadEnd;
  }

  std::string opaque_section() const {
    return prefix_.ends_with('.') ? prefix_.substr(0, prefix_.size() - 1) : prefix_ + "1";
  }

  Step signed_data(Octets blob, std::string_view smime_type, bool by_name) {
    const Scan scan = prescan(blob, policy_.limits);
    if (scan.fault != ScanFault::kNone) return failed(code_of(scan.fault));
    const auto content = cms::content_of(blob.substr(0, scan.size));
    if (!content) return failed(Code::cms_malformed);
    auto parsed = cms::read_signed_data(*content, policy_.limits);
    if (!parsed) return failed(parsed.error());
    if (parsed->signers.empty())  // C25..C28
      return smime_type.starts_with("signed-") ? failed(Code::cms_no_signers) : Step::kUnknown;
    if (by_name && !parsed->has_content) return Step::kUnknown;  // C42 wants eContent
    return opaque_layer(*std::move(parsed), smime_type, scan.size != blob.size());
  }

  // C22..C24, C41, C57.
  Step opaque_layer(cms::SignedData parsed, std::string_view smime_type, bool trailing) {
    SignedLayer& layer = out_.layers.emplace_back();
    layer.form = LayerForm::kOpaque;
    layer.section = opaque_section();
    prefix_ = layer.section + "/";
    if (trailing) layer.codes.push_back(Code::cms_trailing_data);
    if (declares_something_else(smime_type)) layer.codes.push_back(Code::smime_type_mismatch);
    layer.content = joined(parsed.content);
    if (parsed.has_content) parsed.content = {layer.content};
    const bool accepted = is_accepted(parsed.content_type);
    if (!parsed.has_content)
      layer.codes.push_back(Code::cms_missing_econtent);
    else if (layer.content.empty())
      layer.codes.push_back(Code::signed_content_empty);
    else if (accepted && policy_.require_mime_content && !begins_like_mime(layer.content))
      layer.codes.push_back(Code::signed_content_not_mime);
    take(std::move(parsed), layer);
    return accepted ? into(layer) : Step::kDeadEnd;
  }

  // Where the blob is a decoded copy of ours, the segments are moved together in it: long content is not copied twice,
  // and what stood between them is not looked at again.
  Octets joined(const std::vector<Octets>& segments) {
    if (segments.empty()) return {};
    if (segments.size() == 1) return segments.front();
    std::size_t size = 0;
    for (const Octets segment : segments) size += segment.size();
    char* const whole = room_for(segments.front(), size);
    char* end = whole;
    for (const Octets segment : segments) end = std::copy(segment.begin(), segment.end(), end);
    return {whole, size};
  }

  // The place of `first` in the decoded copy that holds it, or `size` octets of their own if it is the message's.
  char* room_for(Octets first, std::size_t size) {
    for (std::string& copy : out_.decoded) {
      const std::less_equal<const char*> not_behind;
      if (not_behind(copy.data(), first.data()) && not_behind(first.data(), copy.data() + copy.size()))
        return copy.data() + (first.data() - copy.data());
    }
    return out_.decoded.emplace_back(size, '\0').data();
  }

  // Short messages stay cheap to read; no honest one grows so much.
  std::size_t inflatable() const {
    return std::min(policy_.limits.inflated_octets, std::max(kInflatedAlways, kInflatedTimes * message_.size()));
  }

  // C31..C35.
  Step compressed_data(Octets blob) {
    compressed_ = true;
    prefix_ = opaque_section() + "/";
    const Scan scan = prescan(blob, policy_.limits);
    const auto content =
        scan.fault == ScanFault::kNone && scan.size == blob.size() ? cms::content_of(blob) : std::nullopt;
    if (!content) return compressed_unreadable();
    auto inflated =
        inflate_compressed_data(*content, {.octets = inflatable() - inflated_, .ratio = policy_.limits.inflate_ratio});
    if (!inflated) return compressed_unreadable();
    inflated_ += inflated->size();
    inner_ = out_.decoded.emplace_back(*std::move(inflated));
    return Step::kInner;
  }

  Step compressed_unreadable() {
    if (!out_.layers.empty()) out_.layers.back().codes.push_back(Code::compressed_malformed);
    return Step::kDeadEnd;
  }

  // C43, C44: the extension alone says nothing (8551 section 3.2.1).
  Step octet_stream_other(Octets entity, const mime::Header& header) {
    const auto blob = decode_cms_body(header, entity.substr(header.body), out_.decoded);
    if (!blob) return Step::kPayload;
    const Octets content_type = peek_content_type(*blob);
    const bool cms = content_type == cms::kSignedData || content_type == cms::kCompressedData;
    return cms ? Step::kUnknown : Step::kPayload;
  }

  // --- the class ---

  // CLS-3.
  void conclude(Step step) {
    if (step == Step::kEncrypted && !out_.layers.empty() && policy_.signed_over_encrypted_failed)  // C36
      out_.layers.back().codes.push_back(Code::cms_content_type_unsupported);
    if (!out_.layers.empty() || !out_.codes.empty())
      out_.envelope = EnvelopeClass::kSigned;
    else if (step == Step::kUnknown || (compressed_ && step != Step::kEncrypted))
      out_.envelope = EnvelopeClass::kUnknown;
    for (SignedLayer& layer : out_.layers) sort_codes(layer.codes);
    sort_codes(out_.codes);
  }

  // C02: for diagnosis, and only if the octets can hold such a part at all.
  void look_for_errant_parts(const mime::ContentType& type) {
    const bool composite = type.type == "multipart" || type.is("message/rfc822");
    if (!composite || !mentions_pkcs7(message_)) return;
    const mime::Message parsed = mime::parse_message(message_);
    out_.errant = std::ranges::any_of(parsed.parts, [](const mime::Part& part) {
      return part.type.ends_with("pkcs7-mime") || part.type.ends_with("pkcs7-signature");
    });
    if (out_.errant && policy_.partial_signature_failed) out_.codes.push_back(Code::signature_partial);
  }

  Octets message_;
  const Policy& policy_;
  Envelope out_;
  Octets inner_;
  std::string prefix_;        // of section numbers: "", "1.", "1/"
  bool compressed_ = false;   // a Z layer was met
  std::size_t inflated_ = 0;  // octets, all layers together
};

}  // namespace

Envelope scan_envelope(Octets message, const Policy& policy) {
  return EnvelopeScan(message, policy).run();
}

}  // namespace waxseal::smime
