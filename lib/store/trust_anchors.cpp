#include "store/trust_anchors.h"

#include <mutex>

#include "base/text.h"
#include "store/pool.h"

namespace waxseal::store {

namespace {

constexpr Seconds kAskAgain{1};

struct Versions {
  std::int64_t anchors = 0;
  std::int64_t pool = 0;
  friend bool operator==(const Versions&, const Versions&) = default;
};

Versions read_versions(Transaction& transaction) {
  const Rows rows = transaction.exec("SELECT anchor_version, pool_version FROM trust_state WHERE id = 1");
  if (rows.empty()) throw Unavailable("trust_state is empty");
  return {integer(rows[0], 0), integer(rows[0], 1)};
}

// The row lock puts changes of the anchor set in one order.
void raise_version(Transaction& transaction) {
  transaction.exec("UPDATE trust_state SET anchor_version = anchor_version + 1 WHERE id = 1");
}

// An anchor that a directory brought is the operator's own now: no change of what is trusted.
void take_over(Transaction& transaction, const smime::CertId& id, std::string_view label) {
  transaction.exec("UPDATE trust_anchors SET source = 0, label = $2 WHERE cert_id = $1 AND removed_at IS NULL", id,
                   to_valid_utf8(label));
}

// At once, for readers that come before the next round of a re-verifier (RVF-04).  Group B, hence by itself; a crash in
// between is made good by that round.
void make_units_due(Database& database, Time now) {
  run_autocommit(database, [&](Transaction& transaction) {
    const std::int64_t version = read_versions(transaction).anchors;
    transaction.exec("UPDATE units SET next_check_at = $2 WHERE next_check_at > $2 AND trust_version <> $1", version,
                     now);
  });
}

struct Loaded {
  Versions versions;
  std::shared_ptr<const smime::TrustStore> trust;
};

Loaded load(Database& database) {
  return run(
      database,
      [](Transaction& transaction) {
        Loaded out{.versions = read_versions(transaction), .trust = nullptr};
        auto trust = std::make_shared<smime::TrustStore>();
        trust->version = out.versions.anchors;
        // A distrusted anchor counts for nothing, not even for mail received before (TIM-14).
        // Of one that was trusted several times, the row that trusts it longest.
        for (const Row& row : transaction.exec(
                 "SELECT DISTINCT ON (cert_id) der, extract(epoch from removed_at)::bigint FROM trust_anchors "
                 "WHERE NOT distrusted ORDER BY cert_id, removed_at DESC NULLS FIRST")) {
          if (auto certificate = smime::Certificate::parse(octets(row, 0))) {
            trust->anchors.push_back({std::move(certificate), optional_time_of(row, 1)});
          }
        }
        for (const Row& row : transaction.exec("SELECT der FROM intermediates ORDER BY cert_id")) {
          if (auto certificate = smime::Certificate::parse(octets(row, 0)))
            trust->intermediates.push_back(std::move(certificate));
        }
        out.trust = std::move(trust);
        return out;
      },
      Transaction::Mode::kSnapshot);
}

}  // namespace

bool add_anchor(Database& database, const smime::CertificatePtr& certificate, std::string_view label, Time now,
                AnchorSource source) {
  const bool added = run(database, [&](Transaction& transaction) {
    raise_version(transaction);
    const Rows trusted = transaction.exec("SELECT source FROM trust_anchors WHERE cert_id = $1 AND removed_at IS NULL",
                                          certificate->id());
    if (!trusted.empty()) {
      if (source == AnchorSource::kOperator && integer(trusted[0], 0) != 0) {
        take_over(transaction, certificate->id(), label);
      } else {
        transaction.abandon();
      }
      return false;
    }
    transaction.exec(
        "INSERT INTO trust_anchors (cert_id, ordinal, der, label, added_at, source) "
        "SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5 FROM trust_anchors WHERE cert_id = $1",
        certificate->id(), binary(certificate->der()), to_valid_utf8(label), now, static_cast<int>(source));
    return true;
  });
  if (added) make_units_due(database, now);
  return added;
}

bool remove_anchor(Database& database, const smime::CertId& id, Time now) {
  const bool removed = run(database, [&](Transaction& transaction) {
    raise_version(transaction);
    const bool found =
        transaction.exec("UPDATE trust_anchors SET removed_at = $2 WHERE cert_id = $1 AND removed_at IS NULL", id, now)
            .affected_rows() > 0;
    if (!found) transaction.abandon();
    return found;
  });
  if (removed) make_units_due(database, now);
  return removed;
}

bool distrust_anchor(Database& database, const smime::CertId& id, Time now) {
  const bool changed = run(database, [&](Transaction& transaction) {
    raise_version(transaction);
    const bool found = transaction
                           .exec(
                               "UPDATE trust_anchors SET distrusted = true, removed_at = coalesce(removed_at, $2) "
                               "WHERE cert_id = $1 AND NOT distrusted",
                               id, now)
                           .affected_rows() > 0;
    if (!found) transaction.abandon();
    return found;
  });
  if (changed) make_units_due(database, now);
  return changed;
}

std::vector<AnchorRow> list_anchors(Database& database, bool with_history) {
  return run_autocommit(database, [&](Transaction& transaction) {
    std::vector<AnchorRow> out;
    for (const Row& row : transaction.exec(
             "SELECT der, label, extract(epoch from added_at)::bigint, extract(epoch from removed_at)::bigint, source, "
             "distrusted FROM trust_anchors WHERE removed_at IS NULL OR $1::boolean ORDER BY added_at, cert_id, "
             "ordinal",
             with_history)) {
      if (auto certificate = smime::Certificate::parse(octets(row, 0))) {
        out.push_back({std::move(certificate), text(row, 1), time_of(row, 2), optional_time_of(row, 3),
                       static_cast<AnchorSource>(integer(row, 4)), boolean(row, 5)});
      }
    }
    return out;
  });
}

std::int64_t trust_version(Database& database) {
  return run_autocommit(database, [](Transaction& transaction) { return read_versions(transaction).anchors; });
}

std::shared_ptr<const smime::TrustStore> load_trust(Database& database) {
  return load(database).trust;
}

struct TrustCache::State {
  Database& database;
  const Clock& clock;
  std::mutex mutex;
  Loaded loaded;
  Time asked;

  bool fresh() const {
    const Seconds age = clock.now() - asked;
    return loaded.trust && age >= Seconds(0) && age < kAskAgain;
  }
  void refresh() {
    const Versions current =
        run_autocommit(database, [](Transaction& transaction) { return read_versions(transaction); });
    if (!loaded.trust || loaded.versions != current) loaded = load(database);
    asked = clock.now();
  }
};

TrustCache::TrustCache(Database& database, const Clock& clock)
    : state_(new State{.database = database, .clock = clock}) {}

TrustCache::~TrustCache() = default;

std::shared_ptr<const smime::TrustStore> TrustCache::get() {
  const std::lock_guard lock(state_->mutex);
  if (state_->fresh()) return state_->loaded.trust;
  try {
    state_->refresh();
  } catch (const Unavailable&) {
    // What was trusted a moment ago serves until the database is back; with nothing ever loaded there is no verdict.
    if (!state_->loaded.trust) throw;
  }
  return state_->loaded.trust;
}

}  // namespace waxseal::store
