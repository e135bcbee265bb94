// The configuration file: that it is right, and who may read it.
#include <sys/stat.h>

#include "cli/doctor/finding.h"
#include "service/lifecycle.h"

namespace waxseal::cli::doctor {

namespace {

// The URL of the database has a password in it more often than not.
void examine_mode(const service::Config& config, Room& room) {
  struct stat status {};
  if (::stat(config.file.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  const bool secret =
      config.database.url.find("password=") != std::string::npos || config.database.url.find('@') != std::string::npos;
  if (secret)
    room.warning(config.file + " has the password of the database and everybody may read it",
                 "chown root:waxseal and chmod 0640 " + config.file);
}

}  // namespace

bool examine_configuration(Context& context, Findings& findings) {
  Room room("configuration", findings);
  const auto loaded = service::load_config(context.config_file());
  if (!loaded) {
    for (const std::string& problem : loaded.error())
      room.problem(problem, "correct it; `waxseal check-config --example` prints every setting");
    return false;
  }
  for (const std::string& warning : loaded->warnings)
    room.warning(warning, "correct it before it stops being accepted");
  if (const auto checked = service::check_values(*loaded); !checked) {
    room.problem(loaded->file + ": " + checked.error(), "waxseal.conf(5) tells what is possible");
    return false;
  }
  if (loaded->database.url.empty()) {
    room.problem(loaded->file + ": database.url is missing", "write [database] url = \"postgresql:///waxseal\"");
    return false;
  }
  examine_mode(*loaded, room);
  room.good(loaded->file + " is right");
  return true;
}

}  // namespace waxseal::cli::doctor
