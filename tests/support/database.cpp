#include "support/database.h"

#include <unistd.h>

#include <atomic>
#include <pqxx/pqxx>
#include <stdexcept>

#include "support/database_cluster.h"

namespace waxseal::test {

namespace {

std::vector<std::vector<std::string>> run_sql(const std::string& url, const std::string& statements) {
  pqxx::connection connection(url);
  pqxx::nontransaction session(connection);
  std::vector<std::vector<std::string>> out;
  for (const pqxx::row& row : session.exec(statements)) {
    std::vector<std::string> values;
    for (const pqxx::field& field : row) values.emplace_back(field.c_str(), field.size());
    out.push_back(std::move(values));
  }
  return out;
}

std::string next_name() {
  static std::atomic<int> counter{0};
  return "test_" + std::to_string(getpid()) + "_" + std::to_string(++counter);
}

}  // namespace

TestDatabase::TestDatabase(Schema schema, Cluster& cluster) : cluster_(cluster), name_(next_name()) {
  const char* const from = schema == Schema::kMigrated ? kTemplateDatabase : "template0";
  run_sql(cluster.url("postgres"), "CREATE DATABASE " + name_ + " TEMPLATE " + from);
  url_ = cluster.url(name_);
  database_ = connect();
}

TestDatabase::~TestDatabase() {
  database_.reset();
  try {
    run_sql(cluster_.url("postgres"), "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // the cluster was stopped by the test: its directory goes with the process
  }
}

std::unique_ptr<store::Database> TestDatabase::connect(std::size_t pool_size) const {
  return std::make_unique<store::Database>(store::DatabaseOptions{.url = url_, .pool_size = pool_size});
}

std::vector<std::vector<std::string>> TestDatabase::sql(const std::string& statements) const {
  return run_sql(url_, statements);
}

std::string TestDatabase::value(const std::string& query) const {
  const auto rows = sql(query);
  return rows.empty() || rows[0].empty() ? std::string() : rows[0][0];
}

}  // namespace waxseal::test
