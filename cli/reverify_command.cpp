// waxseal reverify: one round of waxseal-reverifyd, now.

#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "reverify/reverifier.h"
#include "service/lifecycle.h"

namespace waxseal::cli {

namespace {

struct Options {
  bool all = false;
  bool json = false;
};

void print(Context& context, const reverify::Report& report, bool json) {
  if (json) {
    print_json(context.out, {{"unitsEvaluated", report.units_evaluated},
                             {"unitsChanged", report.units_changed},
                             {"emailsChanged", report.emails_changed},
                             {"atDeliveryExamined", report.at_delivery_examined},
                             {"atDeliveryChanged", report.at_delivery_changed}});
    return;
  }
  context.out << "certificate chains evaluated       " << report.units_evaluated << '\n'
              << "certificate chains that changed    " << report.units_changed << '\n'
              << "messages whose status changed      " << report.emails_changed << '\n'
              << "verdicts at delivery looked at     " << report.at_delivery_examined << '\n'
              << "verdicts at delivery that changed  " << report.at_delivery_changed << '\n';
}

int reverify_now(Context& context, const Options& options) {
  auto policy = service::policy_of(context.config());
  if (!policy) throw Failure(kUsage, policy.error());
  smime::Verifier verifier(*std::move(policy));
  reverify::Reverifier reverifier(context.database(), verifier, context.clock());
  if (options.all) reverifier.make_all_due();
  print(context, reverifier.run_once(), options.json);
  return kDone;
}

}  // namespace

void define_reverify(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, reverify_now);
  command.add_flag("--all", options.all, "Every stored certificate chain, not only those that are due");
  command.add_flag("--json", options.json, "One JSON object");
}

}  // namespace waxseal::cli
