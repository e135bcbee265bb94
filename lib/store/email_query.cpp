#include "store/email_query.h"

#include <algorithm>
#include <unordered_set>

#include "store/account_lock.h"
#include "store/query_sql.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

constexpr std::size_t kNoLimit = 1'000'000'000;

// The first page of a mailbox, newest first: what clients ask most, and one range of one index whatever the mailbox.
Transaction::Recurs recurs(const EmailQuery& query, std::size_t offset) {
  const auto by_date = [](const EmailSort& sort) { return sort.property == EmailSort::Property::kReceivedAt; };
  const bool simple = offset == 0 && only_mailbox(query) && query.sort.size() <= 1 &&
                      std::all_of(query.sort.begin(), query.sort.end(), by_date);
  return simple ? Transaction::Recurs::kOften : Transaction::Recurs::kSeldom;
}

std::string window(std::size_t limit, std::size_t offset) {
  return " LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(offset);
}

class Execution {
 public:
  Execution(Snapshot& snapshot, const EmailQuery& query)
      : snapshot_(snapshot.impl()), query_(query), sql_(compose(snapshot.account(), query)) {}

  std::size_t total() {
    if (const std::optional<MailboxId> mailbox = only_mailbox(query_)) return mailbox_total(*mailbox);
    const std::string what = query_.collapse_threads ? "count(DISTINCT " + sql_.thread + ")" : "count(*)";
    const Rows rows = snapshot_.exec_composed("SELECT " + what + " " + sql_.from_where, sql_.parameters);
    return static_cast<std::size_t>(integer(rows[0], 0));
  }

  std::vector<EmailId> page(std::size_t position, std::size_t limit) {
    if (limit == 0) return {};
    return query_.collapse_threads ? collapsed_page(position, limit) : rows(limit, position);
  }

  // Every result in order, for an anchor.
  std::vector<EmailId> all() { return page(0, kNoLimit); }

 private:
  std::size_t mailbox_total(MailboxId mailbox) {
    const Rows counts =
        snapshot_.exec("SELECT total_emails, total_threads FROM mailboxes WHERE account_id = $1 AND mailbox_id = $2",
                       snapshot_.account, mailbox);
    return counts.empty() ? 0 : static_cast<std::size_t>(integer(counts[0], query_.collapse_threads ? 1 : 0));
  }

  Rows select(std::size_t limit, std::size_t offset) {
    return snapshot_.exec_composed(
        "SELECT " + sql_.id + ", " + sql_.thread + " " + sql_.from_where + " " + sql_.order_by + window(limit, offset),
        sql_.parameters, recurs(query_, offset));
  }

  std::vector<EmailId> rows(std::size_t limit, std::size_t offset) {
    std::vector<EmailId> out;
    for (const Row& row : select(limit, offset)) out.push_back({integer(row, 0)});
    return out;
  }

  // RFC 8621 section 4.4.3: only the first email of each thread in the order.  Reads a little more than the page and
  // only goes on when threads were long: the cost is that of the page, not of the mailbox.
  std::vector<EmailId> collapsed_page(std::size_t position, std::size_t limit) {
    for (std::size_t wanted = 2 * (position + limit) + 32;; wanted *= 4) {
      const Rows found = select(std::min(wanted, kNoLimit), 0);
      std::vector<EmailId> firsts;
      std::unordered_set<std::int64_t> threads;
      for (const Row& row : found) {
        if (threads.insert(integer(row, 1)).second) firsts.push_back({integer(row, 0)});
      }
      const bool complete = static_cast<std::size_t>(found.size()) < wanted || wanted >= kNoLimit;
      if (!complete && firsts.size() < position + limit) continue;
      firsts.erase(firsts.begin(), firsts.begin() + static_cast<std::ptrdiff_t>(std::min(position, firsts.size())));
      if (firsts.size() > limit) firsts.resize(limit);
      return firsts;
    }
  }

  Snapshot::Impl& snapshot_;
  const EmailQuery& query_;
  const ComposedQuery sql_;
};

// RFC 8620 section 5.5: the anchor's index plus the offset, not below 0.
void page_at_anchor(Execution& execution, const EmailQuery& query, EmailQueryResult& out) {
  const std::vector<EmailId> all = execution.all();
  const auto found = std::find(all.begin(), all.end(), *query.anchor);
  out.total = all.size();
  if (found == all.end()) {
    out.anchor_not_found = true;
    return;
  }
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t offset = std::clamp(query.anchor_offset, -size, size);
  const std::int64_t first = std::clamp<std::int64_t>((found - all.begin()) + offset, 0, size);
  const auto count = std::min<std::size_t>(query.limit, static_cast<std::size_t>(size - first));
  out.position = static_cast<std::size_t>(first);
  out.ids.assign(all.begin() + first, all.begin() + first + static_cast<std::ptrdiff_t>(count));
}

// Threads may need another look, an anchor needs every result, a position from the end the total first.
bool one_statement_answers(const EmailQuery& query) {
  return !query.anchor && !query.collapse_threads && query.position >= 0 &&
         (!query.calculate_total || only_mailbox(query));
}

// Of account_state: its numbers, the page, and the total if that is wanted.
std::string select_page(const EmailQuery& query, const ComposedQuery& sql) {
  const std::size_t limit = std::min(query.limit, kNoLimit);
  const auto offset = static_cast<std::size_t>(std::min<std::int64_t>(query.position, kNoLimit));
  std::string out = "SELECT s.epoch, s.email_modseq, ARRAY(SELECT " + sql.id + " " + sql.from_where + " " +
                    sql.order_by + window(limit, offset) + ")";
  if (query.calculate_total) {
    out += ", (SELECT total_emails FROM mailboxes WHERE account_id = $1::bigint AND mailbox_id = " + sql.mailbox + ")";
  }
  return out + " FROM account_state s WHERE s.account_id = $1::bigint";
}

EmailQueryResult read_page(const Row& row, const EmailQuery& query) {
  EmailQueryResult out;
  out.query_state = state_string(integer(row, 0), integer(row, 1));
  out.position = static_cast<std::size_t>(std::min<std::int64_t>(query.position, kNoLimit));
  for (const std::int64_t id : parse_array(text(row, 2))) out.ids.push_back({id});
  if (query.calculate_total) out.total = static_cast<std::size_t>(integer(row, 3));
  return out;
}

}  // namespace

EmailQueryResult query_emails(Snapshot& snapshot, const EmailQuery& query) {
  EmailQueryResult out;
  out.query_state = state(snapshot, ObjectType::kEmail);
  Execution execution(snapshot, query);
  if (query.anchor) {
    page_at_anchor(execution, query, out);
    if (!query.calculate_total) out.total.reset();
    return out;
  }
  if (query.calculate_total || query.position < 0) out.total = execution.total();
  if (query.position < 0) {
    out.position = static_cast<std::size_t>(std::max<std::int64_t>(
        0, static_cast<std::int64_t>(*out.total) + std::max(query.position, -std::int64_t{1} << 40)));
  } else {
    out.position = static_cast<std::size_t>(std::min<std::int64_t>(query.position, kNoLimit));
  }
  out.ids = execution.page(out.position, std::min(query.limit, kNoLimit));
  if (!query.calculate_total) out.total.reset();
  return out;
}

EmailQueryResult query_emails(Database& database, AccountId account, const EmailQuery& query) {
  if (!one_statement_answers(query)) {
    Snapshot snapshot(database, account);
    return query_emails(snapshot, query);
  }
  const ComposedQuery sql = compose(account, query);
  const std::string text = select_page(query, sql);
  const Rows rows = run_autocommit(database, [&](Transaction& transaction) {
    return transaction.exec_composed(text, sql.parameters, recurs(query, static_cast<std::size_t>(query.position)));
  });
  if (rows.empty()) throw Unavailable("there is no such account");
  return read_page(rows[0], query);
}

}  // namespace waxseal::store
