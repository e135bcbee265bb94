#include "jmapd/smime_details.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/header_forms.h"
#include "smime/names.h"

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

// CRLReason (RFC 5280 section 5.3.1); 7 is not used.
std::string reason_name(int reason) {
  static constexpr std::array<std::string_view, 11> kNames{
      "unspecified",     "keyCompromise", "cACompromise",  "affiliationChanged", "superseded",  "cessationOfOperation",
      "certificateHold", "unused",        "removeFromCRL", "privilegeWithdrawn", "aACompromise"};
  const auto index = static_cast<std::size_t>(reason);
  return std::string(index < kNames.size() ? kNames[index] : kNames[0]);
}

Json chain_of(const smime::UnitState* state, const SmimeBackground& background) {
  Json chain = Json::array();
  if (state == nullptr) return chain;
  for (const smime::CertId& id : state->path) {
    Json fields = certificate_fields(parsed(background.certificates, id), id);
    const auto revoked = background.revoked.find(id);
    const bool is_revoked = revoked != background.revoked.end();
    fields["revokedAt"] = is_revoked ? Json(format_utc_date(revoked->second.revoked_at)) : Json();
    fields["revocationReason"] = is_revoked ? Json(reason_name(revoked->second.reason)) : Json();
    chain.push_back(std::move(fields));
  }
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

// Times and issuer are null where the store has forgotten the list or answer.
Json evidence_list(const std::vector<smime::Evidence>& evidence, const store::EvidenceRows& rows) {
  Json list = Json::array();
  for (const smime::Evidence& each : evidence) {
    const bool ocsp = each.kind == smime::Evidence::Kind::kOcsp;
    Json one = {{"kind", ocsp ? "ocsp" : "crl"},
                {"sha256", each.id.hex()},
                {"issuer", nullptr},
                {"thisUpdate", nullptr},
                {"nextUpdate", nullptr}};
    if (const auto row = rows.find(each); row != rows.end()) {
      if (!row->second.issuer.empty()) one["issuer"] = json_text(smime::name_text(row->second.issuer));
      one["thisUpdate"] = format_utc_date(row->second.this_update);
      one["nextUpdate"] = nullable_date(row->second.next_update);
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json history_list(const std::vector<store::UnitPast>& history, const store::EvidenceRows& rows,
                  const std::string& language) {
  Json list = Json::array();
  for (const store::UnitPast& past : history) {
    Codes codes = past.codes;
    std::erase_if(codes, [](smime::Code code) { return smime::row(code).severity == smime::Severity::kInfo; });
    list.push_back({{"at", format_utc_date(past.at)},
                    {"errors", code_list(codes, language)},
                    {"evidence", evidence_list(past.evidence, rows)}});
  }
  return list;
}

// Everything that the answer names.
std::set<smime::Evidence> named_evidence(const store::SmimeRecord& record) {
  std::set<smime::Evidence> all(record.evidence_at_delivery.begin(), record.evidence_at_delivery.end());
  for (const auto& [id, state] : record.units) all.insert(state.evidence.begin(), state.evidence.end());
  for (const auto& [id, history] : record.history)
    for (const store::UnitPast& past : history) all.insert(past.evidence.begin(), past.evidence.end());
  return all;
}

bool says_revoked(smime::Code code) {
  return code == smime::Code::cert_revoked || code == smime::Code::cert_on_hold || code == smime::Code::issuer_revoked;
}

bool something_is_revoked(const store::SmimeRecord& record) {
  return std::any_of(record.units.begin(), record.units.end(), [](const auto& unit) {
    return std::any_of(unit.second.codes.begin(), unit.second.codes.end(), says_revoked);
  });
}

// Every certificate of the paths that has an issuer there.
std::vector<smime::RevocationQuestion> revocation_questions(const store::SmimeRecord& record,
                                                            const store::CertificateOctets& certificates) {
  smime::Policy policy;
  policy.revocation.indirect_crl = true;  // looked for in any case: the verdict may rest on one
  std::vector<smime::RevocationQuestion> questions;
  for (const auto& [id, state] : record.units) {
    std::vector<smime::CertificatePtr> path;
    for (const smime::CertId& certificate : state.path) path.push_back(parsed(certificates, certificate));
    if (std::find(path.begin(), path.end(), nullptr) != path.end()) continue;
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
      questions.push_back(smime::make_question(path[i], path[i + 1], path.back(), i, policy));
  }
  return questions;
}

struct Source {
  const store::SmimeRecord& record;
  const SmimeBackground& background;
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
    if (past != source.record.history.end())
      history = history_list(past->second, source.background.evidence, source.language);
    const auto checked = source.record.evaluated_at.find(id);
    if (checked != source.record.evaluated_at.end()) checked_at = format_utc_date(checked->second);
    out = certificate_fields(parsed(source.background.certificates, candidate->certificate), candidate->certificate);
    out["addresses"] = addresses_of(*candidate);
  }
  out["section"] = layer.section;
  out["isIntact"] = candidate != nullptr && candidate->verifies && layer.codes.empty() && signer.codes.empty();
  out["digestAlgorithm"] = signer.digest_algorithm;
  out["signatureAlgorithm"] = signer.signature_algorithm;
  out["signingTime"] = nullable_date(signer.signing_time);
  out["errors"] = code_list(together(signer, candidate, state), source.language);
  out["chain"] = chain_of(state, source.background);
  out["checkedAt"] = std::move(checked_at);
  out["evidence"] = state != nullptr ? evidence_list(state->evidence, source.background.evidence) : Json::array();
  out["history"] = std::move(history);
  return out;
}

}  // namespace

SmimeBackground read_smime_background(store::Snapshot& snapshot, const store::SmimeRecord& record,
                                      store::CertificateOctets brought) {
  SmimeBackground out{.certificates = store::get_certificates(snapshot, record), .evidence = {}, .revoked = {}};
  out.certificates.merge(brought);
  const std::set<smime::Evidence> wanted = named_evidence(record);
  const bool revoked = something_is_revoked(record);
  if (wanted.empty() && !revoked) return out;
  const auto questions = revocation_questions(record, out.certificates);
  if (!wanted.empty()) out.evidence = store::get_evidence(snapshot, questions, wanted);
  if (revoked) out.revoked = store::get_revoked(snapshot, questions);
  return out;
}

Json render_smime_details(const store::EmailRow& row, const store::SmimeRecord& record,
                          const SmimeBackground& background, const std::string& language) {
  const Source source{record, background, language};
  Json signers = Json::array();
  for (const smime::LayerFacts& layer : record.facts.layers)
    for (const smime::SignerFacts& signer : layer.signers) signers.push_back(signer_object(source, layer, signer));
  return {{"errors", code_list(row.visible_codes, language)},
          {"errorsAtDelivery", code_list(record.codes_at_delivery, language)},
          {"evidenceAtDelivery", evidence_list(record.evidence_at_delivery, background.evidence)},
          {"finalisedAt", nullable_date(record.finalised_at)},
          {"nextCheckAt", nullable_date(record.next_check_at)},
          {"signers", std::move(signers)}};
}

}  // namespace waxseal::jmapd
