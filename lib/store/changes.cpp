// Foo/changes (RFC 8620 section 5.2) from the numbers on the objects themselves: there is no change log to prune or to
// miss.
#include <charconv>

#include "store/account_lock.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

struct TypeRow {
  const char* table;
  const char* id;
  const char* top;     // column of account_state
  const char* counts;  // whether an update moved nothing but counts
  int tombstone;
};

TypeRow type_row(ObjectType type) {
  switch (type) {
    case ObjectType::kMailbox:
      return {"mailboxes", "mailbox_id", "mailbox_modseq", "(prop_modseq <= $2)::int", 2};
    case ObjectType::kThread:
      return {"threads", "thread_id", "thread_modseq", "0", 3};
    case ObjectType::kIdentity:
      return {"identities", "identity_id", "identity_modseq", "0", 4};
    case ObjectType::kEmailSubmission:
      return {"email_submissions", "submission_id", "submission_modseq", "0", 5};
    case ObjectType::kEmail:
      break;
  }
  return {"emails", "email_id", "email_modseq", "0", 1};
}

std::int64_t top(const Snapshot::Impl& snapshot, ObjectType type) {
  switch (type) {
    case ObjectType::kMailbox:
      return snapshot.mailbox_modseq;
    case ObjectType::kThread:
      return snapshot.thread_modseq;
    case ObjectType::kIdentity:
      return snapshot.identity_modseq;
    case ObjectType::kEmailSubmission:
      return snapshot.submission_modseq;
    case ObjectType::kEmail:
      break;
  }
  return snapshot.email_modseq;
}

struct State {
  std::int64_t epoch, number;
};

// nullopt: not one of ours.
std::optional<State> parse_state(std::string_view text) {
  State out{};
  const char* const end = text.data() + text.size();
  const auto [dot, no_epoch] = std::from_chars(text.data(), end, out.epoch);
  if (no_epoch != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [stop, no_number] = std::from_chars(dot + 1, end, out.number);
  // What is written otherwise than we write it is not ours either.
  if (no_number != std::errc() || stop != end || state_string(out.epoch, out.number) != text || out.number < 0)
    return std::nullopt;
  return out;
}

// One statement, so that the account's state and the objects belong together without a transaction.  $1 account, $2
// since, $3 how many at most of each kind.  An object is created at the number that is its id, wherever its modseq has
// moved since: a client that stops between the two numbers must have been told of it.
std::string select_entries(const TypeRow& type) {
  const std::string id = type.id, top = std::string("s.") + type.top;
  const auto listed = [](const std::string& columns, const std::string& rest) {
    return "ARRAY(SELECT unnest(ARRAY[" + columns + "]) FROM (SELECT * FROM " + rest + " LIMIT $3) AS x)";
  };
  const std::string created = std::string(type.table) + " WHERE account_id = $1 AND " + id + " > $2 AND " + id +
                              " <= " + top + " ORDER BY " + id;
  const std::string updated = std::string(type.table) + " WHERE account_id = $1 AND modseq > $2 AND modseq <= " + top +
                              " AND " + id + " <= $2 ORDER BY modseq";
  const std::string destroyed = "tombstones WHERE account_id = $1 AND kind = " + std::to_string(type.tombstone) +
                                " AND modseq > $2 AND modseq <= " + top + " ORDER BY modseq";
  return "SELECT s.epoch, " + top + ", s.changes_floor, " + listed(id, created) + ", " +
         listed("modseq, " + id + ", " + type.counts, updated) + ", " + listed("modseq, object_id", destroyed) +
         " FROM account_state s WHERE s.account_id = $1";
}

enum class Event { kCreated, kUpdated, kDestroyed };

struct Entry {
  std::int64_t number;
  std::int64_t id;
  Event event;
  bool only_counts = false;
};

std::vector<Entry> read_entries(const Row& row) {
  std::vector<Entry> out;
  for (const std::int64_t id : parse_array(text(row, 3))) out.push_back({id, id, Event::kCreated});
  const auto updated = parse_array(text(row, 4));
  for (std::size_t i = 0; i + 2 < updated.size(); i += 3)
    out.push_back({updated[i], updated[i + 1], Event::kUpdated, updated[i + 2] != 0});
  const auto destroyed = parse_array(text(row, 5));
  for (std::size_t i = 0; i + 1 < destroyed.size(); i += 2)
    out.push_back({destroyed[i], destroyed[i + 1], Event::kDestroyed});
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.number < b.number; });
  return out;
}

void append(Changes& out, const Entry& entry, std::int64_t since) {
  switch (entry.event) {
    case Event::kCreated:
      out.created.push_back(entry.id);
      break;
    case Event::kUpdated:
      out.updated.push_back(entry.id);
      out.only_counts = out.only_counts && entry.only_counts;
      break;
    case Event::kDestroyed:
      if (entry.id <= since) out.destroyed.push_back(entry.id);  // C6: created and destroyed between: omitted
      break;
  }
}

}  // namespace

std::string state(Snapshot& snapshot, ObjectType type) {
  return state_string(snapshot.impl().epoch, top(snapshot.impl(), type));
}

namespace {

std::optional<Changes> page_of(const Row& row, std::string_view since, const State& from, std::size_t max_changes) {
  const std::int64_t epoch = integer(row, 0), top = integer(row, 1), floor = integer(row, 2);
  if (from.epoch != epoch || from.number < floor || from.number > top) return std::nullopt;
  const std::vector<Entry> entries = read_entries(row);
  Changes out;
  out.old_state = std::string(since);
  out.has_more = entries.size() > max_changes;
  out.only_counts = true;
  const std::size_t taken = std::min(entries.size(), max_changes);
  for (std::size_t i = 0; i < taken; ++i) append(out, entries[i], from.number);
  out.only_counts = out.only_counts && !out.updated.empty();
  // Each number belongs to one object, so that a page can end between any two (C4).
  const std::int64_t reached = !out.has_more ? top : taken == 0 ? from.number : entries[taken - 1].number;
  out.new_state = state_string(epoch, reached);
  return out;
}

}  // namespace

std::optional<Changes> changes(Snapshot& snapshot, ObjectType type, std::string_view since, std::size_t max_changes) {
  const auto from = parse_state(since);
  if (!from) return std::nullopt;
  Snapshot::Impl& impl = snapshot.impl();
  const Rows rows = impl.exec(select_entries(type_row(type)), impl.account, from->number, max_changes + 1);
  return page_of(rows[0], since, *from, max_changes);
}

std::optional<Changes> changes(Database& database, AccountId account, ObjectType type, std::string_view since,
                               std::size_t max_changes) {
  const auto from = parse_state(since);
  if (!from) return std::nullopt;
  const Rows rows = run_autocommit(database, [&](Transaction& transaction) {
    return transaction.exec(select_entries(type_row(type)), account, from->number, max_changes + 1);
  });
  if (rows.empty()) throw Unavailable("there is no such account");
  return page_of(rows[0], since, *from, max_changes);
}

}  // namespace waxseal::store
