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
  int tombstone;
};

TypeRow type_row(ObjectType type) {
  switch (type) {
    case ObjectType::kMailbox:
      return {"mailboxes", "mailbox_id", 2};
    case ObjectType::kThread:
      return {"threads", "thread_id", 3};
    case ObjectType::kIdentity:
      return {"identities", "identity_id", 4};
    case ObjectType::kEmailSubmission:
      return {"email_submissions", "submission_id", 5};
    case ObjectType::kEmail:
      break;
  }
  return {"emails", "email_id", 1};
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

// nullopt: not one of ours.
std::optional<std::int64_t> parse_state(const Snapshot::Impl& snapshot, std::string_view state) {
  const std::string prefix = std::to_string(snapshot.epoch) + ".";
  if (!state.starts_with(prefix)) return std::nullopt;
  state.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(state.data(), state.data() + state.size(), number);
  if (error != std::errc() || end != state.data() + state.size() || state.starts_with('-')) return std::nullopt;
  return number;
}

enum class Event { kCreated, kUpdated, kDestroyed };

struct Entry {
  std::int64_t number;
  std::int64_t id;
  Event event;
  bool only_counts = false;
};

// An object is created at the number that is its id, wherever its modseq has moved since: a client that stops between
// the two numbers must have been told of it.
std::vector<Entry> read_entries(Snapshot::Impl& snapshot, ObjectType type, std::int64_t since, std::size_t limit) {
  const TypeRow row_of = type_row(type);
  const std::string table = row_of.table;
  const std::string id = row_of.id;
  const std::int64_t until = top(snapshot, type);
  std::vector<Entry> out;
  for (const Row& row : snapshot.exec("SELECT " + id + " FROM " + table + " WHERE account_id = $1 AND " + id +
                                          " > $2 AND " + id + " <= $3 ORDER BY " + id + " LIMIT $4",
                                      snapshot.account, since, until, limit)) {
    out.push_back({integer(row, 0), integer(row, 0), Event::kCreated});
  }
  const std::string counts = type == ObjectType::kMailbox ? "prop_modseq <= $2" : "false";
  for (const Row& row : snapshot.exec("SELECT modseq, " + id + ", " + counts + " FROM " + table +
                                          " WHERE account_id = $1 AND modseq > $2 AND modseq <= $3 AND " + id +
                                          " <= $2 ORDER BY modseq LIMIT $4",
                                      snapshot.account, since, until, limit)) {
    out.push_back({integer(row, 0), integer(row, 1), Event::kUpdated, boolean(row, 2)});
  }
  for (const Row& row :
       snapshot.exec("SELECT modseq, object_id FROM tombstones WHERE account_id = $1 AND kind = $5 AND "
                     "modseq > $2 AND modseq <= $3 ORDER BY modseq LIMIT $4",
                     snapshot.account, since, until, limit, row_of.tombstone)) {
    out.push_back({integer(row, 0), integer(row, 1), Event::kDestroyed});
  }
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

std::optional<Changes> changes(Snapshot& snapshot, ObjectType type, std::string_view since, std::size_t max_changes) {
  Snapshot::Impl& impl = snapshot.impl();
  const std::optional<std::int64_t> number = parse_state(impl, since);
  if (!number || *number < impl.changes_floor || *number > top(impl, type)) return std::nullopt;

  const std::vector<Entry> entries = read_entries(impl, type, *number, max_changes + 1);
  Changes out;
  out.old_state = std::string(since);
  out.has_more = entries.size() > max_changes;
  out.only_counts = true;
  const std::size_t taken = std::min(entries.size(), max_changes);
  for (std::size_t i = 0; i < taken; ++i) append(out, entries[i], *number);
  out.only_counts = out.only_counts && !out.updated.empty();
  // Each number belongs to one object, so that a page can end between any two (C4).
  out.new_state =
      out.has_more ? state_string(impl.epoch, taken == 0 ? *number : entries[taken - 1].number) : state(snapshot, type);
  return out;
}

}  // namespace waxseal::store
