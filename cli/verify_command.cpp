// waxseal verify: messages in files, judged with the anchors of --anchors, or of the database.

#include <ostream>

#include "cli/certificate_files.h"
#include "cli/command.h"
#include "cli/message_file.h"
#include "cli/verify_report.h"
#include "service/lifecycle.h"
#include "store/trust_anchors.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> anchors;
  std::vector<std::string> knobs;
  std::string at;
  std::string revocation = "off";
  bool json = false;
};

Time verification_time(const Context& context, const Options& options) {
  if (options.at.empty()) return context.now();
  const auto time = parse_date_time(options.at);
  if (!time) throw Failure(kUsage, "--at: " + time.error());
  return *time;
}

// With --anchors the configuration is read only if --config names it: the command then needs no installation at all.
smime::Policy policy_of(Context& context, const Options& options) {
  smime::Policy policy;
  if (options.anchors.empty() || context.config_named()) {
    auto configured = service::policy_of(context.config());
    if (!configured) throw Failure(kUsage, configured.error());
    policy = *std::move(configured);
  }
  for (const std::string& knob : options.knobs) {
    const std::size_t equals = knob.find('=');
    if (equals == std::string::npos) throw Failure(kUsage, "--set " + knob + ": write --set KNOB=VALUE");
    const auto set = policy.set(std::string_view(knob).substr(0, equals), std::string_view(knob).substr(equals + 1));
    if (!set) throw Failure(kUsage, "--set " + knob + ": " + set.error());
  }
  return policy;
}

std::shared_ptr<const smime::TrustStore> trust_of(Context& context, const Options& options) {
  if (options.anchors.empty()) return store::load_trust(context.database());
  auto trust = std::make_shared<smime::TrustStore>();
  for (const std::string& name : options.anchors)
    for (smime::CertificatePtr& certificate : certificates_of(name))
      trust->anchors.push_back({std::move(certificate), std::nullopt});
  return trust;
}

class Session {
 public:
  Session(Context& context, const Options& options)
      : context_(context),
        options_(options),
        at_(verification_time(context, options)),
        verifier_(policy_of(context, options)),
        trust_(trust_of(context, options)) {}

  ExitStatus verify(const std::string& name) {
    const auto file = name == "-" ? MessageFile::read(context_.in) : MessageFile::open(name);
    if (!file) return unreadable(name, file.error());
    const Report report = make_report(name, verifier_.verify(file->octets(), *trust_, at_), *trust_, at_);
    if (options_.json)
      print_json(context_.out, to_json(report));
    else
      explain(context_.out, report, context_.colour);
    return report.verified() ? kDone : kNo;
  }

 private:
  ExitStatus unreadable(const std::string& name, const std::string& error) {
    context_.err << printable(name) << ": " << error << '\n';
    if (options_.json) print_json(context_.out, {{"file", name}, {"error", error}});
    return kUsage;
  }

  Context& context_;
  const Options& options_;
  Time at_;
  smime::Verifier verifier_;
  std::shared_ptr<const smime::TrustStore> trust_;
};

int verify(Context& context, const Options& options) {
  if (options.revocation != "off")
    throw Failure(kUsage,
                  "--revocation " + options.revocation + ": this version does not check revocation; write \"off\"");
  Session session(context, options);
  const std::vector<std::string> files = expand_directories(options.files);
  if (files.empty()) throw Failure(kUsage, "there is no file in the directory");
  ExitStatus worst = kDone;
  for (const std::string& file : files) worst = std::max(worst, session.verify(file));
  return worst;
}

}  // namespace

void define_verify(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, verify);
  command
      .add_option("FILE", options.files, "Message; \"-\" is standard input, a directory stands for all files below it")
      ->required();
  command
      .add_option("--anchors", options.anchors,
                  "Trust these certificates alone; needs no configuration and no database")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  command.add_option("--at", options.at, "Verdict of that time instead of now, e.g. 2026-11-23T09:00:00Z")
      ->type_name("RFC3339");
  command.add_option("--revocation", options.revocation, "Only \"off\" in this version")->type_name("MODE");
  command.add_option("--set", options.knobs, "One knob of [verify], e.g. min_rsa_bits=3072")
      ->type_name("KNOB=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--json", options.json, "One JSON object a line, in the order of the files");
  command.footer(
      "Exit status: 0 all messages are signed/verified; 1 some are not; 2 wrong usage, or a file could not be read.");
}

}  // namespace waxseal::cli
