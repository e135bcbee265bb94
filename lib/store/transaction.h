// Statements on one connection.  Private to lib/store: the only door to libpqxx.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/sha256.h"
#include "store/database.h"
#include "store/overseer.h"
#include "store/pqxx_shim.h"

namespace waxseal::store {

using Rows = pqxx::result;
using Row = pqxx::row;

// How much longer than the server's own deadline a statement may take: then the server is deaf (stopped, its disk
// hangs).
inline constexpr std::chrono::seconds kDeafness{2};

// One session with the server.  Statements are prepared at their first use and remembered by their text.
class Connection {
 public:
  // While `overseer` lives, a statement that the server does not answer in time ends with a lost connection (G6).
  explicit Connection(const DatabaseOptions& options, Overseer* overseer = nullptr);
  ~Connection();

  pqxx::connection& raw() { return connection_; }
  bool is_open() const { return connection_.is_open(); }

  // From now on the server has the time of one statement.
  class Patience {
   public:
    explicit Patience(Connection& connection);
    ~Patience();
    Patience(const Patience&) = delete;

   private:
    Connection& connection_;
  };
  // Name under which `sql` is prepared; nullptr: send it unprepared.
  const std::string* prepared(const std::string& sql);
  // The same for text that is composed at run time: a few of them per connection.
  const std::string* prepared_composed(const std::string& sql);

 private:
  pqxx::connection connection_;
  QuietNotices quiet_;
  bool prepare_;
  Overseer* overseer_;
  std::chrono::milliseconds patience_;
  using Names = std::unordered_map<std::string, std::string>;
  const std::string* prepared(const std::string& sql, Names& names, char letter, std::size_t most);
  Names names_, composed_;
};

// What a parameter becomes on the wire.  Text must be valid UTF-8 without NUL (R6); octets go through binary().
template <class T>
const T& argument(const T& value) {
  return value;
}
inline std::string argument(std::string_view value) {
  return std::string(value);
}
template <class Tag>
long long argument(const Id<Tag>& id) {
  return id.value;
}
inline Binary argument(const Sha256& digest) {
  return binary(digest.view());
}
inline const char* argument(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}
Time storable(Time time);  // within the years that PostgreSQL and RFC 3339 share
std::string argument(Time time);
inline std::optional<std::string> optional_time(const std::optional<Time>& time) {
  return time ? std::optional(argument(*time)) : std::nullopt;
}

class Transaction {
 public:
  enum class Mode {
    kReadWrite,   // READ COMMITTED
    kSnapshot,    // REPEATABLE READ, READ ONLY
    kAutocommit,  // every statement by itself: saves the two round trips of BEGIN and COMMIT
  };
  Transaction(Connection& connection, Mode mode);

  template <class... Args>
  Rows exec(const std::string& sql, const Args&... args) {
    const Connection::Patience patience(connection_);
    const std::string* name = connection_.prepared(sql);
#if PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10
    return name ? work_->exec(pqxx::prepped{*name}, pqxx::params{argument(args)...})
                : work_->exec(sql, pqxx::params{argument(args)...});
#else
    return name ? work_->exec_prepared(*name, argument(args)...) : work_->exec_params(sql, argument(args)...);
#endif
  }
  // A statement whose text is composed at run time: parameters as text, $1 first.  kOften: few texts, each of them met
  // again and again, whose plan does not depend on the parameters; they are prepared, up to a number.
  enum class Recurs { kSeldom, kOften };
  Rows exec_composed(const std::string& sql, const std::vector<std::string>& parameters,
                     Recurs recurs = Recurs::kSeldom);
  // Statements without parameters, separated by semicolons, in one round trip; the rows of the last one.
  Rows exec_simple(const std::string& sql);
  // Several statements, separated by semicolons, without parameters; they may take as long as they like.
  void exec_script(const std::string& sql);

  // The caller changed its mind: run() ends the transaction without a commit.
  void abandon() {
    abandoned_ = true;
  }
  bool abandoned() const {
    return abandoned_;
  }
  void commit() {
    const Connection::Patience patience(connection_);
    work_->commit();
  }

  // What listeners are told after the commit.
  void note_change(AccountId account) {
    changed_.insert(account);
  }
  const std::set<AccountId>& changed() const {
    return changed_;
  }

 private:
  Connection& connection_;
  std::unique_ptr<pqxx::transaction_base> work_;
  bool abandoned_ = false;
  std::set<AccountId> changed_;
};

// Values of a row.  Times are selected as `extract(epoch from x)::bigint`, octets as they are ("\x..." text).
std::int64_t integer(const Row& row, int column);
std::optional<std::int64_t> optional_integer(const Row& row, int column);
std::string text(const Row& row, int column);
Time time_of(const Row& row, int column);
std::optional<Time> optional_time_of(const Row& row, int column);
std::string octets(const Row& row, int column);
Sha256 digest(const Row& row, int column);
bool boolean(const Row& row, int column);

// "{1,2,3}", as PostgreSQL writes and reads arrays of numbers.
template <class Range, class Project>
std::string array_of(const Range& values, Project project) {
  std::string out = "{";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    out += std::to_string(project(value));
  }
  return out += '}';
}
std::string id_array(const std::vector<std::int64_t>& ids);
std::vector<std::int64_t> parse_array(std::string_view text);
// {"\\x...", ...}: an array of bytea.
std::string digest_array(const std::vector<Sha256>& digests);
// {"...", ...}: an array of text.
std::string text_array(const std::vector<std::string>& texts);

}  // namespace waxseal::store
