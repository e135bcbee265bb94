#include "jmapd/response_writer.h"

namespace waxseal::jmapd {

void ResponseWriter::add(std::string_view member, const std::string* key, Json object) {
  begin(member, key).value(object);
  end();
  result_.add(member, key, std::move(object));
}

JsonWriter& ResponseWriter::begin(std::string_view member, const std::string* key) {
  if (closing_.empty()) {
    closing_ = key != nullptr ? "}" : "]";
    answer_.raw("[");
    answer_.text(name_);
    answer_.raw(",{");
    answer_.text(member);
    answer_.raw(key != nullptr ? ":{" : ":[");
  } else {
    answer_.raw(",");
  }
  if (key != nullptr) {
    answer_.text(*key);
    answer_.raw(":");
  }
  return answer_;
}

void ResponseWriter::finish(Json arguments, Access access) {
  if (closing_.empty()) {
    write(name_, arguments);
  } else {
    answer_.raw(closing_);
    for (const auto& [name, value] : arguments.items()) {
      answer_.raw(",");
      answer_.text(name);
      answer_.raw(":");
      answer_.value(value);
    }
    answer_.raw("},");
    answer_.text(id_);
    answer_.raw("]");
  }
  if (access == Access::kRead) check_size();
  kept_.keep(name_, id_, std::move(result_), std::move(arguments));
}

void ResponseWriter::fail(const Json& arguments) {
  answer_.cut(mark_);
  write("error", arguments);
  kept_.keep("error", id_, kept_.result_of(id_), arguments);
}

void ResponseWriter::write(const std::string& name, const Json& arguments) {
  answer_.raw("[");
  answer_.text(name);
  answer_.raw(",");
  answer_.value(arguments);
  answer_.raw(",");
  answer_.text(id_);
  answer_.raw("]");
}

void ResponseWriter::check_size() const {
  if (!answer_.too_large()) return;
  throw MethodError{"requestTooLarge", "the answer to this request would be larger than " +
                                           std::to_string(answer_.most_octets()) +
                                           " octets; ask for less in one request"};
}

}  // namespace waxseal::jmapd
