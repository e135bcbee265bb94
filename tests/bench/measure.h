// Measuring in a way that neighbours on the machine disturb little: processor time of the thread, contenders in turns,
// the best round of each.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace waxseal::bench {

// Ends the program with status 1 and `what`: a benchmark of a wrong answer is worth nothing.
void require(bool holds, const char* what);

struct Contender {
  std::string name;
  std::function<void()> call;
  long operations = 1;  // of one call
};

// Microseconds of processor time per operation, one per contender.
std::vector<double> measure(const std::vector<Contender>& contenders);

// Operations per second, all threads together, in the time in which they had a processor or waited for each other:
// time in the run queue behind other programs does not count.
double throughput(unsigned threads, const std::function<void()>& operation);

}  // namespace waxseal::bench
