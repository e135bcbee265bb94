// The machine's clock decides about every certificate.
#include <sys/timex.h>

#include "cli/doctor/finding.h"

namespace waxseal::cli::doctor {

void examine_clock(Findings& findings) {
  Room room("clock", findings);
  timex state{};
  const int status = ::adjtimex(&state);
  if (status == -1) {
    room.note("whether the clock is synchronised cannot be told here", "`timedatectl` on the host tells");
  } else if (status == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    room.warning("nothing keeps the clock right: certificates would be judged at a wrong time",
                 "install chrony or systemd-timesyncd; in a container, on the host");
  } else {
    room.good("the clock is synchronised");
  }
}

}  // namespace waxseal::cli::doctor
