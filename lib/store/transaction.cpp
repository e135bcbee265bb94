#include "store/transaction.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "store/array_text.h"
#include "store/effective_user.h"
#include "store/time_limit.h"

namespace waxseal::store {

namespace {

// Enough for every fixed statement of lib/store; what is composed at run time has a few places of its own.
constexpr std::size_t kPreparedPerConnection = 256;
constexpr std::size_t kComposedPerConnection = 32;

bool is_uri(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// Adds keyword=value to a libpq URI or keyword string, unless the operator has set that keyword.
void add_default(std::string& url, std::string_view keyword, std::string_view value) {
  if (url.find(std::string(keyword) + "=") != std::string::npos) return;
  if (!is_uri(url)) {
    url.append(" ").append(keyword).append("='").append(value).append("'");
    return;
  }
  url += url.find('?') == std::string::npos ? '?' : '&';
  url.append(keyword).append("=");
  for (const char c : value) {
    if (c == ' ' || c == '=' || c == '&' || c == '%') {
      url.append("%").append(hex(Octets(&c, 1)));
    } else {
      url += c;
    }
  }
}

std::string milliseconds(Seconds seconds) {
  return std::to_string(seconds.count() * 1000);
}

std::string connection_string(const DatabaseOptions& options) {
  std::string url = options.url;
  add_default(url, "application_name", "waxseal");
  add_default(url, "connect_timeout", std::to_string(std::max<std::int64_t>(options.connect_timeout.count(), 2)));
  add_default(url, "tcp_user_timeout", "10000");
  add_default(url, "keepalives_idle", "10");
  // G1: an acknowledged message is on disk, whatever the server's default is.  Plans are made once and kept: one that
  // was made while a table had a few rows, and the server knew it, would read all of them when there are many, until
  // the next ANALYZE.  (Where it cannot be avoided, a plan looks so expensive then that it would be compiled.)
  const std::string settings =
      "-c synchronous_commit=on -c statement_timeout=" + milliseconds(options.statement_timeout) +
      " -c lock_timeout=" + milliseconds(options.lock_timeout) +
      " -c idle_in_transaction_session_timeout=" + milliseconds(options.statement_timeout) +
      " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off -c client_min_messages=error -c "
      "bytea_output=hex -c TimeZone=UTC";
  add_default(url, "options", settings);
  return url;
}

std::string_view view(const Row& row, int column) {
  const auto field = row[static_cast<pqxx::row::size_type>(column)];
  return {field.c_str(), field.size()};
}

bool null(const Row& row, int column) {
  return row[static_cast<pqxx::row::size_type>(column)].is_null();
}

}  // namespace

Connection::Connection(const DatabaseOptions& options, Overseer* overseer)
    : connection_([&] {
        const EffectiveUser user(options.local_user);
        return pqxx::connection(connection_string(options));
      }()),
      quiet_(connection_),
      prepare_(options.prepared_statements),
      overseer_(overseer),
      patience_(options.statement_timeout + kDeafness) {}

Connection::~Connection() {
  if (overseer_ != nullptr) overseer_->forget(*this);
}

Connection::Patience::Patience(Connection& connection) : connection_(connection) {
  if (connection.overseer_ != nullptr)
    connection.overseer_->watch(connection, connection.connection_.sock(), TimeLimit::within(connection.patience_));
}

Connection::Patience::~Patience() {
  if (connection_.overseer_ != nullptr) connection_.overseer_->forget(connection_);
}

const std::string* Connection::prepared(const std::string& sql) {
  return prepared(sql, names_, 'w', kPreparedPerConnection);
}

const std::string* Connection::prepared_composed(const std::string& sql) {
  return prepared(sql, composed_, 'c', kComposedPerConnection);
}

const std::string* Connection::prepared(const std::string& sql, Names& names, char letter, std::size_t most) {
  if (!prepare_) return nullptr;
  const auto known = names.find(sql);
  if (known != names.end()) return &known->second;
  if (names.size() >= most) return nullptr;
  const std::string name = letter + std::to_string(names.size());
  connection_.prepare(name, sql);
  return &names.emplace(sql, name).first->second;
}

Time storable(Time time) {
  constexpr Time kFirst{std::chrono::sys_days(std::chrono::year{1} / 1 / 1)};
  constexpr Time kLast{std::chrono::sys_days(std::chrono::year{9999} / 12 / 31)};
  return std::clamp(time, kFirst, kLast);
}

std::string argument(Time time) {
  return format_utc_date(storable(time));
}

Transaction::Transaction(Connection& connection, Mode mode) : connection_(connection) {
  const Connection::Patience patience(connection_);
  switch (mode) {
    case Mode::kReadWrite:
      work_ = std::make_unique<pqxx::work>(connection.raw());
      break;
    case Mode::kSnapshot:
      work_ = std::make_unique<pqxx::transaction<pqxx::repeatable_read, kReadOnlyAccess>>(connection.raw());
      break;
    case Mode::kAutocommit:
      work_ = std::make_unique<pqxx::nontransaction>(connection.raw());
      break;
  }
}

Rows Transaction::exec_composed(const std::string& sql, const std::vector<std::string>& parameters, Recurs recurs) {
  const Connection::Patience patience(connection_);
  const std::string* name = recurs == Recurs::kOften ? connection_.prepared_composed(sql) : nullptr;
#if PQXX_VERSION_MAJOR < 7
  const auto converted = pqxx::prepare::make_dynamic_params(parameters);
  return name ? work_->exec_prepared(*name, converted) : work_->exec_params(sql, converted);
#else
  pqxx::params converted;
  for (const std::string& parameter : parameters) converted.append(parameter);
#if PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10
  return name ? work_->exec(pqxx::prepped{*name}, converted) : work_->exec(sql, converted);
#else
  return name ? work_->exec_prepared(*name, converted) : work_->exec_params(sql, converted);
#endif
#endif
}

Rows Transaction::exec_simple(const std::string& sql) {
  const Connection::Patience patience(connection_);
  return work_->exec(sql);
}

void Transaction::exec_script(const std::string& sql) {
  work_->exec(sql);
}

std::int64_t integer(const Row& row, int column) {
  std::int64_t value = 0;
  const std::string_view digits = view(row, column);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<std::int64_t> optional_integer(const Row& row, int column) {
  if (null(row, column)) return std::nullopt;
  return integer(row, column);
}

std::string text(const Row& row, int column) {
  return std::string(view(row, column));
}

Time time_of(const Row& row, int column) {
  return from_epoch(integer(row, column));
}

std::optional<Time> optional_time_of(const Row& row, int column) {
  if (null(row, column)) return std::nullopt;
  return time_of(row, column);
}

std::string octets(const Row& row, int column) {
  std::string_view literal = view(row, column);
  if (literal.starts_with("\\x")) literal.remove_prefix(2);
  return unhex(literal).value_or({});
}

Sha256 digest(const Row& row, int column) {
  return Sha256::from_raw(octets(row, column));
}

bool boolean(const Row& row, int column) {
  return view(row, column) == "t";
}

std::string id_array(const std::vector<std::int64_t>& ids) {
  return array_of(ids, [](std::int64_t id) { return id; });
}

std::vector<std::int64_t> parse_array(std::string_view text) {
  std::vector<std::int64_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error == std::errc()) {
      out.push_back(value);
      at = next;
    } else {
      ++at;  // a brace or a comma
    }
  }
  return out;
}

std::string digest_array(const std::vector<Sha256>& digests) {
  ArrayText out;
  for (const Sha256& digest : digests) out.digest(digest);
  return out.str();
}

std::string text_array(const std::vector<std::string>& texts) {
  ArrayText out;
  for (const std::string& text : texts) out.text(text);
  return out.str();
}

}  // namespace waxseal::store
