// Trust anchors: without one nothing is ever verified.
#include <filesystem>

#include "cli/doctor/finding.h"
#include "cli/output.h"
#include "store/trust_anchors.h"

namespace waxseal::cli::doctor {

namespace {

constexpr Seconds kSoon{30 * 24 * 3600};

std::string name_of(const store::AnchorRow& anchor) {
  return printable(anchor.certificate->subject_text()) + " (" + anchor.certificate->id().hex().substr(0, 16) + ")";
}

void examine_directory(const service::Config& config, Room& room) {
  if (config.trust.directory.empty()) return;
  std::error_code error;
  const std::filesystem::directory_iterator files(config.trust.directory, error);
  if (error)
    room.problem("trust.directory " + config.trust.directory + " cannot be read: " + error.message(),
                 "create it, readable by the user waxseal");
}

}  // namespace

void examine_trust(Context& context, Findings& findings) {
  Room room("trust", findings);
  examine_directory(context.config(), room);
  std::size_t trusted = 0;
  for (const store::AnchorRow& anchor : store::list_anchors(context.database(), false)) {
    if (anchor.removed_at || anchor.distrusted) continue;
    const Time end = anchor.certificate->not_after();
    if (end < context.now()) {
      room.warning("trust anchor " + name_of(anchor) + " expired on " + format_utc_date(end),
                   "add its successor (`waxseal trust add FILE`); leave this one for mail of its time");
      continue;
    }
    ++trusted;
    if (end - context.now() < kSoon)
      room.warning("trust anchor " + name_of(anchor) + " expires on " + format_utc_date(end),
                   "add its successor before: `waxseal trust add FILE`");
  }
  if (trusted == 0) {
    room.problem("no trust anchor is valid now: every signature will fail",
                 "`waxseal trust add FILE`, trust.directory, or trust.system_bundle = true");
  } else {
    room.good(std::to_string(trusted) + (trusted == 1 ? " trust anchor is" : " trust anchors are") + " valid");
  }
}

}  // namespace waxseal::cli::doctor
