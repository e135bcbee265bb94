// One mail transaction.  Every end of it (250, 4xx, 5xx, RSET, LHLO, disconnect) destroys the whole object; no field
// survives into the next (rule R2).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/envelope.h"
#include "lmtp/data_reader.h"
#include "lmtp/sink.h"

namespace waxseal::lmtp {

struct Transaction {
  std::shared_ptr<const Service> service;
  std::string id;
  delivery::Address sender;
  bool smtputf8 = false;
  std::vector<delivery::Recipient> recipients;

  // From 354 on.
  struct Data {
    delivery::Spool spool;
    std::size_t trace_octets = 0;
    Time received_at;
    DataReader reader;
  };
  std::optional<Data> data;
};

}  // namespace waxseal::lmtp
