#include "base/text.h"
#include "cli/verify_report.h"

namespace waxseal::cli {

namespace {

Json names_of(const std::vector<smime::Code>& codes) {
  Json names = Json::array();
  for (smime::Code code : codes) names.push_back(smime::row(code).name);
  return names;
}

Json to_json(const SignerReport& signer) {
  const smime::CertificatePtr& certificate = signer.certificate;
  return {{"subject", certificate ? Json(certificate->subject_text()) : Json()},
          {"issuer", certificate ? Json(certificate->issuer_text()) : Json()},
          {"serial", certificate ? Json(hex(certificate->serial())) : Json()},
          {"sha256", certificate ? Json(certificate->id().hex()) : Json()},
          {"addresses", signer.address_list},
          {"digestAlgorithm", signer.digest_algorithm},
          {"signatureAlgorithm", signer.signature_algorithm},
          {"signingTime", signer.signing_time ? Json(format_utc_date(*signer.signing_time)) : Json()},
          {"codes", names_of(signer.codes)}};
}

Json to_json(const smime::Certificate& certificate) {
  return {{"subject", certificate.subject_text()},
          {"sha256", certificate.id().hex()},
          {"notBefore", format_utc_date(certificate.not_before())},
          {"notAfter", format_utc_date(certificate.not_after())}};
}

}  // namespace

Json to_json(const Report& report) {
  const auto token = smime::status_token(report.verdict.status);
  const auto texts = smime::error_texts(report.verdict);
  Json signers = Json::array(), chain = Json::array();
  for (const LayerReport& layer : report.layers)
    for (const SignerReport& signer : layer.signers) signers.push_back(to_json(signer));
  for (const smime::CertificatePtr& certificate : report.chain) chain.push_back(to_json(*certificate));
  return {{"file", report.file},
          {"smimeStatus", token ? Json(*token) : Json()},
          {"smimeErrors", texts ? Json(*texts) : Json()},
          {"codes", names_of(report.verdict.codes)},
          {"signers", signers},
          {"chain", chain},
          {"at", format_utc_date(report.at)},
          {"fromAddresses", report.from}};
}

}  // namespace waxseal::cli
