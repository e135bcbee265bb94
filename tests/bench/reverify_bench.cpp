// What it costs to keep verdicts true: a sweep over all validation units without changes, with a tenth and with all of
// the messages, and the revocation of a signer with many of them while other mail comes in.
//
//   cmake --preset release && cmake --build --preset release --target reverify_bench &&
//   build/release/bench/reverify_bench
//
// docs/PERFORMANCE.md has a table of a run.  PostgreSQL syncs its log as an installed one does.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

#include "delivery/pipeline.h"
#include "measure.h"
#include "reverify/reverifier.h"
#include "reverify_data.h"
#include "store/revocation.h"
#include "support/mail.h"

namespace {

using namespace waxseal;
using namespace waxseal::bench;
using SteadyClock = std::chrono::steady_clock;

constexpr int kUnits = 20'000, kAccounts = 1'000;
constexpr long kFew = 100'000, kMany = 1'000'000;
constexpr int kRevokedMessages = 5'000, kRevokedAccounts = 200;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// A day later everything is due.  The verifier remembers nothing, as after a start of the daemon.
double sweep(ReverifyData& data, std::size_t units) {
  data.clock().advance(Seconds(86400));
  const long before = data.number("SELECT txid_current()::bigint");
  smime::Verifier verifier{smime::Policy{}};
  reverify::Reverifier reverifier(data.database(), verifier, data.clock());
  const auto begin = SteadyClock::now();
  const reverify::Report report = reverifier.run_once();
  const double took = seconds_since(begin);
  require(report.units_evaluated == units, "not every unit was evaluated");
  require(report.units_changed == 0 && report.emails_changed == 0, "a sweep without changes changed something");
  for (const char* table : {"emails", "email_mailbox", "email_signers", "email_smime", "account_state"})
    require(data.number("SELECT count(*) FROM " + std::string(table) + " WHERE xmin::text::bigint > " +
                        std::to_string(before)) == 0,
            "a sweep without changes wrote rows of mail");
  return took;
}

double best_sweep(ReverifyData& data, std::size_t units) {
  double best = sweep(data, units);
  for (int i = 0; i < 2; ++i) best = std::min(best, sweep(data, units));
  return best;
}

// Mail of another signer to the accounts, one after the other, until told to stop.  Milliseconds of each.
class Deliveries {
 public:
  explicit Deliveries(ReverifyData& data) : data_(data), pipeline_(data.database(), verifier_, data.clock()) {
    const std::string mail = test::clear_signed_mail({.cert = test::alice()});
    deliver(mail, 0);  // the unit is known afterwards
    took_.clear();
    thread_ = std::thread([this, mail] {
      for (int i = 1; !stop_; ++i) {
        deliver(mail + "\r\n" + std::to_string(i), i);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
  }
  std::vector<double> finish() {
    stop_ = true;
    thread_.join();
    std::sort(took_.begin(), took_.end());
    return took_;
  }

 private:
  void deliver(const std::string& octets, int number) {
    const AccountId account = data_.accounts()[static_cast<std::size_t>(number) % kRevokedAccounts];
    const auto prepared = delivery::Pipeline::prepare(pipeline_.judge(octets, data_.clock().now()), octets);
    const auto begin = SteadyClock::now();
    pipeline_.store(prepared, {{.account = account, .delivery_key = sha256(octets)}});
    took_.push_back(seconds_since(begin) * 1000);
  }

  ReverifyData& data_;
  smime::Verifier verifier_{smime::Policy{}};
  delivery::Pipeline pipeline_;
  std::vector<double> took_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

void print_waits(const char* when, const std::vector<double>& waits) {
  std::printf("  %-42s %6zu deliveries, median %5.1f ms, longest %6.1f ms\n", when, waits.size(),
              waits[waits.size() / 2], waits.back());
}

void revoke(ReverifyData& data) {
  data.add_revoked_signer_mail(kRevokedMessages, kRevokedAccounts);
  {
    Deliveries quiet(data);
    std::this_thread::sleep_for(std::chrono::seconds(3));
    print_waits("deliveries to these accounts, nothing else", quiet.finish());
  }
  const auto list = data.revoking_list(data.clock().now());
  smime::Verifier verifier{smime::Policy{}};
  reverify::Reverifier reverifier(data.database(), verifier, data.clock());
  Deliveries beside(data);
  const auto begin = SteadyClock::now();
  store::store_crl(data.database(), list, data.clock().now());
  const reverify::Report report = reverifier.run_once();
  const double took = seconds_since(begin);
  print_waits("deliveries beside the revocation", beside.finish());
  require(report.emails_changed == kRevokedMessages, "not every message of the revoked signer changed");
  require(data.number("SELECT count(*) FROM emails WHERE smime_status = 4") == kRevokedMessages,
          "not every message of the revoked signer is signed/failed");
  require(data.number("SELECT count(*) - count(DISTINCT (account_id, modseq)) FROM emails") == 0,
          "a number was used twice");
  std::printf("  %-42s %6.2f s\n", "all updated and numbered after", took);
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  ReverifyData data(kUnits, kAccounts);
  smime::Verifier verifier{smime::Policy{}};
  reverify::Reverifier(data.database(), verifier, data.clock()).run_once();  // the first evaluation
  require(data.number("SELECT count(*) FROM units WHERE octet_length(path) <> 96") == 0, "a unit has no path");
  const auto units = static_cast<std::size_t>(kUnits) + 1;
  std::printf("sweep over %d units, nothing changes, no row of mail is written\n", kUnits);
  data.fill(kFew);
  const double few = best_sweep(data, units);
  std::printf("  %9ld messages %8.2f s\n", kFew, few);
  data.fill(kMany);
  const double many = best_sweep(data, units);
  std::printf("  %9ld messages %8.2f s   %.3f times as long\n", kMany, many, many / few);
  std::printf("revocation of a signer of %d messages in %d accounts, among %ld\n", kRevokedMessages, kRevokedAccounts,
              kMany);
  revoke(data);
  return 0;
}
