#include "smime/cms.h"

#include <algorithm>

#include "smime/attribute_oids.h"
#include "smime/der.h"

namespace waxseal::smime::cms {

namespace {

constexpr Octets kZlib{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08", 11};

// OCTET STRING, primitive or in BER segments (one level deep: X.690 allows more, nobody writes it).
bool read_octets(Octets encoded, std::vector<Octets>& out) {
  const auto element = der::whole_element(encoded);
  if (!element) return false;
  if (element->tag == der::kOctetString) {
    out.push_back(element->content);
    return true;
  }
  if (element->tag != der::kOctetStringSegments) return false;
  der::Reader reader(element->content);
  while (!reader.at_end()) {
    const auto segment = reader.content(der::kOctetString);
    if (!segment) return false;
    out.push_back(*segment);
  }
  return true;
}

struct Encapsulated {
  Octets type;
  bool has_content = false;
  std::vector<Octets> segments;
};

// EncapsulatedContentInfo.  A content that is no OCTET STRING is PKCS #7 1.5 (5652 section 5.2.1): not for mail.
bool read_encapsulated(Octets content, Encapsulated& out) {
  der::Reader reader(content);
  const auto type = reader.content(der::kOid);
  if (!type) return false;
  out.type = *type;
  if (reader.at_end()) return true;
  const auto explicit_content = reader.content(der::kContext0Constructed);
  out.has_content = true;
  return explicit_content && reader.at_end() && read_octets(*explicit_content, out.segments);
}

bool read_signer_id(der::Reader& reader, SignerId& out) {
  if (reader.next_is(der::kContext0)) {
    const auto identifier = reader.content(der::kContext0);
    out.key_identifier = identifier.value_or(Octets{});
    return identifier.has_value();
  }
  const auto issuer_and_serial = reader.content(der::kSequence);
  if (!issuer_and_serial) return false;
  der::Reader inner(*issuer_and_serial);
  const auto issuer = inner.next(der::kSequence);
  const auto serial = inner.content(der::kInteger);
  if (!issuer || !serial || !inner.at_end()) return false;
  out.issuer = issuer->whole;
  out.serial = *serial;
  return true;
}

std::optional<AlgorithmId> next_algorithm(der::Reader& reader) {
  const auto content = reader.content(der::kSequence);
  return content ? read_algorithm(*content) : std::nullopt;
}

// X.690 section 11.6: SET OF in ascending order of the encodings.
bool is_sorted(const std::vector<Attribute>& attributes) {
  return std::ranges::is_sorted(
      attributes, [](Octets a, Octets b) { return a < b; }, &Attribute::whole);
}

bool read_signed_attributes(der::Reader& reader, SignerInfo& out) {
  if (!reader.next_is(der::kContext0Constructed)) return true;
  const auto element = reader.next();
  if (!element) return false;
  auto attributes = read_attributes(element->content);
  if (!attributes) return false;
  out.has_signed_attributes = true;
  out.signed_attributes = std::move(*attributes);
  out.signed_attributes_content = element->content;
  out.signed_attributes_der = is_sorted(out.signed_attributes) && der::has_der_lengths(element->whole);
  return true;
}

bool read_unsigned_attributes(der::Reader& reader, SignerInfo& out) {
  if (reader.at_end()) return true;
  const auto content = reader.content(der::kContext1Constructed);
  if (!content || !reader.at_end()) return false;
  auto attributes = read_attributes(*content);
  if (!attributes) return false;
  out.unsigned_attributes = std::move(*attributes);
  return true;
}

// SIG-01: versions are read over, not judged.
bool read_signer_info(Octets content, SignerInfo& out) {
  der::Reader reader(content);
  if (!reader.next(der::kInteger) || !read_signer_id(reader, out.sid)) return false;
  const auto digest = next_algorithm(reader);
  if (!digest || !read_signed_attributes(reader, out)) return false;
  const auto signature_algorithm = next_algorithm(reader);
  const auto signature = reader.content(der::kOctetString);
  if (!signature_algorithm || !signature) return false;
  out.digest_algorithm = *digest;
  out.signature_algorithm = *signature_algorithm;
  out.signature = *signature;
  return read_unsigned_attributes(reader, out);
}

// Reads one SignedData; the first problem ends it.
class SignedDataReader {
 public:
  SignedDataReader(Octets content, const Limits& limits) : outer_(content), limits_(limits) {}

  Result<SignedData, Code> read() {
    read_all();
    if (fault_) return unexpected(std::move(*fault_));
    return std::move(out_);
  }

 private:
  bool fail(Code code) {
    fault_ = code;
    return false;
  }
  bool malformed() { return fail(Code::cms_malformed); }

  bool read_all() {
    const auto sequence = outer_.content(der::kSequence);
    if (!sequence || !outer_.at_end()) return malformed();
    der::Reader reader(*sequence);
    if (!reader.next(der::kInteger)) return malformed();
    return digest_algorithms(reader) && encapsulated(reader) && certificates(reader) && crls(reader) &&
           signer_infos(reader) && (reader.at_end() || malformed());
  }

  // SIG-05: the set is not authenticated and decides nothing; its size is bounded (ATK-12).
  bool digest_algorithms(der::Reader& reader) {
    const auto content = reader.content(der::kSet);
    if (!content) return malformed();
    der::Reader inner(*content);
    for (std::size_t count = 0; !inner.at_end(); ++count) {
      if (count == limits_.digest_algorithms) return fail(Code::limit_exceeded);
      if (!inner.next(der::kSequence)) return malformed();
    }
    return true;
  }

  bool encapsulated(der::Reader& reader) {
    const auto content = reader.content(der::kSequence);
    Encapsulated found;
    if (!content || !read_encapsulated(*content, found)) return malformed();
    out_.content_type = found.type;
    out_.has_content = found.has_content;
    out_.content = std::move(found.segments);
    return true;
  }

  bool certificates(der::Reader& reader) {
    if (!reader.next_is(der::kContext0Constructed)) return true;
    const auto content = reader.content(der::kContext0Constructed);
    if (!content) return malformed();
    der::Reader inner(*content);
    for (std::size_t count = 0; !inner.at_end(); ++count) {
      const auto element = inner.next();
      if (!element) return malformed();
      if (count == limits_.certificates || element->whole.size() > limits_.certificate_octets)
        return fail(Code::limit_exceeded);
      // Attribute certificates, PKCS #6 and other formats are passed over (8550 section 2.2.1).
      if (element->tag == der::kSequence) out_.certificates.push_back(element->whole);
    }
    return true;
  }

  // REV-03: lists of a message are candidates; no verdict rests on them as they are.
  bool crls(der::Reader& reader) {
    if (!reader.next_is(der::kContext1Constructed)) return true;
    const auto content = reader.content(der::kContext1Constructed);
    if (!content) return malformed();
    der::Reader inner(*content);
    for (std::size_t count = 0; !inner.at_end(); ++count) {
      const auto element = inner.next();
      if (!element) return malformed();
      if (count == limits_.crls || element->whole.size() > limits_.crl_octets) return fail(Code::limit_exceeded);
      if (element->tag == der::kSequence) out_.crls.push_back(element->whole);
    }
    return true;
  }

  bool signer_infos(der::Reader& reader) {
    const auto content = reader.content(der::kSet);
    if (!content) return malformed();
    der::Reader inner(*content);
    while (!inner.at_end()) {
      const auto signer = inner.content(der::kSequence);
      if (!signer) return malformed();
      if (out_.signers.size() == limits_.signer_infos) return fail(Code::limit_exceeded);
      SignerInfo& info = out_.signers.emplace_back();
      if (!read_signer_info(*signer, info)) return malformed();
      if (std::max(info.signed_attributes.size(), info.unsigned_attributes.size()) > limits_.signed_attributes)
        return fail(Code::limit_exceeded);
    }
    return true;
  }

  der::Reader outer_;
  const Limits& limits_;
  SignedData out_;
  std::optional<Code> fault_;
};

}  // namespace

std::optional<AlgorithmId> read_algorithm(Octets content) {
  der::Reader reader(content);
  const auto oid = reader.content(der::kOid);
  if (!oid) return std::nullopt;
  AlgorithmId out{.oid = *oid, .parameters = {}};
  if (reader.at_end()) return out;
  const auto parameters = reader.next();
  if (!parameters || !reader.at_end()) return std::nullopt;
  out.parameters = parameters->whole;
  return out;
}

bool has_no_parameters(const AlgorithmId& algorithm) {
  return algorithm.parameters.empty() || algorithm.parameters == Octets("\x05\x00", 2);
}

bool same_algorithm(const AlgorithmId& a, const AlgorithmId& b) {
  if (a.oid != b.oid) return false;
  return a.parameters == b.parameters || (has_no_parameters(a) && has_no_parameters(b));
}

std::optional<std::vector<Attribute>> read_attributes(Octets content) {
  std::vector<Attribute> out;
  der::Reader reader(content);
  while (!reader.at_end()) {
    const auto element = reader.next(der::kSequence);
    if (!element) return std::nullopt;
    der::Reader inner(element->content);
    const auto oid = inner.content(der::kOid);
    const auto values = inner.content(der::kSet);
    if (!oid || !values || !inner.at_end()) return std::nullopt;
    Attribute& attribute = out.emplace_back(Attribute{.oid = *oid, .values = {}, .whole = element->whole});
    der::Reader each(*values);
    while (!each.at_end()) {
      const auto value = each.next();
      if (!value) return std::nullopt;
      attribute.values.push_back(value->whole);
    }
  }
  return out;
}

std::optional<Octets> content_of(Octets blob) {
  const auto outer = der::whole_element(blob);
  if (!outer || outer->tag != der::kSequence) return std::nullopt;
  der::Reader reader(outer->content);
  if (!reader.next(der::kOid)) return std::nullopt;
  const auto content = reader.content(der::kContext0Constructed);
  return content && reader.at_end() ? content : std::nullopt;
}

Result<SignedData, Code> read_signed_data(Octets content, const Limits& limits) {
  return SignedDataReader(content, limits).read();
}

Result<CompressedData, Code> read_compressed_data(Octets content) {
  const auto malformed = [] { return unexpected(Code::compressed_malformed); };
  const auto sequence = der::whole_element(content);
  if (!sequence || sequence->tag != der::kSequence) return malformed();
  der::Reader reader(sequence->content);
  if (!reader.next(der::kInteger)) return malformed();
  const auto algorithm = next_algorithm(reader);
  const auto inner = reader.content(der::kSequence);
  Encapsulated found;
  if (!algorithm || algorithm->oid != kZlib || !inner || !reader.at_end() || !read_encapsulated(*inner, found))
    return malformed();
  if (found.type != kData || !found.has_content) return malformed();
  return CompressedData{std::move(found.segments)};
}

bool looks_like_signed_attributes(Octets octets) {
  const auto set = der::whole_element(octets);
  if (!set || set->tag != der::kSet) return false;
  const auto attributes = read_attributes(set->content);
  if (!attributes || attributes->size() < 2) return false;
  const auto has = [&](Octets oid) { return std::ranges::count(*attributes, oid, &Attribute::oid) > 0; };
  return has(kContentType) && has(kMessageDigest);
}

}  // namespace waxseal::smime::cms
