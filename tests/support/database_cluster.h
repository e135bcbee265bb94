// Private to tests/support: how a cluster comes to be.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace waxseal::test {

inline constexpr const char* kTemplateDatabase = "waxseal_template";

// Directory with an initialised cluster that has kTemplateDatabase; made once per user and schema, then shared.
std::string template_directory();

// Starts `postgres` on directory/data with its socket in `directory`; returns when it answers.  As user postgres if we
// are root.
// `settings`: "name=value", instead of our own careless ones.
pid_t start_postgres(const std::string& directory, int port, const std::vector<std::string>& settings = {});
void stop_postgres(pid_t postmaster);
std::string socket_url(const std::string& directory, int port, const std::string& database);
int free_port();

// Runs a program and waits.  Throws std::runtime_error with `what` if it fails.
void run_as_postgres(const std::vector<std::string>& arguments, const std::string& what);

}  // namespace waxseal::test
