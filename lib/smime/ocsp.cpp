// Evaluation of OCSP responses (REV-21..25) by our own walker: OpenSSL's OCSP_basic_verify() trusts more than REV-23.
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "smime/asn1_time.h"
#include "smime/extensions.h"
#include "smime/names.h"
#include "smime/ocsp_cert_id.h"

namespace waxseal::smime {

namespace {

constexpr Octets kBasicResponse{"\x2b\x06\x01\x05\x05\x07\x30\x01\x01", 9};
constexpr Octets kArchiveCutoff{"\x2b\x06\x01\x05\x05\x07\x30\x01\x06", 9};
constexpr std::size_t kMaxResponderCertificates = 8;

struct BasicResponse {
  Octets signed_octets, signature;
  cms::AlgorithmId algorithm;
  std::vector<Octets> certificates;
  der::Element responder;
  Time produced_at;
  Octets responses;
};

struct SingleResponse {
  Octets certificate_id;
  OcspStatus status = OcspStatus::kUnknown;
  Time revoked_at;
  int reason = kUnspecified;
  Time this_update;
  std::optional<Time> next_update, archive_cutoff;
};

std::optional<Time> next_time(der::Reader& reader) {
  const auto element = reader.next();
  return element ? read_time(*element) : std::nullopt;
}

std::optional<Time> explicit_time(Octets content) {
  const auto element = der::whole_element(content);
  return element ? read_time(*element) : std::nullopt;
}

// Extensions behind an explicit tag; an unknown critical one makes the response unusable.
bool read_extensions(Octets explicit_content, std::optional<Time>* archive_cutoff) {
  const auto sequence = der::whole_element(explicit_content);
  if (!sequence || sequence->tag != der::kSequence) return false;
  return for_each_extension(sequence->content, [&](Octets oid, bool critical, Octets value) {
    if (oid != kArchiveCutoff || archive_cutoff == nullptr) return !critical;
    *archive_cutoff = explicit_time(value);
    return archive_cutoff->has_value();
  });
}

bool read_data(Octets content, BasicResponse& out) {
  der::Reader reader(content);
  if (reader.next_is(der::kContext0Constructed) && !reader.next()) return false;  // version
  const auto responder = reader.next();
  const auto produced_at = next_time(reader);
  const auto responses = reader.content(der::kSequence);
  if (!responder || !produced_at || !responses) return false;
  out.responder = *responder;
  out.produced_at = *produced_at;
  out.responses = *responses;
  if (reader.at_end()) return true;
  const auto extensions = reader.content(der::kContext1Constructed);
  return extensions && reader.at_end() && read_extensions(*extensions, nullptr);
}

bool read_certificates(Octets explicit_content, BasicResponse& out) {
  const auto sequence = der::whole_element(explicit_content);
  if (!sequence || sequence->tag != der::kSequence) return false;
  der::Reader reader(sequence->content);
  while (!reader.at_end()) {
    const auto certificate = reader.next(der::kSequence);
    if (!certificate || out.certificates.size() == kMaxResponderCertificates) return false;
    out.certificates.push_back(certificate->whole);
  }
  return true;
}

bool read_basic(Octets octets, BasicResponse& out) {
  const auto outer = der::whole_element(octets);
  if (!outer || outer->tag != der::kSequence) return false;
  der::Reader reader(outer->content);
  const auto data = reader.next(der::kSequence);
  const auto algorithm = reader.content(der::kSequence);
  const auto signature = reader.content(der::kBitString);
  const auto read = algorithm ? cms::read_algorithm(*algorithm) : std::nullopt;
  if (!data || !read || !signature || signature->empty() || (*signature)[0] != 0) return false;
  out.signed_octets = data->whole;
  out.algorithm = *read;
  out.signature = signature->substr(1);
  if (!reader.at_end()) {
    const auto certificates = reader.content(der::kContext0Constructed);
    if (!certificates || !reader.at_end() || !read_certificates(*certificates, out)) return false;
  }
  return read_data(data->content, out);
}

bool read_revoked(Octets content, SingleResponse& out) {
  der::Reader reader(content);
  const auto revoked_at = next_time(reader);
  if (!revoked_at) return false;
  out.status = OcspStatus::kRevoked;
  out.revoked_at = *revoked_at;
  if (reader.at_end()) return true;
  const auto wrapped = reader.content(der::kContext0Constructed);
  const auto reason = wrapped ? der::whole_element(*wrapped) : std::nullopt;
  if (!reason || reason->tag != der::kEnumerated || reason->content.size() != 1 || !reader.at_end()) return false;
  out.reason = static_cast<unsigned char>(reason->content[0]);
  return out.reason <= kAaCompromise;
}

bool read_status(der::Reader& reader, SingleResponse& out) {
  const auto status = reader.next();
  if (!status) return false;
  switch (status->tag) {
    case der::kContext0:
      out.status = OcspStatus::kGood;
      return true;
    case der::kContext1Constructed:
      return read_revoked(status->content, out);
    case der::kContext2:
      out.status = OcspStatus::kUnknown;
      return true;
    default:
      return false;
  }
}

bool read_single(Octets content, SingleResponse& out) {
  der::Reader reader(content);
  const auto id = reader.content(der::kSequence);
  if (!id || !read_status(reader, out)) return false;
  out.certificate_id = *id;
  const auto this_update = next_time(reader);
  if (!this_update) return false;
  out.this_update = *this_update;
  if (reader.next_is(der::kContext0Constructed)) {
    const auto wrapped = reader.content(der::kContext0Constructed);
    out.next_update = wrapped ? explicit_time(*wrapped) : std::nullopt;
    if (!out.next_update) return false;
  }
  if (reader.at_end()) return true;
  const auto extensions = reader.content(der::kContext1Constructed);
  return extensions && reader.at_end() && read_extensions(*extensions, &out.archive_cutoff);
}

// REV-22: recomputed, with whatever digest the responder chose.
bool is_about(Octets certificate_id, const RevocationQuestion& question) {
  der::Reader reader(certificate_id);
  const auto algorithm = reader.content(der::kSequence);
  const auto name_hash = reader.content(der::kOctetString);
  const auto key_hash = reader.content(der::kOctetString);
  const auto serial = reader.content(der::kInteger);
  const auto read = algorithm ? cms::read_algorithm(*algorithm) : std::nullopt;
  if (!read || !name_hash || !key_hash || !serial || !reader.at_end()) return false;
  const Digest digest = digest_of(*read);
  return digest != Digest::kUnsupported && *serial == question.certificate->serial() &&
         *name_hash == digest_octets(digest, question.certificate->issuer_der()) &&
         *key_hash == digest_octets(digest, public_key_bits(*question.issuer));
}

// --- signer (REV-23) ---

bool is_named_responder(const BasicResponse& response, const Certificate& certificate) {
  const auto inner = der::whole_element(response.responder.content);
  if (!inner) return false;
  if (response.responder.tag == der::kContext1Constructed) return same_name(inner->whole, certificate.subject_der());
  return response.responder.tag == der::kContext2Constructed && inner->tag == der::kOctetString &&
         inner->content == digest_octets(Digest::kSha1, public_key_bits(certificate));
}

bool signature_is_right(const BasicResponse& response, const Certificate& signer, const Policy& policy) {
  return verify_evidence(signer, response.algorithm, response.signed_octets, response.signature, policy);
}

bool was_issued_by(const Certificate& delegate, const Certificate& issuer) {
  const bool issued = issuer.key() != nullptr && X509_check_issued(issuer.x509(), delegate.x509()) == X509_V_OK &&
                      X509_verify(delegate.x509(), issuer.key()) == 1;
  ERR_clear_error();
  return issued;
}

bool has_no_check(const Certificate& delegate) {
  return X509_get_ext_by_NID(delegate.x509(), NID_id_pkix_OCSP_noCheck, -1) >= 0;
}

bool is_not_revoked(const CertificatePtr& delegate, const RevocationQuestion& question, const Policy& policy, Time now,
                    RevocationSource* source) {
  if (has_no_check(*delegate)) return true;
  const RevocationQuestion about_delegate = make_question(delegate, question.issuer, question.anchor, 1, policy);
  const auto evidence = source == nullptr ? std::vector<CertificateEvidence>(1) : source->find({about_delegate}, now);
  const RevocationState state = evaluate_revocation(about_delegate, evidence[0], policy, now, Epoch::kNow).state;
  return state == RevocationState::kGood || state == RevocationState::kNoPointer;
}

bool may_answer(const CertificatePtr& delegate, const BasicResponse& response, const RevocationQuestion& question,
                const Policy& policy, Time now, RevocationSource* source) {
  const std::uint32_t flags = X509_get_extension_flags(delegate->x509());
  const std::uint32_t usage = X509_get_extended_key_usage(delegate->x509());
  const bool for_ocsp = (flags & EXFLAG_XKUSAGE) != 0 && (usage & XKU_OCSP_SIGN) != 0;
  const bool signs = (X509_get_key_usage(delegate->x509()) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
  const bool valid = delegate->not_before() <= response.produced_at && response.produced_at <= delegate->not_after();
  const bool sound = (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
  return for_ocsp && signs && valid && sound && was_issued_by(*delegate, *question.issuer) &&
         is_not_revoked(delegate, question, policy, now, source);
}

bool is_signed_by_the_right_one(const BasicResponse& response, const RevocationQuestion& question, const Policy& policy,
                                Time now, RevocationSource* source) {
  if (is_named_responder(response, *question.issuer) && signature_is_right(response, *question.issuer, policy))
    return true;
  return std::ranges::any_of(response.certificates, [&](Octets der) {
    const CertificatePtr delegate = Certificate::parse(der);
    return delegate && is_named_responder(response, *delegate) && signature_is_right(response, *delegate, policy) &&
           may_answer(delegate, response, question, policy, now, source);
  });
}

// --- the answer ---

bool is_current(const SingleResponse& single, Time now) {  // REV-24
  const Time ends = single.next_update.value_or(single.this_update + kOcspWithoutNextUpdate);
  return single.this_update <= now + kRevocationSkew && now < ends && now - single.this_update <= kOcspMaxAge;
}

OcspAnswer answer_of(const SingleResponse& single, const RevocationQuestion& question, const Sha256& id) {
  OcspAnswer answer;
  answer.id = id;
  answer.authority = question.authority();
  answer.serial = question.certificate->serial();
  answer.status = single.status;
  answer.this_update = single.this_update;
  answer.next_update = single.next_update;
  answer.archive_cutoff = single.archive_cutoff;
  if (single.status == OcspStatus::kRevoked)
    answer.entry = LedgerEntry{.revoked_at = single.revoked_at,
                               .reason = single.reason,
                               .invalidity_date = std::nullopt,
                               .released_at = std::nullopt,
                               .source = {Evidence::Kind::kOcsp, id}};
  return answer;
}

// responseBytes of a successful response; a responder error is not a damaged response (REV-21).
Result<Octets, Code> basic_octets(Octets response) {
  const auto outer = der::whole_element(response);
  if (!outer || outer->tag != der::kSequence || response.size() > kMaxOcspOctets) return unexpected(Code::ocsp_invalid);
  der::Reader reader(outer->content);
  const auto status = reader.content(der::kEnumerated);
  if (!status || status->size() != 1) return unexpected(Code::ocsp_invalid);
  if ((*status)[0] != 0) return unexpected(Code::ocsp_unavailable);
  const auto wrapped = reader.content(der::kContext0Constructed);
  const auto octets = wrapped ? der::whole_element(*wrapped) : std::nullopt;
  if (!octets || octets->tag != der::kSequence || !reader.at_end()) return unexpected(Code::ocsp_invalid);
  der::Reader fields(octets->content);
  const auto type = fields.content(der::kOid);
  const auto basic = fields.content(der::kOctetString);
  if (type != kBasicResponse || !basic || !fields.at_end()) return unexpected(Code::ocsp_invalid);
  return *basic;
}

}  // namespace

Result<OcspAnswer, Code> accept_ocsp(Octets response, const RevocationQuestion& question, const Policy& policy,
                                     Time now, RevocationSource* source) {
  const auto octets = basic_octets(response);
  if (!octets) return unexpected(Code(octets.error()));
  BasicResponse basic;
  if (!read_basic(*octets, basic)) return unexpected(Code::ocsp_invalid);
  der::Reader reader(basic.responses);
  while (!reader.at_end()) {
    const auto content = reader.content(der::kSequence);
    SingleResponse single;
    if (!content || !read_single(*content, single)) return unexpected(Code::ocsp_invalid);
    if (!is_about(single.certificate_id, question)) continue;
    const bool good = is_current(single, now) && basic.produced_at <= now + kRevocationSkew &&
                      is_signed_by_the_right_one(basic, question, policy, now, source);
    if (!good) return unexpected(Code::ocsp_invalid);
    return answer_of(single, question, sha256(response));
  }
  return unexpected(Code::ocsp_invalid);
}

}  // namespace waxseal::smime
