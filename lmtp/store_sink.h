// The MessageSink of the daemon: recipients from the store, judged and stored through the pipeline, one log line per
// recipient.
#pragma once

#include <memory>

#include "delivery/pipeline.h"
#include "lmtp/sink.h"
#include "smime/verifier.h"

namespace waxseal::lmtp {

struct StoreSinkOptions {
  smime::Policy policy;
  bool authentication_results = false;  // remove forged fields and add ours
  authres::Options authres;
  delivery::SpoolOptions spool;
};

// What is stored is our trace fields and then exactly the octets that the client sent.  With `authentication_results`,
// and only then, our own field stands between them and fields that falsely claim to be ours are missing.
class StoreSink final : public MessageSink {
 public:
  StoreSink(store::Database&, const Clock&, StoreSinkOptions);

  Found find_recipient(const std::string& address) noexcept override;
  std::vector<delivery::Delivered> deliver(const Delivery& delivery) override;

 private:
  std::vector<delivery::Delivered> store(const Delivery&, delivery::Judged, Octets stored, Octets received);

  store::Database& database_;
  StoreSinkOptions options_;
  smime::Verifier verifier_;
  delivery::Pipeline pipeline_;
};

}  // namespace waxseal::lmtp
