// A store with many messages under not so many validation units, made by SQL as deliveries would have left it.
#pragma once

#include <vector>

#include "base/ids.h"
#include "smime/crl_acceptance.h"
#include "smime/policy.h"
#include "support/database.h"
#include "support/pki.h"

namespace waxseal::bench {

class ReverifyData {
 public:
  // Signers of one authority, each a unit of its own, all good by one list; `accounts` accounts without mail.  The last
  // signer is set apart: see add_revoked_signer_mail().
  ReverifyData(int units, int accounts);

  // Messages up to `total`, evenly over units and accounts.
  void fill(long total);
  // `messages` of the signer set apart, evenly in the first `accounts` accounts.
  void add_revoked_signer_mail(int messages, int accounts);
  // A list that names the signer set apart.
  smime::AcceptedCrl revoking_list(Time now) const;

  store::Database& database() { return *database_; }
  const test::TestDatabase& sql() const { return database_; }
  const std::vector<AccountId>& accounts() const { return accounts_; }
  ManualClock& clock() { return clock_; }
  long number(const std::string& query) const { return std::stol(database_.value(query)); }

 private:
  void make_accounts(int count);
  void make_units(int count);
  smime::AcceptedCrl list(const test::CrlSpec& spec, Time now) const;
  void insert_mail(const std::string& rows);

  test::Cluster cluster_{test::Cluster::Disk::kDurable};
  test::TestDatabase database_{test::TestDatabase::Schema::kMigrated, cluster_};
  ManualClock clock_{test::default_now()};
  std::vector<AccountId> accounts_;
  test::Cert signer_;  // the last, which is set apart
  long filled_ = 0;
};

}  // namespace waxseal::bench
