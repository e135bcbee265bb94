// The differences between libpqxx 6.4 and 7.10 that the store meets, in one place.  Private to lib/store.
#pragma once

#include <pqxx/pqxx>

#include "base/octets.h"

namespace waxseal::store {

#if PQXX_VERSION_MAJOR < 7

using Binary = pqxx::binarystring;
inline Binary binary(Octets octets) {
  return Binary(octets.data(), octets.size());
}

inline constexpr auto kReadOnlyAccess = pqxx::read_only;
using ListeningConnection = pqxx::connection_base;

using AnyFailure = pqxx::pqxx_exception;
inline const char* text_of(const AnyFailure& failure) {
  return failure.base().what();
}

// The server's notices are not ours to print; and a broken connection is discarded, never revived behind our back.
class QuietNotices {
 public:
  explicit QuietNotices(pqxx::connection& connection) : handler_(connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }

 private:
  pqxx::quiet_errorhandler handler_;
};

#else

using Binary = std::basic_string_view<std::byte>;  // the octets must outlive the statement
inline Binary binary(Octets octets) {
  return {reinterpret_cast<const std::byte*>(octets.data()), octets.size()};
}

inline constexpr auto kReadOnlyAccess = pqxx::write_policy::read_only;
using ListeningConnection = pqxx::connection;

using AnyFailure = pqxx::failure;
inline const char* text_of(const AnyFailure& failure) {
  return failure.what();
}

class QuietNotices {
 public:
  explicit QuietNotices(pqxx::connection& connection) {
    connection.set_notice_handler([](pqxx::zview) noexcept {});
  }
};

#endif

}  // namespace waxseal::store
