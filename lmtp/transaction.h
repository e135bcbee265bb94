// One mail transaction.  Every end of it (250, 4xx, 5xx, RSET, LHLO, disconnect) destroys the whole object; no field
// survives into the next (rule R2).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "delivery/envelope.h"
#include "lmtp/chunk_reader.h"
#include "lmtp/data_reader.h"
#include "lmtp/forwarded.h"
#include "lmtp/sink.h"

namespace waxseal::lmtp {

struct Transaction {
  std::shared_ptr<const Service> service;
  std::string id;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  Forwarded forwarded;
  delivery::Address sender;
  bool smtputf8 = false;
  std::vector<delivery::Recipient> recipients;

  // From 354, or the first BDAT, on.
  struct Data {
    delivery::Spool spool;
    std::size_t trace_octets = 0;
    Time received_at;
    std::chrono::steady_clock::time_point begun;
    std::variant<DataReader, ChunkReader> reader;

    const TextWriter& text() const {
      return std::visit([](const auto& r) -> const TextWriter& { return r.text(); }, reader);
    }
  };
  std::optional<Data> data;
};

}  // namespace waxseal::lmtp
