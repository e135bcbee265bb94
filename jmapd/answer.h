// The octets of one response while it is made: in memory as long as they are few, above that in an unlinked file.  All
// of it is there before the first octet is sent, so that what goes wrong on the way is an answer too.
#pragma once

#include <string>

#include "delivery/spool.h"
#include "jmapd/answer_rules.h"
#include "jmapd/http/message.h"
#include "jmapd/json_writer.h"

namespace waxseal::jmapd {

class Answer final : public JsonWriter {
 public:
  explicit Answer(const AnswerRules& rules);

  std::size_t size() const { return file_.size() + out_.size(); }
  bool too_large() const { return size() > rules_.most_octets; }
  std::size_t most_octets() const { return rules_.most_octets; }
  // Forgets everything behind the first `size` octets.
  void cut(std::size_t size);

  // In pieces; false if the sink did not take one.
  bool write(const http::Sink& sink) const;
  std::string whole() const;  // however large
  // Becomes the body of the response, or its stream.
  void move_into(http::Response& response) &&;

 private:
  void much() override;

  AnswerRules rules_;
  delivery::Spool file_;  // what went before out_
};

}  // namespace waxseal::jmapd
