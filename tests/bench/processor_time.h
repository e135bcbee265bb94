// Processor time of whole programs: what a request costs, whichever process works for it.
#pragma once

#include <sys/types.h>

namespace waxseal::bench {

double own_seconds();                // of this process, all threads
double thread_seconds();             // of the calling thread
double finished_children_seconds();  // of the programs that this process started and waited for
// Of a PostgreSQL server and all of its backends, those that have ended included.
double postgres_seconds(pid_t postmaster);

}  // namespace waxseal::bench
