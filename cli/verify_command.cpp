// waxseal verify: messages in files, judged with the anchors of --anchors, or of the database.

#include <algorithm>

#include "base/text.h"
#include "cli/certificate_files.h"
#include "cli/command.h"
#include "cli/message_file.h"
#include "cli/message_walk.h"
#include "cli/verify_batch.h"
#include "cli/verify_judge.h"
#include "service/lifecycle.h"
#include "store/trust_anchors.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> anchors;
  std::vector<std::string> knobs;
  std::string at;
  std::string revocation;
  std::vector<std::string> crls;
  std::string language = "en";
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
  // Nothing is fetched here: without a configuration, what is not at hand is a warning, unless lists are given.
  const bool alone = !options.anchors.empty() && !context.config_named();
  const std::string fallback = options.crls.empty() ? "soft" : "hard";
  const std::string mode = options.revocation.empty() && alone ? fallback : options.revocation;
  if (!mode.empty())
    if (const auto set = policy.set("revocation.mode", mode); !set)
      throw Failure(kUsage, "--revocation: " + set.error());
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

std::vector<std::string> lists_of(const Options& options) {
  std::vector<std::string> lists;
  for (const std::string& name : options.crls) {
    auto octets = read_file(name);
    if (!octets) throw Failure(kUsage, "--crl " + printable(name) + ": " + octets.error());
    if (!smime::Crl::parse(*octets))
      throw Failure(kUsage, "--crl " + printable(name) + ": this is no certificate revocation list in PEM or DER form");
    lists.push_back(*std::move(octets));
  }
  return lists;
}

View view_of(const Context& context, const Options& options) {
  const auto is_tag = [](char c) {
    return c == '-' || ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  };
  if (!std::all_of(options.language.begin(), options.language.end(), is_tag))
    throw Failure(kUsage, "--lang " + options.language + ": write a language tag such as de or fr-CH");
  return {.colour = context.colour, .language = options.language};
}

int verify(Context& context, const Options& options) {
  const View view = view_of(context, options);
  const Time at = verification_time(context, options);
  Judge judge(policy_of(context, options), trust_of(context, options), at, options.json ? Form::kJson : Form::kText,
              view);
  judge.use_evidence(lists_of(options), options.anchors.empty() ? &context.database() : nullptr, context.now());
  MessageWalk walk(options.files, context.in);
  return verify_batch(context, walk, [&judge](Input input) { return judge(std::move(input)); });
}

}  // namespace

void define_verify(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, verify);
  command
      .add_option("FILE", options.files,
                  "Message or mbox; \"-\" is standard input; a directory or maildir stands for all below it")
      ->required();
  command
      .add_option("--anchors", options.anchors,
                  "Trust these certificates alone; needs no configuration and no database")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  command.add_option("--at", options.at, "Verdict of that time instead of now, e.g. 2026-11-23T09:00:00Z")
      ->type_name("RFC3339");
  command.add_option("--crl", options.crls, "List of revoked certificates at hand, besides those in the message")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--revocation", options.revocation,
                  "hard, soft or off; with --anchors hard if there is a --crl, else soft: nothing is fetched")
      ->type_name("MODE");
  command.add_option("--set", options.knobs, "One knob of [verify], e.g. min_rsa_bits=3072")
      ->type_name("KNOB=VALUE")
      ->allow_extra_args(false);
  command.add_option("--lang", options.language, "Language of the texts, e.g. de; those that are missing are English")
      ->type_name("TAG");
  command.add_flag("--json", options.json, "One JSON object a line, in the order of the files");
  command.footer(
      "Exit status: 0 all messages are signed/verified; 1 some are not; 2 wrong usage, or a file could not be read.");
}

}  // namespace waxseal::cli
