#include "mime/address.h"

#include "base/text.h"
#include "fuzz/target.h"

namespace waxseal::fuzz {

namespace {

using mime::AddressGroup;
using mime::From;
using mime::FromFault;
using mime::Mailbox;

std::vector<std::string> shown_addresses(Octets value) {
  std::vector<std::string> out;
  for (const AddressGroup& group : mime::read_address_list(value))
    for (const AddressGroup::Entry& entry : group.addresses) {
      require(valid_utf8(entry.email) && valid_utf8(entry.name.value_or("")), "addresses are shown as UTF-8");
      out.push_back(entry.email);
    }
  return out;
}

void check_same_when_written_again(const Mailbox& mailbox) {
  const From again = mime::parse_from_value(mailbox.address());
  require(again.fault == FromFault::kNone && again.mailboxes.size() == 1, "an address can be read again");
  require(again.mailboxes[0].local == mailbox.local && again.mailboxes[0].domain == mailbox.domain,
          "an address means the same when it is read again");
}

}  // namespace

void from(Octets input) {
  const std::vector<std::string> shown = shown_addresses(input);
  const From strict = mime::parse_from_value(input);
  require((strict.fault == FromFault::kNone) != strict.mailboxes.empty(), "mailboxes, or the reason why not");
  if (strict.fault != FromFault::kNone) return;
  std::vector<std::string> decided;
  for (const Mailbox& mailbox : strict.mailboxes) {
    decided.push_back(mailbox.address());
    check_same_when_written_again(mailbox);
  }
  require(decided == shown, "PAR-2: what decides is what is shown");
}

}  // namespace waxseal::fuzz
