// Which charset labels of mail are read, and as what.
#pragma once

#include <string_view>

namespace waxseal::mime {

// The name to give to iconv for a label in any case; nullptr: unknown.  An allow-list: a label from outside never
// reaches iconv, whose names carry options ("//TRANSLIT") and rare, less tested codecs.
const char* iconv_name(std::string_view label);

}  // namespace waxseal::mime
