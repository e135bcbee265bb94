// ["name", arguments, "call id"] of one call, written into the answer while the method runs.
#pragma once

#include "jmapd/answer.h"
#include "jmapd/kept_results.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {

class ResponseWriter final : public ObjectSink {
 public:
  ResponseWriter(Answer& answer, KeptResults& kept, std::string name, std::string id)
      : answer_(answer),
        kept_(kept),
        name_(std::move(name)),
        id_(std::move(id)),
        mark_(answer.size()),
        result_(kept.result_of(id_)) {}

  void add(std::string_view member, const std::string* key, Json object) override;
  bool wants_values() const override { return result_.wanted(); }
  JsonWriter& begin(std::string_view member, const std::string* key) override;
  void end() override { check_size(); }
  // The other members of the arguments.  Throws as add(), unless the method has changed something: the client must hear
  // of that.
  void finish(Json arguments, Access access);
  // Instead of whatever was written so far.
  void fail(const Json& arguments);

 private:
  void check_size() const;
  void write(const std::string& name, const Json& arguments);

  Answer& answer_;
  KeptResults& kept_;
  const std::string name_, id_;
  const std::size_t mark_;
  std::string_view closing_;  // of the member that add() has begun
  KeptResult result_;
};

}  // namespace waxseal::jmapd
