#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "cli/verify_report.h"

namespace waxseal::cli {

namespace {

// "  Label      text", the label only on the first line of its group.
void line(std::ostream& out, std::string_view label, const std::string& text) {
  out << "  " << label << std::string(label.size() < 11 ? 11 - label.size() : 1, ' ') << text << '\n';
}

std::string_view envelope_in_words(const Report& report) {
  if (report.envelope == smime::EnvelopeClass::kUnknown)
    return "signed, but not in a form that S/MIME verification covers (OpenPGP, for example)";
  if (report.envelope == smime::EnvelopeClass::kSigned) return "signed as a whole";
  if (report.errant) return "not signed as a whole: only parts of it are, and they say nothing about the message";
  return "not signed: there is nothing to verify";
}

std::string layer_in_words(const LayerReport& layer, std::size_t number, std::size_t count) {
  std::string text = layer.form == smime::LayerForm::kDetached ? "detached (multipart/signed)" : "opaque (signed-data)";
  if (!layer.section.empty()) text += ", part " + layer.section;
  if (count > 1) text += ", layer " + std::to_string(number + 1) + " of " + std::to_string(count);
  return layer.deciding && count > 1 ? text + ", decides" : text;
}

void explain_signer(std::ostream& out, const SignerReport& signer) {
  if (!signer.certificate) {
    line(out, "Signer", "unknown: the message does not carry the certificate");
  } else {
    line(out, "Signer", printable(signer.certificate->subject_text()));
    line(out, "", "addresses: " + (signer.addresses.empty() ? "none" : printable(signer.addresses)));
    line(out, "",
         "issued by " + printable(signer.certificate->issuer_text()) + ", serial " + hex(signer.certificate->serial()));
    line(out, "", "SHA-256 " + signer.certificate->id().hex());
  }
  line(out, "",
       printable(signer.signature_algorithm) + " over " + printable(signer.digest_algorithm) +
           (signer.signing_time ? ", signed at " + format_utc_date(*signer.signing_time) + " as the sender says"
                                : ", without a signing time"));
}

void explain_chain(std::ostream& out, const Report& report) {
  if (report.chain.empty()) {
    if (report.verdict.signer) line(out, "Chain", "none that leads to a trusted certificate");
    return;
  }
  for (std::size_t i = 0; i < report.chain.size(); ++i) {
    const smime::Certificate& certificate = *report.chain[i];
    line(out, i == 0 ? "Chain" : "", std::to_string(i + 1) + "  " + printable(certificate.subject_text()));
    line(out, "",
         "   valid " + format_utc_date(certificate.not_before()) + " to " + format_utc_date(certificate.not_after()) +
             (i + 1 == report.chain.size() ? ", trusted" : ""));
  }
}

void explain_problem(std::ostream& out, smime::Code code, bool fatal, bool colour) {
  const smime::CodeRow& row = smime::row(code);
  out << "  " << coloured(colour, fatal ? Colour::kBad : Colour::kBold, fatal ? "problem" : "warning") << "    "
      << row.text << " (" << row.name << ")\n";
  if (const std::string_view what = advice(code); !what.empty()) line(out, "", std::string(what));
}

}  // namespace

void explain(std::ostream& out, const Report& report, bool colour) {
  const auto token = smime::status_token(report.verdict.status);
  const Colour shade = report.verified() ? Colour::kGood : token ? Colour::kBad : Colour::kDim;
  out << printable(report.file) << ": " << coloured(colour, shade, token.value_or("not signed")) << '\n';
  line(out, "Message", std::string(envelope_in_words(report)));
  if (report.envelope != smime::EnvelopeClass::kSigned) return;
  std::string from;
  for (const std::string& address : report.from) from += (from.empty() ? "" : ", ") + printable(address);
  line(out, "From", from.empty() ? "no address that can be relied on" : from);
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    line(out, "Signature", layer_in_words(report.layers[i], i, report.layers.size()));
    for (const SignerReport& signer : report.layers[i].signers) explain_signer(out, signer);
  }
  explain_chain(out, report);
  line(out, "Evaluated", "at " + format_utc_date(report.at) + ", revocation not checked");
  for (smime::Code code : report.verdict.codes) {
    const auto& fatal = report.verdict.fatal;
    explain_problem(out, code, std::find(fatal.begin(), fatal.end(), code) != fatal.end(), colour);
  }
}

}  // namespace waxseal::cli
