// Whether revocation lists and answers come in.
#include "cli/doctor/finding.h"
#include "cli/output.h"
#include "store/fetch_schedule.h"

namespace waxseal::cli::doctor {

void examine_revocation(Context& context, Findings& findings) {
  Room room("revocation", findings);
  if (context.config().revocation.mode == "off") {
    room.note("revocation.mode is off: a revoked certificate verifies", "\"hard\" is the default");
    return;
  }
  constexpr Seconds kLate{3600};
  std::size_t good = 0;
  for (const store::FetchRow& fetch : store::list_fetches(context.database())) {
    const std::string url = printable(fetch.url);
    if (!fetch.next_fetch_at) {
      room.warning(url + " is not fetched: " + printable(fetch.last_error),
                   "if it is yours, allow it in [fetch] (allow_nets, allow_hosts, allowed_ports)");
    } else if (!fetch.last_error.empty()) {
      room.warning(url + " failed " + std::to_string(fetch.failures) + " times: " + printable(fetch.last_error),
                   "`curl -v` it as the user waxseal; behind a proxy set fetch.http_proxy");
    } else if (*fetch.next_fetch_at + kLate < context.now()) {
      room.warning(url + " has been due since " + format_utc_date(*fetch.next_fetch_at),
                   "is waxseal-reverifyd running?");
    } else {
      ++good;
    }
  }
  room.good(std::to_string(good) + " sources of revocation are up to date");
}

}  // namespace waxseal::cli::doctor
