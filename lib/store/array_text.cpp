#include "store/array_text.h"

#include "store/transaction.h"

namespace waxseal::store {

// Elements are quoted always.
void ArrayText::text(std::string_view value) {
  std::string& out = next();
  out.reserve(out.size() + value.size() + 2);
  out += '"';
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find_first_of("\"\\", begin), value.size());
    out.append(value, begin, end - begin);
    if (end < value.size()) out.append({'\\', value[end]});
    begin = end + 1;
  }
  out += '"';
}

void ArrayText::time(const std::optional<Time>& value) {
  if (!value) {
    next() += "NULL";
  } else {
    number(to_epoch(storable(*value)));
  }
}

}  // namespace waxseal::store
