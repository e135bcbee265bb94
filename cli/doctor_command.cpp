// waxseal doctor: what is wrong with this installation, and what to do about it.

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/doctor/finding.h"
#include "cli/output.h"

namespace waxseal::cli {

namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Level;

struct Options {
  std::string postfix = "/etc/postfix";
  bool json = false;
};

struct LevelText {
  const char* name;
  const char* mark;
  Colour colour;
};

LevelText text_of(Level level) {
  switch (level) {
    case Level::kGood:
      return {"good", "ok     ", Colour::kGood};
    case Level::kNote:
      return {"note", "note   ", Colour::kDim};
    case Level::kWarning:
      return {"warning", "warning", Colour::kBold};
    case Level::kProblem:
      break;
  }
  return {"problem", "PROBLEM", Colour::kBad};
}

void print(Context& context, const Finding& finding) {
  const LevelText level = text_of(finding.level);
  context.out << coloured(context.colour, level.colour, level.mark) << "  " << finding.room << ": "
              << printable(finding.found) << '\n';
  if (!finding.next.empty()) context.out << "         -> " << printable(finding.next) << '\n';
}

Json to_json(const Finding& finding) {
  return {{"level", text_of(finding.level).name},
          {"room", finding.room},
          {"found", finding.found},
          {"next", finding.next.empty() ? Json() : Json(finding.next)}};
}

Findings examine(Context& context, const Options& options) {
  Findings findings;
  const bool configured = doctor::examine_configuration(context, findings);
  doctor::examine_clock(findings);
  if (configured && doctor::examine_database(context, findings)) {
    doctor::examine_trust(context, findings);
    doctor::examine_revocation(context, findings);
  }
  if (configured) doctor::examine_daemons(context, findings);
  doctor::examine_postfix(configured ? &context.config() : nullptr, options.postfix, findings);
  return findings;
}

int run_doctor(Context& context, const Options& options) {
  const Findings findings = examine(context, options);
  for (const Finding& finding : findings) {
    if (options.json) {
      print_json(context.out, to_json(finding));
    } else {
      print(context, finding);
    }
  }
  const auto count = [&](Level level) { return std::ranges::count(findings, level, &Finding::level); };
  if (!options.json)
    context.out << '\n'
                << count(Level::kProblem) << " problems, " << count(Level::kWarning) << " warnings, "
                << count(Level::kNote) << " notes\n";
  return count(Level::kProblem) == 0 ? kDone : kNo;
}

}  // namespace

void define_doctor(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, run_doctor);
  command.add_option("--postfix", options.postfix, "Directory of main.cf and master.cf (/etc/postfix)")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "One JSON object a line");
}

}  // namespace waxseal::cli
