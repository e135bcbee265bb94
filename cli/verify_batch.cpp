#include "cli/verify_batch.h"

#include <algorithm>
#include <ostream>
#include <thread>

#include "cli/ordered_pool.h"

namespace waxseal::cli {

namespace {

// Counts on a terminal while the output goes elsewhere.
class Progress {
 public:
  explicit Progress(Context& context) : err_(context.err), shown_(context.progress) {}
  ~Progress() { clear(); }

  void count(ExitStatus status) {
    ++(status == kDone ? verified_ : status == kNo ? not_verified_ : unreadable_);
    if (!shown_ || (verified_ + not_verified_ + unreadable_) % kEvery != 0) return;
    err_ << "\r" << verified_ << " verified, " << not_verified_ << " not, " << unreadable_ << " unreadable"
         << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (drawn_) err_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }

 private:
  static constexpr std::size_t kEvery = 50;
  std::ostream& err_;
  const bool shown_;
  bool drawn_ = false;
  std::size_t verified_ = 0, not_verified_ = 0, unreadable_ = 0;
};

// Messages that are read and not yet judged: enough to keep the threads busy, and no more memory than one big message.
constexpr std::size_t kMostWaiting = 256;
constexpr std::size_t kMostOctetsWaiting = std::size_t{64} << 20;
constexpr unsigned kMostThreads = 16;

class Batch {
 public:
  Batch(Context& context, const std::function<Outcome(Input)>& judge)
      : context_(context),
        progress_(context),
        pool_(std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads), judge) {}

  ExitStatus run(MessageWalk& walk) {
    bool any = false;
    for (auto input = walk.next(); input; input = walk.next()) {
      any = true;
      const std::size_t size = input->octets.size();
      while (pool_.waiting() >= kMostWaiting || (pool_.waiting() > 0 && pool_.weight() + size > kMostOctetsWaiting))
        print(pool_.take());
      pool_.give(*std::move(input), size);
      while (auto outcome = pool_.take_if_finished()) print(*outcome);
    }
    while (pool_.waiting() > 0) print(pool_.take());
    if (!any) throw Failure(kUsage, "there is no file in the directory");
    return worst_;
  }

 private:
  void print(const Outcome& outcome) {
    if (!outcome.err.empty()) {
      progress_.clear();
      context_.out.flush();  // where both are one terminal, the line stands in its place
      context_.err << outcome.err << std::flush;
    }
    context_.out << outcome.out;
    progress_.count(outcome.status);
    worst_ = std::max(worst_, outcome.status);
  }

  Context& context_;
  Progress progress_;
  OrderedPool<Input, Outcome> pool_;
  ExitStatus worst_ = kDone;
};

}  // namespace

ExitStatus verify_batch(Context& context, MessageWalk& walk, const std::function<Outcome(Input)>& judge) {
  return Batch(context, judge).run(walk);
}

}  // namespace waxseal::cli
