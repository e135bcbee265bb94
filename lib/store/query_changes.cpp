// Email/queryChanges: from what changed since then and from the present results alone, so that nothing is remembered
// for any client.  Everything that changed and may have been in the old results is removed, everything of it that is in
// the present results is put in again; what stays in the client's list did not change, and so keeps its order.
#include <unordered_map>
#include <unordered_set>

#include "store/changes_state.h"
#include "store/email_query.h"
#include "store/query_sql.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kMostChanges = 20'000;  // beyond, asking again is cheaper for both sides
constexpr std::size_t kFirstPage = 256;
constexpr std::size_t kNoLimit = 1'000'000'000;

using Ids = std::unordered_set<std::int64_t>;

class Calculation {
 public:
  Calculation(Snapshot& snapshot, const EmailQuery& query, const Changes& changes)
      : snapshot_(snapshot.impl()),
        query_(query),
        changes_(changes),
        sql_(compose(snapshot.account(), query)),
        mutable_(is_mutable(query)) {}

  EmailQueryChanges run(const std::optional<EmailId>& up_to) {
    find_affected();
    EmailQueryChanges out;
    out.new_state = changes_.new_state;
    for (const std::int64_t id : changes_.destroyed) out.removed.push_back({id});
    const Ids created(changes_.created.begin(), changes_.created.end());
    for (const std::int64_t id : affected_) {
      if (!created.contains(id)) out.removed.push_back({id});
    }
    // "If the sort and filter are both only on immutable properties" may the server stop at upToId.
    out.added = find_added(mutable_ ? std::nullopt : up_to);
    return out;
  }

 private:
  void find_affected() {
    affected_.insert(changes_.created.begin(), changes_.created.end());
    if (mutable_) affected_.insert(changes_.updated.begin(), changes_.updated.end());
    if (concerns_threads(query_)) add_threads();
  }

  // Mates of an email that changed, and those of one that came or went.
  void add_threads() {
    const std::vector<std::int64_t> own(affected_.begin(), affected_.end());
    for (const Row& row : snapshot_.exec(
             "SELECT e.email_id FROM emails e WHERE e.account_id = $1 AND e.thread_id IN (SELECT o.thread_id FROM "
             "emails o WHERE o.account_id = $1 AND o.email_id = ANY($2::bigint[]) UNION SELECT t.thread_id FROM "
             "threads t WHERE t.account_id = $1 AND t.modseq > $3)",
             snapshot_.account, id_array(own), state_number(changes_.old_state))) {
      affected_.insert(integer(row, 0));
    }
  }

  // Those of the affected that are in the results, before threads are collapsed.
  std::size_t count_matching() {
    if (affected_.empty()) return 0;
    std::vector<std::string> parameters = sql_.parameters;
    parameters.push_back(id_array({affected_.begin(), affected_.end()}));
    const Rows rows = snapshot_.exec_composed("SELECT count(*) " + sql_.from_where + " AND " + sql_.id + " = ANY($" +
                                                  std::to_string(parameters.size()) + "::bigint[])",
                                              parameters);
    return static_cast<std::size_t>(integer(rows[0], 0));
  }

  // Reads the results from the first on, only as far as the last one of interest: the cost of new mail is that of a
  // page.
  std::vector<std::pair<EmailId, std::size_t>> find_added(const std::optional<EmailId>& up_to) {
    const std::size_t matching = count_matching();
    if (matching == 0) return {};
    for (std::size_t limit = kFirstPage;; limit *= 8) {
      const Rows rows = snapshot_.exec_composed("SELECT " + sql_.id + ", " + sql_.thread + " " + sql_.from_where + " " +
                                                    sql_.order_by + " LIMIT " + std::to_string(limit),
                                                sql_.parameters);
      const bool all = static_cast<std::size_t>(rows.size()) < limit || limit >= kNoLimit;
      auto added = walk(rows, matching, up_to);
      if (all || complete_) return added;
    }
  }

  std::vector<std::pair<EmailId, std::size_t>> walk(const Rows& rows, std::size_t matching,
                                                    const std::optional<EmailId>& up_to) {
    std::vector<std::pair<EmailId, std::size_t>> added;
    Ids threads;
    std::size_t index = 0, seen = 0;
    complete_ = false;
    for (const Row& row : rows) {
      const EmailId id{integer(row, 0)};
      const bool affected = affected_.contains(id.value);
      if (!query_.collapse_threads || threads.insert(integer(row, 1)).second) {
        if (affected) added.emplace_back(id, index);
        ++index;
      }
      seen += affected ? 1 : 0;
      complete_ = seen == matching || id == up_to;
      if (complete_) break;
    }
    return added;
  }

  Snapshot::Impl& snapshot_;
  const EmailQuery& query_;
  const Changes& changes_;
  const ComposedQuery sql_;
  const bool mutable_;
  Ids affected_;  // exist, and may stand elsewhere in the results than before
  bool complete_ = false;
};

}  // namespace

std::optional<EmailQueryChanges> query_email_changes(Snapshot& snapshot, const EmailQuery& query,
                                                     std::string_view since, const std::optional<EmailId>& up_to) {
  const auto changed = changes(snapshot, ObjectType::kEmail, since, kMostChanges);
  if (!changed || changed->has_more) return std::nullopt;
  EmailQueryChanges out = Calculation(snapshot, query, *changed).run(up_to);
  if (!query.calculate_total) return out;
  EmailQuery count = query;
  count.limit = 0;
  count.position = 0;
  count.anchor.reset();
  out.total = query_emails(snapshot, count).total;
  return out;
}

}  // namespace waxseal::store
