// When what is fetched: shared by all processes, one fetch per URL by leases (NET-10..15).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "store/database.h"

namespace waxseal::store {

enum class FetchKind { kCrl = 1, kOcsp = 2, kAia = 3 };  // numbers are stored

struct FetchTarget {
  FetchKind kind = FetchKind::kCrl;
  std::string url;
  std::string subject;  // whom OCSP is asked about: issuer's key and serial number as one digest; else empty
  // SHA-256 of a certificate that names the URL, of its issuer and of its anchor; nullopt: the operator named the URL.
  std::optional<Sha256> certificate, issuer, anchor;
  // kAia: `certificate` is the one whose issuer is looked for; these are the links below it, the signer's side first.
  std::vector<Sha256> below = {};
  Time until;  // the certificate's end: no fetch after it (NET-02)
};

// From certificates on validated paths only.  New targets are due at once; known ones are kept for another 90 days.
void want_fetches(Database&, const std::vector<FetchTarget>&, Time now);

struct ClaimedFetch {
  FetchTarget target;
  std::string etag, last_modified;
  std::optional<Time> this_update, next_update;  // of the object that is in use
  int failures = 0;
  std::string lease;
};
// Due ones, oldest first; nobody else gets them until the lease ends.
std::vector<ClaimedFetch> claim_due_fetches(Database&, Time now, Seconds lease, std::size_t limit);

struct FetchSuccess {
  std::string etag, last_modified;
  std::optional<Time> this_update, next_update;
  Time next_fetch_at;
};
// Both are without effect if the lease has passed to somebody else.
void record_fetch(Database&, const ClaimedFetch&, const FetchSuccess&, Time now);
// nullopt: not before the configuration is another than `configuration`.
void record_fetch_failure(Database&, const ClaimedFetch&, std::string_view error, std::optional<Time> retry_at,
                          std::string_view configuration);

// Makes due what another configuration refused (NET-12).  Returns how many.
std::size_t release_refused_fetches(Database&, std::string_view configuration, Time now);
// Forgets what no unit has named since `before` (NET-15).
std::size_t forget_fetches(Database&, Time before);
std::optional<Time> next_fetch_due(Database&, Time now);

struct FetchRow {
  FetchKind kind;
  std::string url;
  std::optional<Time> fetched_at, next_update, next_fetch_at;  // next_fetch_at: nullopt if refused
  int failures = 0;
  std::string last_error;
};
std::vector<FetchRow> list_fetches(Database&);

}  // namespace waxseal::store
