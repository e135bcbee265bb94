// Email/copy (RFC 8621 section 4.7).  A principal has one account, and nobody else's can be read: there is nothing to
// copy from, and what is asked for is checked and answered as RFC 8620 section 5.4 says.
#include <array>

#include "jmapd/arguments.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 7> kArguments{"fromAccountId",       "ifFromInState", "accountId",
                                                     "ifInState",           "create",        "onSuccessDestroyOriginal",
                                                     "destroyFromIfInState"};

}  // namespace

Json email_copy(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto from = reader.id("fromAccountId");
  if (!from) refuse_argument("fromAccountId", "is missing");
  (void)reader.string("ifFromInState", Null::kAbsent);
  (void)reader.string("ifInState", Null::kAbsent);
  (void)reader.boolean("onSuccessDestroyOriginal");
  (void)reader.string("destroyFromIfInState", Null::kAbsent);
  const Json* create = reader.find("create");
  if (create == nullptr || !create->is_object()) refuse_argument("create", "must be an object");
  const AccountId account = call.account(arguments);
  check_set_size(create->size(), call.limits);
  if (account_from_wire(*from) == account) refuse_argument("fromAccountId", "must be another account than accountId");
  throw MethodError{"fromAccountNotFound", ""};
}

}  // namespace waxseal::jmapd
