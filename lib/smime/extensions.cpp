#include "smime/extensions.h"

#include <set>

#include "smime/der.h"

namespace waxseal::smime {

bool for_each_extension(Octets sequence_content, const std::function<bool(Octets, bool, Octets)>& visit) {
  std::set<Octets> seen;
  der::Reader reader(sequence_content);
  while (!reader.at_end()) {
    const auto extension = reader.content(der::kSequence);
    if (!extension) return false;
    der::Reader fields(*extension);
    const auto oid = fields.content(der::kOid);
    bool critical = false;
    if (fields.next_is(der::kBoolean)) {
      const auto value = fields.content(der::kBoolean);
      if (!value || value->size() != 1) return false;
      critical = (*value)[0] != 0;
    }
    const auto value = fields.content(der::kOctetString);
    if (!oid || !value || !fields.at_end() || !seen.insert(*oid).second) return false;
    if (!visit(*oid, critical, *value)) return false;
  }
  return true;
}

}  // namespace waxseal::smime
