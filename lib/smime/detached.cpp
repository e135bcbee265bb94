#include "smime/detached.h"

#include <algorithm>

#include "base/text.h"
#include "mime/multipart.h"
#include "mime/transfer.h"
#include "smime/entity_type.h"

namespace waxseal::smime {

namespace {

bool is_composite_encoding(std::string_view encoding) {
  return encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

class MultipartReader {
 public:
  MultipartReader(Octets entity, const mime::Header& header, const mime::ContentType& type, const Policy& policy,
                  std::deque<std::string>& decoded)
      : entity_(entity), header_(header), type_(type), policy_(policy), decoded_(decoded) {}

  DetachedParts read() {
    out_.layer.micalg = lower_parameter(type_, "micalg");
    claimed_ = !trim(lower_parameter(type_, "protocol")).empty();
    // C16: RFC 2045 section 6.4.
    if (!is_composite_encoding(mime::transfer_encoding(header_))) add(Code::mime_bad_cte);
    if (!split()) {
      out_.foreign = !claimed_;
      return std::move(out_);
    }
    read_content();
    read_signature_part();
    return std::move(out_);
  }

 private:
  void add(Code code) { out_.layer.codes.push_back(code); }

  // False: there are no two parts to look at.
  bool split() {
    const mime::Parameter* boundary = type_.parameter("boundary");
    if (boundary == nullptr || !mime::valid_boundary(boundary->value)) {
      add(Code::mime_boundary);
      return false;
    }
    const Octets body = entity_.substr(header_.body);
    const mime::Multipart parts = mime::split_multipart(body, boundary->value);
    if (parts.ambiguous) add(Code::mime_ambiguous_boundary);
    if (parts.limit_exceeded)
      add(Code::limit_exceeded);
    else if (!parts.closed)
      add(Code::mime_truncated);
    else if (parts.parts.size() != 2)
      add(Code::mime_part_count);
    if (parts.parts.size() < 2) return false;
    content_ = parts.parts[0].of(body);
    signature_part_ = parts.parts[1].of(body);
    return true;
  }

  void read_content() {
    out_.layer.content = content_;
    if (content_.empty())
      add(Code::signed_content_empty);
    else if (policy_.require_mime_content && !begins_like_mime(content_))
      add(Code::signed_content_not_mime);
    // BYT-6 (b): binary content is never changed.
    if (mime::transfer_encoding(mime::read_header(content_)) != "binary") out_.layer.line_ends = LineEnds::kMayBeLf;
  }

  void read_signature_part() {
    const mime::Header header = mime::read_header(signature_part_);
    if (header.fault != mime::HeaderFault::kNone && header.fault != mime::HeaderFault::kUnterminated)
      add(Code::message_malformed);
    if (!has_signature_type(header)) {
      out_.foreign = !claimed_;
      return add(Code::mime_signature_part_type);
    }
    const auto octets = decode_cms_body(header, signature_part_.substr(header.body), decoded_);
    if (!octets) return add(Code::mime_bad_cte);
    if (octets->size() > policy_.limits.detached_cms_octets) return add(Code::limit_exceeded);
    out_.signature = *octets;
  }

  // C05..C07; without a protocol only the registered type counts (C09).
  bool has_signature_type(const mime::Header& header) {
    const auto fields = header.all("Content-Type");
    if (fields.size() > 1) add(Code::mime_duplicate_header);
    if (fields.empty()) return false;
    const mime::ContentType type = mime::parse_content_type(fields.front()->value);
    if (type.syntax == mime::Syntax::kInvalid) return false;
    if (is_pkcs7_signature(type)) return true;
    return claimed_ && policy_.accept_octet_stream_p7s && is_octet_stream_named(type, header, ".p7s");
  }

  Octets entity_;
  const mime::Header& header_;
  const mime::ContentType& type_;
  const Policy& policy_;
  std::deque<std::string>& decoded_;
  DetachedParts out_;
  bool claimed_ = false;  // the protocol parameter is there
  Octets content_, signature_part_;
};

}  // namespace

DetachedParts read_multipart_signed(Octets entity, const mime::Header& header, const mime::ContentType& type,
                                    const Policy& policy, std::deque<std::string>& decoded) {
  return MultipartReader(entity, header, type, policy, decoded).read();
}

std::optional<Octets> decode_cms_body(const mime::Header& header, Octets body, std::deque<std::string>& decoded) {
  const std::string encoding = mime::transfer_encoding(header);
  if (is_composite_encoding(encoding)) return body;
  if (encoding == "base64") {
    auto octets = mime::decode_base64_cms(body);
    if (!octets) return std::nullopt;
    return decoded.emplace_back(*std::move(octets));
  }
  if (encoding != "quoted-printable") return std::nullopt;
  auto octets = mime::decode_quoted_printable(body);
  if (octets.problem) return std::nullopt;
  return decoded.emplace_back(std::move(octets.octets));
}

bool begins_like_mime(Octets content) {
  const Octets line = content.substr(0, content.find('\n'));
  if (trim(line).empty()) return line.empty() || line == "\r";
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == Octets::npos) return false;
  return std::ranges::all_of(line.substr(0, colon), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace waxseal::smime
