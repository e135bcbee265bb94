#include "mime/charset_names.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace waxseal::mime {

namespace {

struct Alias {
  std::string_view label;  // lower case, without '-' and '_'
  const char* name;
};

// Latin-1, Latin-5 and Thai are read as their Windows supersets, as the WHATWG Encoding Standard has it:
// octets 0x80..0x9F in such mail are never C1 controls.
constexpr Alias kAliases[] = {
    {"646", "US-ASCII"},
    {"ansix3.41968", "US-ASCII"},
    {"ansix3.4.1968", "US-ASCII"},
    {"ascii", "US-ASCII"},
    {"big5", "CP950"},
    {"big5hkscs", "BIG5-HKSCS"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1252", "CP1252"},
    {"cp1253", "CP1253"},
    {"cp1254", "CP1254"},
    {"cp1255", "CP1255"},
    {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},
    {"cp1258", "CP1258"},
    {"cp437", "CP437"},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp855", "CP855"},
    {"cp858", "CP858"},
    {"cp866", "CP866"},
    {"cp874", "CP874"},
    {"cp932", "CP932"},
    {"cp936", "GB18030"},
    {"cp949", "CP949"},
    {"cp950", "CP950"},
    {"cseuckr", "CP949"},
    {"csiso2022jp", "ISO-2022-JP-2"},
    {"cskoi8r", "KOI8-R"},
    {"csshiftjis", "CP932"},
    {"eucjp", "EUC-JP-MS"},
    {"euckr", "CP949"},
    {"euctw", "EUC-TW"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gb231280", "GB18030"},
    {"gbk", "GB18030"},
    {"ibm437", "CP437"},
    {"ibm850", "CP850"},
    {"ibm852", "CP852"},
    {"ibm855", "CP855"},
    {"ibm866", "CP866"},
    {"iso2022cn", "ISO-2022-CN"},
    {"iso2022jp", "ISO-2022-JP-2"},
    {"iso2022jp1", "ISO-2022-JP-2"},
    {"iso2022jp2", "ISO-2022-JP-2"},
    {"iso2022jpms", "ISO-2022-JP-2"},
    {"iso2022kr", "ISO-2022-KR"},
    {"iso88591", "CP1252"},
    {"iso885910", "ISO-8859-10"},
    {"iso885911", "CP874"},
    {"iso885913", "ISO-8859-13"},
    {"iso885914", "ISO-8859-14"},
    {"iso885915", "ISO-8859-15"},
    {"iso885916", "ISO-8859-16"},
    {"iso88592", "ISO-8859-2"},
    {"iso88593", "ISO-8859-3"},
    {"iso88594", "ISO-8859-4"},
    {"iso88595", "ISO-8859-5"},
    {"iso88596", "ISO-8859-6"},
    {"iso88597", "ISO-8859-7"},
    {"iso88598", "ISO-8859-8"},
    {"iso88598i", "ISO-8859-8"},
    {"iso88599", "CP1254"},
    {"koi8r", "KOI8-R"},
    {"koi8ru", "KOI8-U"},
    {"koi8u", "KOI8-U"},
    {"ksc56011987", "CP949"},
    {"ksc56011989", "CP949"},
    {"ksc5601", "CP949"},
    {"latin1", "CP1252"},
    {"latin2", "ISO-8859-2"},
    {"latin5", "CP1254"},
    {"latin9", "ISO-8859-15"},
    {"mac", "MACINTOSH"},
    {"maccyrillic", "MAC-CYRILLIC"},
    {"macintosh", "MACINTOSH"},
    {"macroman", "MACINTOSH"},
    {"mskanji", "CP932"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"tis620", "CP874"},
    {"ucs2", "UTF-16"},
    {"unicode11utf7", "UTF-7"},
    {"unicode11utf8", "UTF-8"},
    {"usascii", "US-ASCII"},
    {"utf16", "UTF-16"},
    {"utf16be", "UTF-16BE"},
    {"utf16le", "UTF-16LE"},
    {"utf32", "UTF-32"},
    {"utf32be", "UTF-32BE"},
    {"utf32le", "UTF-32LE"},
    {"utf7", "UTF-7"},
    {"utf8", "UTF-8"},
    {"viscii", "VISCII"},
    {"windows1250", "CP1250"},
    {"windows1251", "CP1251"},
    {"windows1252", "CP1252"},
    {"windows1253", "CP1253"},
    {"windows1254", "CP1254"},
    {"windows1255", "CP1255"},
    {"windows1256", "CP1256"},
    {"windows1257", "CP1257"},
    {"windows1258", "CP1258"},
    {"windows31j", "CP932"},
    {"windows874", "CP874"},
    {"windows936", "GB18030"},
    {"windows949", "CP949"},
};

std::string squeeze(std::string_view label) {
  std::string out;
  for (const char c : trim(label))
    if (c != '-' && c != '_') out += ascii_lower(c);
  if (out.starts_with("x")) out.erase(0, 1);  // x-sjis, x-mac-cyrillic, x-gbk
  return out;
}

}  // namespace

const char* iconv_name(std::string_view label) {
  constexpr std::size_t kLongestLabel = 40;
  if (label.size() > kLongestLabel) return nullptr;
  const std::string key = squeeze(label);
  const auto found = std::ranges::find(kAliases, key, &Alias::label);
  return found == std::end(kAliases) ? nullptr : found->name;
}

}  // namespace waxseal::mime
