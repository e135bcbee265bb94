#include "jmapd/smime_details.h"

#include "base/text.h"
#include "jmapd/header_forms.h"

namespace waxseal::jmapd {

namespace {

using Codes = std::vector<smime::Code>;

// Parsing a certificate costs more than all the rest: known ones are remembered for the whole process.
smime::CertificatePtr parsed(const store::CertificateOctets& certificates, const smime::CertId& id) {
  static smime::CertificateCache cache;
  if (smime::CertificatePtr known = cache.find(id)) return known;
  const auto der = certificates.find(id);
  return der == certificates.end() ? nullptr : cache.get(der->second);
}

Json nullable_date(const std::optional<Time>& time) {
  return time ? Json(format_utc_date(*time)) : Json(nullptr);
}

Json code_list(const Codes& codes, const std::string& language) {
  Json list = Json::array();
  for (const smime::Code code : codes) {
    const auto texts = smime::error_texts(smime::Status::kFailed, {code}, language);
    list.push_back(
        {{"code", smime::row(code).name}, {"text", texts && !texts->empty() ? Json(texts->front()) : Json()}});
  }
  return list;
}

// null where the certificate is not known: the message names it and does not bring it.
Json certificate_fields(const smime::CertificatePtr& certificate, const smime::CertId& id) {
  Json out = {{"sha256", id.hex()}, {"subject", nullptr},   {"issuer", nullptr},
              {"serial", nullptr},  {"notBefore", nullptr}, {"notAfter", nullptr}};
  if (!certificate) return out;
  out["subject"] = json_text(certificate->subject_text());
  out["issuer"] = json_text(certificate->issuer_text());
  out["serial"] = hex(certificate->serial());
  out["notBefore"] = format_utc_date(certificate->not_before());
  out["notAfter"] = format_utc_date(certificate->not_after());
  return out;
}

Json chain_of(const smime::UnitState* state, const store::CertificateOctets& certificates) {
  Json chain = Json::array();
  if (state == nullptr) return chain;
  for (const smime::CertId& id : state->path) chain.push_back(certificate_fields(parsed(certificates, id), id));
  return chain;
}

Codes together(const smime::SignerFacts& signer, const smime::Candidate* candidate, const smime::UnitState* state) {
  Codes codes = signer.codes;
  if (candidate != nullptr) codes.insert(codes.end(), candidate->codes.begin(), candidate->codes.end());
  if (state != nullptr) codes.insert(codes.end(), state->codes.begin(), state->codes.end());
  std::erase_if(codes, [](smime::Code code) { return smime::row(code).severity == smime::Severity::kInfo; });
  smime::sort_codes(codes);
  return codes;
}

Json addresses_of(const smime::Candidate& candidate) {
  Json list = Json::array();
  for (const smime::CertAddress& address : candidate.addresses) list.push_back(json_text(address.address()));
  return list;
}

Json evidence_list(const std::vector<smime::Evidence>& evidence) {
  Json list = Json::array();
  for (const smime::Evidence& one : evidence) {
    list.push_back({{"kind", one.kind == smime::Evidence::Kind::kCrl ? "crl" : "ocsp"}, {"sha256", one.id.hex()}});
  }
  return list;
}

Json history_list(const std::vector<store::UnitPast>& history, const std::string& language) {
  Json list = Json::array();
  for (const store::UnitPast& past : history) {
    Codes codes = past.codes;
    std::erase_if(codes, [](smime::Code code) { return smime::row(code).severity == smime::Severity::kInfo; });
    list.push_back({{"at", format_utc_date(past.at)},
                    {"errors", code_list(codes, language)},
                    {"evidence", evidence_list(past.evidence)}});
  }
  return list;
}

struct Source {
  const store::SmimeRecord& record;
  const store::CertificateOctets& certificates;
  const std::string& language;
};

Json signer_object(const Source& source, const smime::LayerFacts& layer, const smime::SignerFacts& signer) {
  const smime::Candidate* const candidate = signer.candidates.empty() ? nullptr : &signer.candidates.front();
  const smime::UnitState* state = nullptr;
  Json out = {{"subject", nullptr}, {"sha256", nullptr}, {"addresses", Json::array()}};
  Json history = Json::array(), checked_at;
  if (candidate != nullptr) {
    const smime::UnitId id = candidate->unit.id();
    const auto unit = source.record.units.find(id);
    if (unit != source.record.units.end()) state = &unit->second;
    const auto past = source.record.history.find(id);
    if (past != source.record.history.end()) history = history_list(past->second, source.language);
    const auto checked = source.record.evaluated_at.find(id);
    if (checked != source.record.evaluated_at.end()) checked_at = format_utc_date(checked->second);
    out = certificate_fields(parsed(source.certificates, candidate->certificate), candidate->certificate);
    out["addresses"] = addresses_of(*candidate);
  }
  out["section"] = layer.section;
  out["isIntact"] = candidate != nullptr && candidate->verifies && layer.codes.empty() && signer.codes.empty();
  out["digestAlgorithm"] = signer.digest_algorithm;
  out["signatureAlgorithm"] = signer.signature_algorithm;
  out["signingTime"] = nullable_date(signer.signing_time);
  out["errors"] = code_list(together(signer, candidate, state), source.language);
  out["chain"] = chain_of(state, source.certificates);
  out["checkedAt"] = std::move(checked_at);
  out["evidence"] = state != nullptr ? evidence_list(state->evidence) : Json::array();
  out["history"] = std::move(history);
  return out;
}

}  // namespace

Json render_smime_details(const store::EmailRow& row, const store::SmimeRecord& record,
                          const store::CertificateOctets& certificates, const std::string& language) {
  const Source source{record, certificates, language};
  Json signers = Json::array();
  for (const smime::LayerFacts& layer : record.facts.layers)
    for (const smime::SignerFacts& signer : layer.signers) signers.push_back(signer_object(source, layer, signer));
  return {{"errors", code_list(row.visible_codes, language)},
          {"errorsAtDelivery", code_list(record.codes_at_delivery, language)},
          {"evidenceAtDelivery", evidence_list(record.evidence_at_delivery)},
          {"finalisedAt", nullable_date(record.finalised_at)},
          {"nextCheckAt", nullable_date(record.next_check_at)},
          {"signers", std::move(signers)}};
}

}  // namespace waxseal::jmapd
