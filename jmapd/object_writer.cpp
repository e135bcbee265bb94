#include "jmapd/object_writer.h"

#include <charconv>

namespace waxseal::jmapd {

void ObjectWriter::number(std::int64_t value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  written({digits, static_cast<std::size_t>(end - digits)});
}

}  // namespace waxseal::jmapd
