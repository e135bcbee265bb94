#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "cli/verify_report.h"

namespace waxseal::cli {

namespace {

constexpr std::size_t kLabelWidth = 13;

// "  Label      text", the label only on the first line of its group.
void line(std::ostream& out, std::string_view label, const std::string& text) {
  out << "  " << label << std::string(label.size() < kLabelWidth ? kLabelWidth - label.size() : 1, ' ') << text << '\n';
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + printable(text);
  return out;
}

std::string_view envelope_in_words(const Report& report) {
  if (report.envelope == smime::EnvelopeClass::kUnknown)
    return "S/MIME or OpenPGP in a form that holds no signature for S/MIME verification";
  if (report.envelope == smime::EnvelopeClass::kSigned) return "signed as a whole";
  if (report.errant) return "not signed as a whole: only parts of it are, and they say nothing about the message";
  return "not signed: there is nothing to verify";
}

std::string quoting_in_words(Quoting quoting) {
  if (quoting == Quoting::kNone) return "read as it is stored";
  return "lines \">From \" read without the \">\" of an mbox (" + std::string(quoting_name(quoting)) + ")";
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
    const smime::Certificate& certificate = *signer.certificate;
    line(out, "Signer", printable(certificate.subject_text()));
    line(out, "", "addresses: " + (signer.addresses.empty() ? "none" : joined(signer.addresses)));
    line(out, "", "issued by " + printable(certificate.issuer_text()) + ", serial " + hex(certificate.serial()));
    line(out, "", "SHA-256 " + certificate.id().hex());
  }
  const std::string key = signer.certificate ? " with " + smime::key_text(*signer.certificate) : "";
  line(out, "",
       printable(signer.signature_algorithm) + key + " over " + printable(signer.digest_algorithm) +
           (signer.signing_time ? ", signed at " + format_utc_date(*signer.signing_time) + " as the sender says"
                                : ", without a signing time"));
  std::vector<std::string> names;
  for (const smime::Code code : signer.codes) names.emplace_back(smime::row(code).name);
  if (!names.empty()) line(out, "", "codes: " + joined(names));
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
         "   " + smime::key_text(certificate) + ", valid " + format_utc_date(certificate.not_before()) + " to " +
             format_utc_date(certificate.not_after()) + (i + 1 == report.chain.size() ? ", trusted" : ""));
  }
}

std::string text_of(smime::Code code, const View& view) {
  const auto texts = smime::error_texts(smime::Status::kFailed, {code}, view.language);
  return (texts && !texts->empty() ? texts->front() : std::string(smime::row(code).text)) + " (" +
         std::string(smime::row(code).name) + ")";
}

struct Word {
  std::string_view text;
  Colour colour;
};
Word word_of(CheckResult result) {
  switch (result) {
    case CheckResult::kPassed:
      return {"passed", Colour::kGood};
    case CheckResult::kWarned:
      return {"warning", Colour::kBold};
    case CheckResult::kFailed:
      return {"FAILED", Colour::kBad};
    case CheckResult::kNotDone:
      return {"-", Colour::kDim};
  }
  return {"-", Colour::kDim};
}

void explain_checks(std::ostream& out, const Report& report, const View& view) {
  std::string_view label = "Checks";
  for (const Check& check : checks_of(report)) {
    const Word word = word_of(check.result);
    std::string row(check.name);
    row += std::string(kLabelWidth - row.size(), ' ') + coloured(view.colour, word.colour, word.text);
    row += std::string(9 - word.text.size(), ' ');
    const std::string indent(kLabelWidth + 9, ' ');
    if (check.codes.empty()) line(out, std::exchange(label, ""), row + check.remark);
    for (std::size_t i = 0; i < check.codes.size(); ++i)
      line(out, std::exchange(label, ""), (i == 0 ? row : indent) + text_of(check.codes[i], view));
  }
}

void explain_next(std::ostream& out, const Report& report) {
  std::vector<std::string_view> said;
  for (const smime::Code code : report.verdict.codes) {
    const std::string_view what = advice(code);
    if (what.empty() || std::find(said.begin(), said.end(), what) != said.end()) continue;
    line(out, said.empty() ? "Next" : "", std::string(what));
    said.push_back(what);
  }
}

}  // namespace

void explain(std::ostream& out, const Report& report, const View& view) {
  const auto token = smime::status_token(report.verdict.status);
  const Colour shade = report.verified() ? Colour::kGood : token ? Colour::kBad : Colour::kDim;
  out << printable(report.file) << (report.number ? ", message " + std::to_string(*report.number) : "") << ": "
      << coloured(view.colour, shade, token.value_or("not signed")) << '\n';
  line(out, "Message", std::string(envelope_in_words(report)));
  if (report.quoting) line(out, "", quoting_in_words(*report.quoting));
  if (report.envelope != smime::EnvelopeClass::kSigned) return;
  line(out, "From", report.from.empty() ? "no address that can be relied on" : joined(report.from));
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    line(out, "Signature", layer_in_words(report.layers[i], i, report.layers.size()));
    for (const SignerReport& signer : report.layers[i].signers) explain_signer(out, signer);
  }
  explain_chain(out, report);
  line(out, "Evaluated", "at " + format_utc_date(report.at));
  explain_checks(out, report, view);
  explain_next(out, report);
}

}  // namespace waxseal::cli
