#include "smime/crl.h"

#include <algorithm>

#include "base/text.h"
#include "smime/asn1_time.h"
#include "smime/der.h"
#include "smime/extensions.h"
#include "smime/revocation_pointers.h"

namespace waxseal::smime {

namespace {

#define CE(last) Octets("\x55\x1d" last, 3)  // id-ce
constexpr Octets kIssuerAltName = CE("\x12"), kCrlNumber = CE("\x14"), kReasonCode = CE("\x15"),
                 kHoldInstruction = CE("\x17"), kInvalidityDate = CE("\x18"), kDeltaIndicator = CE("\x1b"),
                 kIssuingPoint = CE("\x1c"), kCertificateIssuer = CE("\x1d"), kAuthorityKey = CE("\x23"),
                 kFreshest = CE("\x2e"), kExpiredCerts = CE("\x3c");
#undef CE

// PEM around the DER is tolerated (NET-08).
std::string decode(Octets octets) {
  constexpr Octets kBegin = "-----BEGIN X509 CRL-----", kEnd = "-----END X509 CRL-----";
  const std::size_t begin = octets.substr(0, 4096).find(kBegin);
  if (begin == octets.npos) return std::string(octets);
  const std::size_t from = begin + kBegin.size();
  const std::size_t end = octets.find(kEnd, from);
  if (end == octets.npos) return {};
  std::string text;
  for (const char c : octets.substr(from, end - from))
    if (c != '\r' && c != '\n' && c != ' ' && c != '\t') text += c;
  return unbase64(text).value_or("");
}

std::optional<std::string> read_number(Octets value) {
  const auto element = der::whole_element(value);
  if (!element || element->tag != der::kInteger || element->content.empty()) return std::nullopt;
  if ((element->content[0] & 0x80) != 0) return std::nullopt;  // 5280 section 5.2.3: not negative
  std::string number(element->content);
  number.erase(0, std::min(number.find_first_not_of('\0'), number.size() - 1));
  return number.size() <= kMaxCrlNumberOctets ? std::optional(std::move(number)) : std::nullopt;
}

// The keyIdentifier of an authorityKeyIdentifier.
Octets key_identifier(Octets value) {
  const auto sequence = der::whole_element(value);
  if (!sequence) return {};
  der::Reader reader(sequence->content);
  return reader.content(der::kContext0).value_or(Octets{});
}

std::optional<Octets> certificate_issuer(Octets value) {
  const auto names = der::whole_element(value);
  if (!names || names->tag != der::kSequence) return std::nullopt;
  der::Reader reader(names->content);
  while (!reader.at_end()) {
    const auto name = reader.next();
    if (!name) return std::nullopt;
    if (name->tag == der::kContext4Constructed) return name->content;
  }
  return std::nullopt;
}

bool read_entry_extension(Octets oid, bool critical, Octets value, CrlEntry& entry) {
  const auto element = der::whole_element(value);
  if (!element) return false;
  if (oid == kReasonCode) {
    if (element->tag != der::kEnumerated || element->content.size() != 1) return false;
    entry.reason = static_cast<unsigned char>(element->content[0]);
    return entry.reason <= kAaCompromise;
  }
  if (oid == kInvalidityDate) {
    entry.invalidity_date = read_time(*element);
    return entry.invalidity_date.has_value();
  }
  if (oid == kCertificateIssuer) {
    const auto issuer = certificate_issuer(value);
    if (issuer) entry.certificate_issuer = *issuer;
    return issuer.has_value();
  }
  return !critical || oid == kHoldInstruction;  // 5280 section 5.3: an unknown critical one makes the list unusable
}

// One entry; `issuer` is inherited from the entry before and handed on (5280 section 5.3.3).
bool read_entry(Octets content, Octets& issuer, CrlEntry& entry) {
  der::Reader reader(content);
  const auto serial = reader.content(der::kInteger);
  const auto date = reader.next();
  const auto revoked_at = date ? read_time(*date) : std::nullopt;
  if (!serial || serial->empty() || !revoked_at) return false;
  entry = {.serial = *serial, .revoked_at = *revoked_at};
  entry.certificate_issuer = issuer;
  if (!reader.at_end()) {
    const auto extensions = reader.content(der::kSequence);
    if (!extensions || !reader.at_end()) return false;
    const bool read = for_each_extension(*extensions, [&](Octets oid, bool critical, Octets value) {
      return read_entry_extension(oid, critical, value, entry);
    });
    if (!read) return false;
  }
  issuer = entry.certificate_issuer;
  return true;
}

// BOOLEAN DEFAULT FALSE under an implicit tag.
bool read_flag(der::Reader& reader, unsigned char tag, bool& flag) {
  if (!reader.next_is(tag)) return true;
  const auto value = reader.content(tag);
  if (!value || value->size() != 1) return false;
  flag = (*value)[0] != 0;
  return true;
}

}  // namespace

bool number_less(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Result<std::shared_ptr<const Crl>, Code> Crl::parse(Octets der_or_pem, std::size_t limit) {
  // PEM is a third larger than what it holds.
  if (der_or_pem.size() > limit + limit / 2) return unexpected(Code::crl_too_large);
  std::shared_ptr<Crl> crl(new Crl);
  crl->der_ = decode(der_or_pem);
  if (crl->der_.size() > limit) return unexpected(Code::crl_too_large);
  if (!crl->read()) return unexpected(Code::crl_invalid);
  return std::shared_ptr<const Crl>(std::move(crl));
}

bool Crl::read() {
  const auto outer = der::whole_element(der_);
  if (!outer || outer->tag != der::kSequence || !der::has_der_lengths(der_)) return false;
  der::Reader reader(outer->content);
  const auto list = reader.next(der::kSequence);
  const auto algorithm = reader.content(der::kSequence);
  const auto signature = reader.content(der::kBitString);
  if (!list || !algorithm || !signature || !reader.at_end() || signature->empty() || (*signature)[0] != 0) return false;
  const auto read = cms::read_algorithm(*algorithm);
  if (!read) return false;
  signed_ = list->whole;
  algorithm_ = *read;
  signature_ = signature->substr(1);
  id_ = sha256(der_);
  return read_list(list->content) && check_entries();
}

bool Crl::read_list(Octets content) {
  der::Reader reader(content);
  if (reader.next_is(der::kInteger) && reader.content(der::kInteger) != Octets("\x01", 1)) return false;  // v2
  const auto algorithm = reader.content(der::kSequence);
  const auto inner = algorithm ? cms::read_algorithm(*algorithm) : std::nullopt;
  // 5280 section 5.1.2.2: the same as outside, where nothing is signed.
  if (!inner || inner->oid != algorithm_.oid || inner->parameters != algorithm_.parameters) return false;
  const auto issuer = reader.next(der::kSequence);
  const auto this_update = reader.next();
  const auto time = this_update ? read_time(*this_update) : std::nullopt;
  if (!issuer || issuer->content.empty() || !time) return false;
  issuer_ = issuer->whole;
  this_update_ = *time;
  if (reader.next_is(der::kUtcTime) || reader.next_is(der::kGeneralizedTime)) {
    next_update_ = read_time(*reader.next());
    if (!next_update_) return false;
  }
  if (reader.next_is(der::kSequence)) {
    const auto entries = reader.content(der::kSequence);
    if (!entries) return false;
    entries_ = *entries;
  }
  if (reader.next_is(der::kContext0Constructed)) {
    const auto wrapped = reader.content(der::kContext0Constructed);
    const auto extensions = wrapped ? der::whole_element(*wrapped) : std::nullopt;
    if (!extensions || extensions->tag != der::kSequence || !read_extensions(extensions->content)) return false;
  }
  return reader.at_end();
}

bool Crl::read_extensions(Octets content) {
  return for_each_extension(
      content, [this](Octets oid, bool critical, Octets value) { return read_extension(oid, critical, value); });
}

bool Crl::read_extension(Octets oid, bool critical, Octets value) {
  if (oid == kCrlNumber || oid == kDeltaIndicator) {
    auto number = read_number(value);
    if (!number) return false;
    if (oid == kDeltaIndicator) {
      base_number_ = std::move(*number);
    } else {
      number_ = std::move(*number);
    }
    return true;
  }
  if (oid == kIssuingPoint) return read_issuing_distribution_point(value);
  if (oid == kAuthorityKey) {
    authority_key_identifier_ = key_identifier(value);
    return true;
  }
  if (oid == kExpiredCerts) {
    const auto element = der::whole_element(value);
    if (element) expired_certs_since_ = read_time(*element);
    return expired_certs_since_.has_value();
  }
  return !critical || oid == kIssuerAltName || oid == kFreshest;  // 5280 section 5.2: MUST NOT use
}

bool Crl::read_issuing_distribution_point(Octets value) {
  const auto scope = read_scope(value, issuer_);
  if (!scope) return false;
  scope_octets_ = value;
  scope_ = *scope;
  return true;
}

std::optional<CrlScope> read_scope(Octets value, Octets issuer) {
  const auto sequence = der::whole_element(value);
  if (!sequence || sequence->tag != der::kSequence) return std::nullopt;
  CrlScope scope;
  der::Reader reader(sequence->content);
  if (reader.next_is(der::kContext0Constructed)) {
    const auto name = reader.content(der::kContext0Constructed);
    if (!name || !read_point_name(*name, issuer, scope.names)) return std::nullopt;
  }
  const bool kinds =
      read_flag(reader, der::kContext1, scope.only_user) && read_flag(reader, der::kContext2, scope.only_ca);
  if (!kinds) return std::nullopt;
  if (reader.next_is(der::kContext3)) {
    const auto reasons = reader.content(der::kContext3);
    if (!reasons) return std::nullopt;
    scope.reasons = read_reasons(*reasons);
  }
  const bool rest =
      read_flag(reader, der::kContext4, scope.indirect) && read_flag(reader, der::kContext5, scope.only_attribute);
  if (!rest || !reader.at_end()) return std::nullopt;
  // 5280 section 5.2.5: at most one of them.
  if (scope.only_user + scope.only_ca + scope.only_attribute > 1) return std::nullopt;
  return scope;
}

bool Crl::check_entries() {
  der::Reader reader(entries_);
  Octets issuer;
  for (CrlEntry entry; !reader.at_end(); ++size_) {
    const auto content = reader.content(der::kSequence);
    if (!content || !read_entry(*content, issuer, entry)) return false;
    // Only an indirect list may speak of another issuer's certificates (5280 section 5.3.3).
    if (!entry.certificate_issuer.empty() && !scope_.indirect) return false;
    if (entry.reason == kRemoveFromCrl && !base_number_) return false;  // section 5.3.1: in deltas alone
  }
  return true;
}

void Crl::for_each(const std::function<void(const CrlEntry&)>& visit) const {
  der::Reader reader(entries_);
  Octets issuer;
  CrlEntry entry;
  while (!reader.at_end() && read_entry(*reader.content(der::kSequence), issuer, entry)) visit(entry);
}

}  // namespace waxseal::smime
