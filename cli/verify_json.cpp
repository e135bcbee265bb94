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
          {"addresses", signer.addresses},
          {"algorithms",
           {{"digest", signer.digest_algorithm},
            {"signature", signer.signature_algorithm},
            {"key", certificate ? Json(smime::key_text(*certificate)) : Json()}}},
          {"signingTime", signer.signing_time ? Json(format_utc_date(*signer.signing_time)) : Json()},
          {"codes", names_of(signer.codes)}};
}

Json to_json(const smime::Certificate& certificate) {
  return {{"subject", certificate.subject_text()},
          {"issuer", certificate.issuer_text()},
          {"serial", hex(certificate.serial())},
          {"sha256", certificate.id().hex()},
          {"key", smime::key_text(certificate)},
          {"notBefore", format_utc_date(certificate.not_before())},
          {"notAfter", format_utc_date(certificate.not_after())}};
}

Json signers_of(const Report& report) {
  Json signers = Json::array();
  for (std::size_t i = 0; i < report.layers.size(); ++i)
    for (const SignerReport& signer : report.layers[i].signers) {
      Json one = to_json(signer);
      one["layer"] = i + 1;
      signers.push_back(std::move(one));
    }
  return signers;
}

}  // namespace

Json to_json(const Report& report, const View& view) {
  const auto token = smime::status_token(report.verdict.status);
  const auto texts = smime::error_texts(report.verdict, view.language);
  Json chain = Json::array();
  for (const smime::CertificatePtr& certificate : report.chain) chain.push_back(to_json(*certificate));
  Json json = {{"file", report.file}};
  if (report.number) json["message"] = *report.number;
  if (report.quoting) json["quoting"] = quoting_name(*report.quoting);
  json["smimeStatus"] = token ? Json(*token) : Json();
  json["smimeErrors"] = texts ? Json(*texts) : Json();
  json["codes"] = names_of(report.verdict.codes);
  json["signers"] = signers_of(report);
  json["chain"] = std::move(chain);
  json["at"] = format_utc_date(report.at);
  json["fromAddresses"] = report.from;
  return json;
}

}  // namespace waxseal::cli
