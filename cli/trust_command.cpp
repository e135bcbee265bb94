// waxseal trust add | remove | distrust | list.

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>

#include "base/text.h"
#include "cli/certificate_files.h"
#include "cli/command.h"
#include "cli/output.h"
#include "store/trust_anchors.h"

namespace waxseal::cli {

namespace {

constexpr const char* kNext =
    "waxseal-reverifyd applies it to stored mail within seconds; `waxseal reverify` does it now\n";
constexpr std::size_t kShortestPrefix = 8;  // hexadecimal digits that name an anchor

struct Options {
  std::vector<std::string> files;
  std::string label;
  std::string sha256;
  bool history = false;
  bool json = false;
};

int add(Context& context, const Options& options) {
  std::vector<std::pair<smime::CertificatePtr, std::string>> anchors;  // all files are read before any is believed
  for (const std::string& file : options.files)
    for (smime::CertificatePtr& certificate : certificates_of(file))
      anchors.emplace_back(std::move(certificate),
                           options.label.empty() ? std::filesystem::path(file).filename().string() : options.label);
  for (const auto& [certificate, label] : anchors) {
    const bool added = store::add_anchor(context.database(), certificate, label, context.now());
    context.out << (added ? "trusted  " : "already  ") << certificate->id().hex() << "  "
                << printable(certificate->subject_text()) << '\n';
    if (certificate->not_after() < context.now())
      context.err << "warning: it expired on " << format_utc_date(certificate->not_after()) << '\n';
  }
  context.err << kNext;
  return kDone;
}

enum class Among { kTrusted, kEverTrusted };

// "AB:CD:..." or "abcd...", whole or the beginning of one.
store::AnchorRow find_anchor(Context& context, const std::string& written, Among among) {
  std::string digits = ascii_lower(written);
  std::erase(digits, ':');
  if (digits.size() < kShortestPrefix)
    throw Failure(kUsage, "give at least " + std::to_string(kShortestPrefix) + " digits of the SHA-256");
  std::map<smime::CertId, store::AnchorRow> found;
  for (const store::AnchorRow& row : store::list_anchors(context.database(), among == Among::kEverTrusted))
    if (row.certificate->id().hex().starts_with(digits)) found.insert_or_assign(row.certificate->id(), row);
  if (found.empty())
    throw Failure(kNo, "no trusted certificate has the SHA-256 " + written + "; `waxseal trust list` shows them");
  if (found.size() > 1) throw Failure(kUsage, written + " is the beginning of several; give more digits");
  return found.begin()->second;
}

const char* source_name(store::AnchorSource source) {
  if (source == store::AnchorSource::kDirectory) return "directory";
  return source == store::AnchorSource::kSystem ? "system" : "operator";
}

// The next round would bring it back.
void refuse_if_from_a_file(const store::AnchorRow& anchor) {
  if (anchor.source == store::AnchorSource::kDirectory)
    throw Failure(kNo, "it comes from the file " + printable(anchor.label) +
                           " in trust.directory: remove that file, or `waxseal trust distrust` it");
  if (anchor.source == store::AnchorSource::kSystem)
    throw Failure(kNo, "it comes from trust.system_bundle: `waxseal trust distrust` it, or switch the setting off");
}

int remove(Context& context, const Options& options) {
  const store::AnchorRow anchor = find_anchor(context, options.sha256, Among::kTrusted);
  refuse_if_from_a_file(anchor);
  if (!store::remove_anchor(context.database(), anchor.certificate->id(), context.now()))
    throw Failure(kNo, "somebody else has just removed it");
  context.out << "removed  " << anchor.certificate->id().hex() << "  " << printable(anchor.certificate->subject_text())
              << '\n';
  context.err << "smimeStatusAtDelivery of mail that has arrived stays as it is (RFC 9219 section 4.1)\n" << kNext;
  return kDone;
}

int distrust(Context& context, const Options& options) {
  const store::AnchorRow anchor = find_anchor(context, options.sha256, Among::kEverTrusted);
  if (!store::distrust_anchor(context.database(), anchor.certificate->id(), context.now()))
    throw Failure(kNo, "it is distrusted already");
  context.out << "distrusted  " << anchor.certificate->id().hex() << "  "
              << printable(anchor.certificate->subject_text()) << '\n';
  context.err << "verdicts at delivery that were final stay (RFC 9219 section 4.1); pending ones no longer rest on it\n"
              << kNext;
  return kDone;
}

Json to_json(const store::AnchorRow& row) {
  return {{"sha256", row.certificate->id().hex()},
          {"subject", row.certificate->subject_text()},
          {"notBefore", format_utc_date(row.certificate->not_before())},
          {"notAfter", format_utc_date(row.certificate->not_after())},
          {"label", row.label},
          {"source", source_name(row.source)},
          {"addedAt", format_utc_date(row.added_at)},
          {"removedAt", row.removed_at ? Json(format_utc_date(*row.removed_at)) : Json()},
          {"distrusted", row.distrusted}};
}

int list(Context& context, const Options& options) {
  std::vector<std::vector<std::string>> rows;
  for (const store::AnchorRow& row : store::list_anchors(context.database(), options.history)) {
    if (options.json) print_json(context.out, to_json(row));
    const std::string removed =
        row.removed_at ? format_utc_date(*row.removed_at) + (row.distrusted ? " distrusted" : "") : "-";
    rows.push_back({row.certificate->id().hex(), format_utc_date(row.added_at), removed,
                    format_utc_date(row.certificate->not_after()), source_name(row.source), printable(row.label),
                    printable(row.certificate->subject_text())});
  }
  if (options.json) return kDone;
  print_columns(context.out, {"SHA-256", "ADDED", "REMOVED", "EXPIRES", "FROM", "LABEL", "SUBJECT"}, rows);
  if (rows.empty())
    context.err << "nothing is trusted: every signature fails until `waxseal trust add FILE` names an authority\n";
  return kDone;
}

}  // namespace

void define_trust(CLI::App& command, Invocation& invocation) {
  command.require_subcommand(1);

  CLI::App& adding = *command.add_subcommand("add", "Believe the certificates of these files from now on");
  Options& fresh = runs(adding, invocation, add);
  adding.add_option("FILE", fresh.files, "PEM or DER; a directory stands for its *.pem, *.crt, *.cer, *.der")
      ->required();
  adding.add_option("--label", fresh.label, "Name in the list; default: that of the file")->type_name("TEXT");

  CLI::App& removing = *command.add_subcommand("remove", "No longer believe a certificate");
  removing.add_option("SHA256", runs(removing, invocation, remove).sha256, "Fingerprint, or its first digits")
      ->required();

  CLI::App& distrusting = *command.add_subcommand(
      "distrust", "Believe a certificate no more, not even for verdicts about earlier mail that are still open");
  distrusting.add_option("SHA256", runs(distrusting, invocation, distrust).sha256, "Fingerprint, or its first digits")
      ->required();

  CLI::App& listing = *command.add_subcommand("list", "List what is trusted");
  Options& shown = runs(listing, invocation, list);
  listing.add_flag("--history", shown.history, "Also what was trusted once");
  listing.add_flag("--json", shown.json, "One JSON object a line");
}

}  // namespace waxseal::cli
