#include "store/array_text.h"

#include <algorithm>

#include "store/transaction.h"

namespace waxseal::store {

// Elements are quoted always.
void ArrayText::text(std::string_view value) {
  std::string& out = next();
  out.reserve(out.size() + value.size() + 2);
  out += '"';
  const auto is_special = [](char c) { return c == '"' || c == '\\'; };
  for (auto begin = value.begin(); begin != value.end();) {
    const auto special = std::find_if(begin, value.end(), is_special);
    out.append(begin, special);
    begin = special;
    if (special != value.end()) out.append({'\\', *begin++});
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
