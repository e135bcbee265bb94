// Names one transaction in Received, replies and logs.
#pragma once

#include <string>

namespace waxseal::lmtp {

std::string new_transaction_id();  // 16 hexadecimal digits, random

}  // namespace waxseal::lmtp
